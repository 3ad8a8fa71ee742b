// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Uaas.Configuration;
using Uaas.Master.Storage;
using Uaas.Scheduling;

namespace Uaas.Master.Control;

/// <summary>What there is, for people and programs to see.</summary>
public sealed partial class ControlLoop
{
    /// <summary>The instances, by namespace, service and number.</summary>
    public IReadOnlyList<InstanceView> Instances()
    {
        lock (_lock)
            return [.. _instances.Values.OrderBy(record => record.Service.Key, StringComparer.Ordinal).ThenBy(record => record.Id.Value).Select(View)];
    }

    /// <summary>The services, by namespace and name.</summary>
    public IReadOnlyList<ServiceView> Services()
    {
        lock (_lock)
            return [.. _byKey.Values.OrderBy(service => service.Owner.Name, StringComparer.Ordinal).ThenBy(service => service.Stored.Name, StringComparer.Ordinal).Select(View)];
    }

    /// <summary>Fronts that are connected.</summary>
    internal int FrontCount
    {
        get
        {
            lock (_lock)
                return _fronts.Count;
        }
    }

    /// <summary>What has been counted of services, by namespace and name.</summary>
    internal IReadOnlyList<ServiceCounters> Counters()
    {
        lock (_lock)
        {
            return [.. _byKey.Values.OrderBy(service => service.Owner.Name, StringComparer.Ordinal).ThenBy(service => service.Stored.Name, StringComparer.Ordinal)
                .Select(service => new ServiceCounters(service.Owner.Name, service.Stored.Name, service.Failures, service.Statistics))];
        }
    }

    /// <summary>A service; null where there is none.</summary>
    public ServiceView? Service(string owner, string name)
    {
        lock (_lock)
            return _byKey.TryGetValue(ServiceRecord.KeyOf(owner, name), out ServiceRecord? service) ? View(service) : null;
    }

    private InstanceView View(InstanceRecord record)
    {
        Instance? instance = _cluster.Find(record.Id);
        string vmm = record.Service.Revisions.TryGetValue(record.Revision, out StoredRevision? revision) ? revision.Template.Monitor : "";
        return new InstanceView(record.Name, record.Service.Owner.Name, record.Service.Stored.Name, record.Revision, WordOf(instance?.Phase ?? InstancePhase.Ended),
            record.Address?.ToString(), vmm, record.CreatedAt, record.Active.Values.Sum(), record.ReadyAfterMicroseconds / 1000.0, record.ResidentBytes, record.ProcessorMilliseconds,
            record.Ending ?? record.Reason);
    }

    private ServiceView View(ServiceRecord service)
    {
        ServiceStatus? status = _cluster.StatusOf(service.Id, Now);
        ServiceDefinition definition = service.Definition;
        string[] routes = [.. definition.Routes.Select(route => (route.Host ?? "*") + route.Path)];
        return new ServiceView(service.Stored.Name, service.Owner.Name, StateOf(service, status), definition.Image.Value, routes, status?.Revision ?? 0, service.Stored.Wanted,
            status?.Desired ?? 0, status?.Ready ?? 0, status?.Starting ?? 0, status?.Leaving ?? 0, definition.Scale.Min, definition.Scale.Max, service.Waiting,
            Math.Round(status?.Concurrency ?? 0, 2), service.Done, ETagOf(service.Stored), service.LastFailure, ShortageOf(service, status), [.. service.Revisions.Values.Select(revision => View(revision, status))]);
    }

    /// <summary>The version of a service, as an ETag.</summary>
    internal static string ETagOf(StoredService stored) => string.Create(CultureInfo.InvariantCulture, $"\"{stored.Id}-{stored.Version}\"");

    private static RevisionView View(StoredRevision revision, ServiceStatus? status)
    {
        RevisionStatus? fares = status?.Revisions.LastOrDefault(one => one.Number == revision.Number);
        string state = revision.Failure is not null ? "failed" : fares?.Outcome.ToString().ToLowerInvariant() ?? "past";
        return new RevisionView(revision.Number, state, revision.CreatedAt, revision.Definition.Image.Value, revision.Failure ?? fares?.Reason);
    }

    private static string? ShortageOf(ServiceRecord service, ServiceStatus? status) => status is not null && status.Ready + status.Starting < status.Desired ? service.Shortage : null;

    private static string StateOf(ServiceRecord service, ServiceStatus? status)
    {
        if (status is null)
            return "unknown";
        if (status.IsCrashLooping)
            return "crash-loop";
        if (status.Revisions.Any(revision => revision.Number == service.Stored.Wanted && revision.Outcome == RevisionOutcome.Progressing) && status.Revisions.Count > 1)
            return "rolling";
        if (status.Ready > 0)
            return "running";
        return status.Starting > 0 ? "starting" : "idle";
    }

    private static string WordOf(InstancePhase phase) => phase == InstancePhase.Ready ? "running" : phase.ToString().ToLowerInvariant();
}
