// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Scheduling;

namespace Uaas.Simulator;

/// <summary>What the scheduler must never do, checked against the world as it is and not as the scheduler sees it.</summary>
internal sealed class Promises
{
    private const int Kept = 100;

    private readonly List<string> _violations = [];

    internal IReadOnlyList<string> Violations => _violations;

    /// <summary>A start: there is room for it, it is allowed, and it is not too early.</summary>
    internal void CheckStart(SimulatedInstance instance, SimulatedNamespace owner, TimeSpan now)
    {
        (SimulatedService service, SimulatedNode node) = (instance.Service, instance.Node);
        ServiceSpec spec = service.Spec;
        Require(!service.IsRemoved, now, instance, "was started for a service that is gone");
        Require(node.IsAlive, now, instance, "was placed on a dead node");
        Require(node.UsedMemory <= node.Spec.Capacity.MemoryBytes && node.UsedCpu <= node.Spec.Capacity.CpuMillicores, now, instance, "was placed on a full node");
        Require((node.Spec.Monitors & spec.Revision.Monitors) != 0, now, instance, "was placed on a node without its monitor");
        Require(node.Spec.Images?.Contains(spec.Revision.Image) != false, now, instance, "was placed on a node without its image");
        Require(!(owner.Instances > owner.MaxInstances), now, instance, "is more than its namespace may have");
        Require(service.Serving <= spec.Scale.Max + spec.Rollout.MaxSurge, now, instance, "is more than the service may have");
        Require(service.Backoff.Allows(service, now), now, instance, "was started before its back-off was over");
    }

    /// <summary>An end: nothing that answers is cut short, but at its deadline when it is to go for another reason than scaling.</summary>
    internal void CheckStop(SimulatedInstance instance, bool isForced, TimeSpan now)
    {
        bool wasReady = instance.ReadyAt is not null;
        Require(!wasReady || instance.DrainingAt is not null || instance.IsTold, now, instance, "was stopped while requests were sent to it");
        bool isDue = isForced && (instance.Why != DrainReason.ScaleDown || instance.Service.IsRemoved) && now >= instance.DrainingAt + instance.Service.Spec.DrainWithin;
        Require(instance.Answering == 0 || !wasReady || isDue || instance.IsTold, now, instance, $"was stopped while it answered {instance.Answering}");
        Require(wasReady || !isForced || instance.Answering == 0, now, instance, "answered before it was ready");
    }

    /// <summary>The instances that requests go to are all that can take them, and no other.</summary>
    internal void CheckRoutes(SimulatedService service, IReadOnlyList<SimulatedInstance?> routes, TimeSpan now)
    {
        int able = 0;
        foreach (SimulatedInstance instance in service.Instances)
            able += instance.TakesRequests ? 1 : 0;
        foreach (SimulatedInstance? instance in routes)
        {
            if (instance is null || instance.Service != service || !instance.TakesRequests)
                Add($"{now}: service {service.Spec.Id.Value} is routed to an instance that takes no requests");
        }
        if (able != routes.Count)
            Add($"{now}: service {service.Spec.Id.Value} is routed to {routes.Count} of {able} instances");
    }

    /// <summary>When nothing has happened for long, each service is as it should be.</summary>
    internal void CheckCalm(SimulatedService service, bool hasRoom, TimeSpan now)
    {
        int ready = service.Instances.FindAll(static instance => instance.TakesRequests).Count;
        int needed = Math.Clamp((service.Load + service.Spec.Scale.Concurrency - 1) / service.Spec.Scale.Concurrency, service.Spec.Scale.Min, service.Spec.Scale.Max);
        if (service.IsRemoved ? service.Instances.Count != 0 : hasRoom && (ready != needed || service.Instances.Count != needed))
            Add($"{now}: service {service.Spec.Id.Value} has {service.Instances.Count} instances, {ready} ready; {(service.IsRemoved ? 0 : needed)} are needed");
        if (!service.IsRemoved && ready > needed)
            Add($"{now}: service {service.Spec.Id.Value} has {ready} ready, {needed} are needed");
        if (hasRoom && service.Instances.Exists(instance => instance.Revision != service.Spec.Revision.Number))
            Add($"{now}: service {service.Spec.Id.Value} has instances of a revision that is not wanted");
    }

    internal void Add(string violation)
    {
        if (_violations.Count < Kept)
            _violations.Add(violation);
    }

    private void Require(bool isKept, TimeSpan now, SimulatedInstance instance, string what)
    {
        if (!isKept)
            Add($"{now}: instance {instance.Id.Value} of service {instance.Service.Spec.Id.Value} {what}");
    }
}
