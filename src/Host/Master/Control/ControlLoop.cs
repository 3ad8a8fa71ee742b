// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Threading;
using Uaas.Configuration;
using Uaas.Linux;
using Uaas.Master.Fronts;
using Uaas.Master.Storage;
using Uaas.Master.Tracing;
using Uaas.Protocol.Agent;
using Uaas.Scheduling;

namespace Uaas.Master.Control;

/// <summary>
/// Makes what is there what is wanted. It tells the scheduler what agents and fronts observe, and carries out what the scheduler decides; it decides
/// nothing itself. All of it happens under one lock, on the thread that brings the news: between a front's question and the agent's order to start there
/// is no queue, and nothing in here blocks.
/// </summary>
public sealed partial class ControlLoop : IDisposable
{
    /// <summary>The setting that the next instance's number is kept under.</summary>
    internal const string NextInstanceSetting = "next-instance";

    private const int InstanceNumbersAtOnce = 1000;
    private const int MostRunsInARow = 16;
    private const int StopGraceMilliseconds = 5000;

    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);
    private static readonly NodeId Node = new(0);

    private readonly Store _store;
    private readonly History _history;
    private readonly IAgentPort _agent;
    private readonly TimeProvider _clock;
    private readonly long _began;
    private readonly Lock _lock = new();
    private readonly ClusterState _cluster;
    private readonly Dictionary<ServiceId, ServiceRecord> _services = [];
    private readonly Dictionary<string, ServiceRecord> _byKey = new(StringComparer.Ordinal);
    private readonly Dictionary<InstanceId, InstanceRecord> _instances = [];
    private readonly Dictionary<string, InstanceRecord> _byName = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, StoredNamespace> _owners = [];
    private readonly List<FrontSession> _fronts = [];
    private readonly List<SchedulerAction> _actions = [];
    private readonly ITimer _timer;
    private long _instanceNumbersUpTo;

    /// <param name="store">What is wanted.</param>
    /// <param name="history">Where events go.</param>
    /// <param name="agent">The way to the agent.</param>
    /// <param name="clock">The clock.</param>
    public ControlLoop(Store store, History history, IAgentPort agent, TimeProvider clock)
    {
        _store = store;
        _history = history;
        _agent = agent;
        _clock = clock;
        _began = clock.GetTimestamp();
        long first = store.Setting(NextInstanceSetting, 1);
        _instanceNumbersUpTo = first;
        _cluster = new ClusterState(seed: (ulong)first, first);
        _timer = clock.CreateTimer(_ => OnTime(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Load();
    }

    /// <summary>When requests waited for instances to come up, and for how long.</summary>
    public WakeHistogram Wakes { get; } = new();

    private TimeSpan Now => _clock.GetElapsedTime(_began);

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        _unknownTimer?.Dispose();
    }

    /// <summary>A namespace's limits and certificates are wanted so.</summary>
    public void Set(StoredNamespace owner)
    {
        lock (_lock)
        {
            _owners[owner.Id] = owner;
            _cluster.SetQuota(new NamespaceId(owner.Id), owner.Limits);
            foreach (ServiceRecord service in _services.Values.Where(service => service.Owner.Id == owner.Id))
                service.Owner = owner;
            TellRoutes();
        }
    }

    /// <summary>A service is wanted so.</summary>
    public void Set(StoredNamespace owner, StoredService stored, IEnumerable<StoredRevision> revisions)
    {
        lock (_lock)
        {
            ServiceRecord service = Take(owner, stored, revisions);
            Prepare(service, stored.Wanted);
            _cluster.SetService(service.Spec, Now);
            TellFronts(FrontMessages.Service(service));
            TellRoutes();
            TakeUnknown(service);
            Reconcile();
        }
    }

    /// <summary>A service is not wanted any more.</summary>
    public void Remove(int service)
    {
        lock (_lock)
        {
            if (!_services.TryGetValue(new ServiceId(service), out ServiceRecord? record))
                return;
            _byKey.Remove(record.Key);
            _cluster.RemoveService(record.Id, Now);
            TellRoutes();
            foreach (Want want in record.Wants)
                want.Front.Send(FrontMessages.Refuse(want.Sequence, 503, 1, "unknown"));
            record.Wants.Clear();
            Reconcile();
            ForgetIfGone(record);
        }
    }

    /// <summary>A person wants an instance gone; another takes its place where one is needed. Whether there is such an instance.</summary>
    public bool Retire(string instance)
    {
        lock (_lock)
        {
            bool found = _byName.TryGetValue(instance, out InstanceRecord? record) && _cluster.Retire(record.Id, Now);
            Reconcile();
            return found;
        }
    }

    private void Load()
    {
        ILookup<int, StoredRevision> revisions = _store.Revisions().ToLookup(revision => revision.Service);
        Dictionary<int, StoredNamespace> owners = _store.Namespaces().ToDictionary(owner => owner.Id);
        foreach (StoredNamespace owner in owners.Values)
        {
            _owners[owner.Id] = owner;
            _cluster.SetQuota(new NamespaceId(owner.Id), owner.Limits);
        }
        foreach (StoredService stored in _store.Services())
        {
            ServiceRecord service = Take(owners[stored.Namespace], stored, revisions[stored.Id]);
            _cluster.SetService(service.Spec, Now);
        }
    }

    private ServiceRecord Take(StoredNamespace owner, StoredService stored, IEnumerable<StoredRevision> revisions)
    {
        if (!_services.TryGetValue(new ServiceId(stored.Id), out ServiceRecord? service))
            _services[new ServiceId(stored.Id)] = service = new ServiceRecord(owner, stored);
        service.Owner = owner;
        service.Stored = stored;
        _byKey[service.Key] = service;
        foreach (StoredRevision revision in revisions)
            service.Revisions[revision.Number] = revision;
        return service;
    }

    private void OnTime()
    {
        lock (_lock)
            Reconcile();
    }

    /// <summary>Runs the scheduler until it has nothing more to say, and comes back when it wants to.</summary>
    private void Reconcile()
    {
        // What the agent has not told of yet is not missing.
        if (_isAgentTelling)
            return;
        TimeSpan? due = null;
        bool isDone = false;
        for (int run = 0; run < MostRunsInARow && !isDone; run++)
        {
            _actions.Clear();
            due = Reconciler.Run(_cluster, Now, _actions);
            isDone = _actions.Count == 0;
            foreach (SchedulerAction action in _actions)
                Carry(action);
        }
        _timer.Change(isDone ? WaitUntil(due) : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How long to wait: whole milliseconds, since a timer cuts off what is beyond and would come too early; no more than a timer takes.</summary>
    private TimeSpan WaitUntil(TimeSpan? due) =>
        due is { } time ? TimeSpan.FromMilliseconds(Math.Ceiling(Math.Clamp((time - Now).TotalMilliseconds, 0, LongestWait.TotalMilliseconds))) : Timeout.InfiniteTimeSpan;

    private void Carry(SchedulerAction action)
    {
        switch (action)
        {
            case SchedulerAction.Start start: Place(start); break;
            case SchedulerAction.Drain drain: Drain(drain.Instance, drain.Why); break;
            case SchedulerAction.Resume resume: Resume(resume.Instance); break;
            case SchedulerAction.Stop stop: Stop(stop); break;
            case SchedulerAction.Remove remove: Forget(remove.Instance); break;
            case SchedulerAction.SetRoutes routes: Announce(routes.Instances); break;
            case SchedulerAction.UndoRollout undo: Undo(undo); break;
            case SchedulerAction.Report report: Report(report); break;
            default: break;
        }
    }

    private void Place(SchedulerAction.Start start)
    {
        ServiceRecord service = _services[start.Service];
        ReserveNumber(service, start.Instance.Value);
        string name = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{service.Key.Replace('/', '.')}-{start.Instance.Value}");
        var record = new InstanceRecord(start.Instance, name, service, start.Revision, _clock.GetUtcNow()) { Reason = start.Reason, Trace = TraceOf(service) };
        _instances[record.Id] = record;
        _byName[record.Name] = record;
        BeginWhenThereIsALink(record);
        _history.Add(service.Key, record.Name, "placed", start.Reason);
    }

    private static StartTrace? TraceOf(ServiceRecord service)
    {
        foreach (Want want in service.Wants)
        {
            if (want.Trace is { } trace)
                return trace;
        }
        return null;
    }

    /// <summary>Numbers of instances are never given twice, whenever the master is killed: it keeps them in advance. Where that cannot be stored, it is tried again with the next instance.</summary>
    private void ReserveNumber(ServiceRecord service, long number)
    {
        if (number < _instanceNumbersUpTo)
            return;
        long upTo = number + InstanceNumbersAtOnce;
        if (TryStore(service, "the numbers of instances", change => change.Set(NextInstanceSetting, upTo)))
            _instanceNumbersUpTo = upTo;
    }

    /// <summary>Stores what was decided here. Where the disk takes nothing, that is said, and nobody is served the less for it: what is not stored is found out again by the next master. Whether it is stored.</summary>
    private bool TryStore(ServiceRecord service, string what, Action<StoreChange> make)
    {
        try
        {
            _store.Change(make);
            return true;
        }
        catch (UaasException e)
        {
            _history.Add(service.Key, null, "not-stored", $"{what}: {e.Message}; {e.Remedy}");
            return false;
        }
    }

    private void Drain(InstanceId id, DrainReason why)
    {
        if (!_instances.TryGetValue(id, out InstanceRecord? record))
            return;
        record.IsAnnounced = false;
        record.Undrained = record.IsGiven ? [.. _fronts] : [];
        if (record.IsGiven)
            TellFronts(FrontMessages.Instance(record, "draining"));
        if (record.Undrained.Count == 0)
            _cluster.Withdrawn(id);
        _history.Add(record.Service.Key, record.Name, "draining", WordOf(why));
    }

    private void Resume(InstanceId id)
    {
        if (!_instances.TryGetValue(id, out InstanceRecord? record))
            return;
        record.Undrained = null;
        AnnounceReady(record);
    }

    private void Stop(SchedulerAction.Stop stop)
    {
        if (!_instances.TryGetValue(stop.Instance, out InstanceRecord? record))
            return;
        _history.Add(record.Service.Key, record.Name, "stopping", stop.Reason);
        if (record.Address is null)
            _cluster.Ended(record.Id, EndCause.Exit, Now);
        else
            _agent.Send(new AgentCommand.Stop(record.Name, stop.Force ? 0 : StopGraceMilliseconds));
    }

    private void Forget(InstanceId id)
    {
        if (!_instances.Remove(id, out InstanceRecord? record))
            return;
        _byName.Remove(record.Name);
        ReleaseLink(record);
        TellGone(record);
        ForgetIfGone(record.Service);
    }

    /// <summary>Forgets a service that is not wanted, with the last of its instances. Fronts know services by name: they keep one that is wanted again by then.</summary>
    private void ForgetIfGone(ServiceRecord service)
    {
        if (_byKey.ContainsValue(service) || _instances.Values.Any(other => other.Service == service) || !_services.Remove(service.Id))
            return;
        if (!_byKey.ContainsKey(service.Key))
            TellFronts(FrontMessages.GoneService(service.Key));
    }

    private void Undo(SchedulerAction.UndoRollout undo)
    {
        ServiceRecord service = _services[undo.Service];
        if (!service.Revisions.TryGetValue(undo.To, out StoredRevision? former))
            return;
        StoredService stored = service.Stored;
        ServiceDefinition definition = stored.Definition.MadeAs(former.Definition);
        string reason = service.LastFailure is { } failure ? $"{undo.Reason}; the last one, {failure.Instance}: {failure.Message}" : undo.Reason;
        StoredRevision? given = service.Revisions.TryGetValue(undo.From, out StoredRevision? tried) ? tried with { Failure = reason } : null;
        bool isStored = TryStore(service, $"that revision {undo.From} is given up", change =>
        {
            stored = change.Put(service.Owner.Id, definition, undo.To);
            if (given is not null)
                change.Add(given);
        });
        if (!isStored)
            stored = service.Stored with { Definition = definition, Wanted = undo.To };
        if (given is not null)
            service.Revisions[undo.From] = given;
        service.Stored = stored;
        _cluster.SetService(service.Spec, Now);
        TellFronts(FrontMessages.Service(service));
        TellRoutes();
        _history.Add(service.Key, null, "undone", $"revision {undo.From} is given up for {undo.To}: {reason}");
    }

    private void Report(SchedulerAction.Report report)
    {
        if (!_services.TryGetValue(report.Service, out ServiceRecord? service))
            return;
        string? instance = report.Instance is { } id && _instances.TryGetValue(id, out InstanceRecord? record) ? record.Name : null;
        _history.Add(service.Key, instance, WordOf(report.Kind), report.Message);
        if (report.Kind is EventKind.QuotaReached or EventKind.Unplaceable)
            service.Shortage = report.Message;
        if (report.Kind is EventKind.QuotaReached or EventKind.Unplaceable)
            RefuseAll(service, "full");
        else if (report.Kind is EventKind.CrashLoop)
            RefuseAll(service, "broken");
    }

    private static string WordOf(DrainReason why) => why switch
    {
        DrainReason.ScaleDown => "there is less to do",
        DrainReason.Rollout => "another revision takes its place",
        DrainReason.Removed => "its service is wanted no more",
        _ => "as asked",
    };

    /// <summary>A kind of event as it is written: RolloutStarted is rollout-started.</summary>
    private static string WordOf(EventKind kind) =>
        string.Concat(kind.ToString().Select((letter, at) => char.IsUpper(letter) ? (at > 0 ? "-" : "") + char.ToLowerInvariant(letter) : letter.ToString()));
}
