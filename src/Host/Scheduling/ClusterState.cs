// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using Uaas.Configuration;
using Uaas.Scheduling.Placement;
using Uaas.Scheduling.Reconciling;

namespace Uaas.Scheduling;

/// <summary>
/// The scheduler's picture of the world: what is wanted, and what was observed. It does no I/O, reads no clock and asks no source of randomness but its
/// seed: the same calls in the same order give the same picture and the same actions. Not for use by several threads at a time.
/// </summary>
/// <remarks>
/// Times are of one monotonic clock and never go back from call to call. Observations about instances that are not known any more are ignored: they
/// arrive late.
/// </remarks>
public sealed class ClusterState
{
    private readonly Dictionary<ServiceId, ServiceState> _services = [];
    private readonly Dictionary<NamespaceId, NamespaceState> _namespaces = [];
    private readonly Dictionary<InstanceId, Instance> _instances = [];
    private long _nextInstance;

    /// <summary>An empty picture.</summary>
    /// <param name="seed">Decides between nodes that are equally good.</param>
    /// <param name="firstInstance">The number of the first instance: one more than any number ever given.</param>
    public ClusterState(ulong seed, long firstInstance = 1)
    {
        _nextInstance = firstInstance;
        Placer = new Placer(Nodes, seed);
    }

    /// <summary>How many instances there are, in whatever phase.</summary>
    public int InstanceCount => _instances.Count;

    /// <summary>The number given last to an instance.</summary>
    public InstanceId NewestInstance => new(_nextInstance - 1);

    internal NodeTable Nodes { get; } = new();

    internal Placer Placer { get; }

    internal Agenda Agenda { get; } = new();

    /// <summary>A node is there, or has changed.</summary>
    public void SetNode(NodeSpec node)
    {
        Nodes.Set(node);
        Agenda.RoomForAll();
    }

    /// <summary>A node is gone: what ran there has failed.</summary>
    public void RemoveNode(NodeId node, TimeSpan now)
    {
        if (Nodes.Find(node) is not { } gone)
            return;
        Instance[] lost = [.. gone.Instances];
        foreach (Instance instance in lost)
            Ended(instance.Id, EndCause.NodeLost, now);
        Nodes.Remove(node);
    }

    /// <summary>Sets what all services of a namespace may take together.</summary>
    public void SetQuota(NamespaceId owner, NamespaceLimits limits)
    {
        Namespace(owner).Limits = limits;
        Agenda.RoomForAll();
    }

    /// <summary>A service is wanted, or wanted otherwise. A revision of another number than the last one begins a rollout.</summary>
    public void SetService(ServiceSpec service, TimeSpan now)
    {
        if (_services.TryGetValue(service.Id, out ServiceState? state))
        {
            state.Spec = service;
            state.RemovedAt = null;
            state.Scaler.Configure(service.Scale, now);
            state.Instances.ForEach(state.Touch); // their deadlines may be others
            if (state.Rollout.Want(service.Revision, service.Rollout, now))
            {
                state.Backoff.Reset();
                state.Census.Recount(state.Instances, service.Revision.Number);
            }
        }
        else
        {
            _services[service.Id] = state = new ServiceState(service, Namespace(service.Namespace), now);
        }
        Agenda.Add(state);
    }

    /// <summary>A service is not wanted any more: its instances are drained, and it is forgotten with the last of them.</summary>
    public void RemoveService(ServiceId service, TimeSpan now)
    {
        if (!_services.TryGetValue(service, out ServiceState? state))
            return;
        state.RemovedAt ??= now;
        Agenda.Add(state);
    }

    /// <summary>
    /// An instance was found running, after the master was restarted. Its service and node must be known. None of what was found is taken away by scaling for
    /// one stable window: what it answers is not known yet.
    /// </summary>
    /// <param name="instance">Its number.</param>
    /// <param name="service">Its service.</param>
    /// <param name="revision">The revision it is of.</param>
    /// <param name="node">Where it runs.</param>
    /// <param name="phase">Pending, starting or ready.</param>
    /// <param name="now">The time.</param>
    /// <returns>Whether it was taken over; otherwise it has to be stopped.</returns>
    public bool Adopt(InstanceId instance, ServiceId service, RevisionSpec revision, NodeId node, InstancePhase phase, TimeSpan now)
    {
        if (phase > InstancePhase.Ready || _instances.ContainsKey(instance) || Nodes.Find(node) is null || !_services.TryGetValue(service, out ServiceState? state))
            return false;
        _nextInstance = Math.Max(_nextInstance, instance.Value + 1);
        Instance found = Add(new Instance(instance, service, revision, node), state, now);
        if (phase == InstancePhase.Ready)
        {
            found.ReadyAt = now;
            state.Rollout.Adopt(revision);
        }
        if (phase != InstancePhase.Pending)
            Move(found, state, phase, now);
        state.Census.Recount(state.Instances, state.Rollout.Current.Number);
        state.Scaler.Hold(state.Instances.Count, now);
        Touch(found, state);
        return true;
    }

    /// <summary>An instance's process runs.</summary>
    public void Started(InstanceId instance, TimeSpan now)
    {
        if (Find(instance) is { Phase: InstancePhase.Pending } found)
            Move(found, _services[found.Service], InstancePhase.Starting, now);
    }

    /// <summary>An instance answers.</summary>
    public void Ready(InstanceId instance, TimeSpan now)
    {
        if (Find(instance) is not { Phase: InstancePhase.Pending or InstancePhase.Starting } found)
            return;
        found.ReadyAt = now;
        Observe(found, InstancePhase.Ready, now);
    }

    /// <summary>An instance has ended, or could not be started. It has ended as told when it was told; otherwise it has failed.</summary>
    public void Ended(InstanceId instance, EndCause cause, TimeSpan now)
    {
        if (Find(instance) is not { HoldsResources: true } found)
            return;
        found.Cause = cause;
        Observe(found, found.Phase == InstancePhase.Stopping ? InstancePhase.Ended : InstancePhase.Failed, now);
    }

    /// <summary>
    /// How many requests and streams an instance is answering, over all fronts and links; requests that wait for it while it comes up are among them. Idle
    /// connections do not count.
    /// </summary>
    public void Answering(InstanceId instance, int count, TimeSpan now)
    {
        if (Find(instance) is not { HoldsResources: true } found || count < 0 || found.Answering == count)
            return;
        ServiceState service = _services[found.Service];
        if (found.IsServing)
            service.Answering += count - found.Answering;
        found.Answering = count;
        if (found.Phase == InstancePhase.Draining && count == 0)
            Touch(found, service);
        UpdateLoad(service, now);
    }

    /// <summary>How many requests wait for an instance of a service, over all fronts and links.</summary>
    public void Waiting(ServiceId service, int count, TimeSpan now)
    {
        if (!_services.TryGetValue(service, out ServiceState? state) || count < 0 || count == state.Waiting)
            return;
        state.Waiting = count;
        UpdateLoad(state, now);
    }

    /// <summary>
    /// Every front has confirmed that it sends a draining instance nothing new: once it answers nothing, it can go. Without the confirmation it goes a second
    /// after it was to drain, when it answers nothing.
    /// </summary>
    public void Withdrawn(InstanceId instance)
    {
        if (Find(instance) is not { Phase: InstancePhase.Draining } found)
            return;
        found.IsWithdrawn = true;
        Touch(found, _services[found.Service]);
    }

    /// <summary>A person wants an instance gone; another takes its place where one is needed.</summary>
    /// <returns>Whether there is such an instance.</returns>
    public bool Retire(InstanceId instance, TimeSpan now)
    {
        if (Find(instance) is not { HoldsResources: true } found)
            return false;
        (found.Leaving, found.LeavingAt) = (DrainReason.Requested, now);
        Touch(found, _services[found.Service]);
        return true;
    }

    /// <summary>An instance, or null.</summary>
    public Instance? Find(InstanceId instance) => _instances.GetValueOrDefault(instance);

    /// <summary>The instances of a service, in no particular order. The list is the picture's own: it changes with it.</summary>
    public IReadOnlyList<Instance> InstancesOf(ServiceId service) => _services.TryGetValue(service, out ServiceState? state) ? state.Instances : [];

    /// <summary>How a service fares; null when there is none.</summary>
    public ServiceStatus? StatusOf(ServiceId service, TimeSpan now) => !_services.TryGetValue(service, out ServiceState? state) ? null : new ServiceStatus
    {
        Service = service,
        Desired = state.Target,
        Starting = state.Census.NewStarting + state.Census.OldStarting,
        Ready = state.ReadyIds.Count,
        Leaving = state.Census.Leaving,
        Waiting = state.Waiting,
        Concurrency = state.Scaler.Mean(now),
        Obstacle = state.Obstacle,
        IsPanicking = state.Scaler.IsPanicking(now),
        IsCrashLooping = state.Backoff.IsCrashLoop(state.Spec.Restart),
        NextStart = state.Backoff.NextStart > now ? state.Backoff.NextStart : null,
        Revision = state.Rollout.Current.Number,
        Revisions = [.. state.Rollout.History],
    };

    /// <summary>Marks all services to be looked at, whatever has changed.</summary>
    public void Touch()
    {
        foreach (ServiceState service in _services.Values)
        {
            service.Instances.ForEach(service.Touch);
            Agenda.Add(service);
        }
    }

    /// <summary>Places a new instance of a service's current revision.</summary>
    internal Instance Place(ServiceState service, NodeId node, TimeSpan now) =>
        Add(new Instance(new InstanceId(_nextInstance++), service.Spec.Id, service.Rollout.Current, node), service, now);

    /// <summary>Brings an instance into another phase, with all that depends on it.</summary>
    internal void Move(Instance instance, ServiceState service, InstancePhase phase, TimeSpan now)
    {
        bool wasReady = instance.Phase == InstancePhase.Ready;
        bool isReady = phase == InstancePhase.Ready;
        bool wasServing = instance.IsServing;
        bool isReleased = instance.HoldsResources && phase >= InstancePhase.Ended;
        service.Census.Count(instance, service.Rollout.Current.Number, -1);
        instance.Phase = phase;
        instance.Since = now;
        service.Census.Count(instance, service.Rollout.Current.Number, +1);
        if (wasReady != isReady)
        {
            service.SetReady(instance.Id, isReady);
            service.AreRoutesStale = true;
        }
        if (wasServing != instance.IsServing && instance.Answering != 0)
        {
            service.Answering += instance.IsServing ? instance.Answering : -instance.Answering;
            service.Scaler.Set(service.Answering + service.Waiting, now);
        }
        if (!isReleased)
            return;
        Nodes.Release(instance);
        service.CountOnNode(instance.Node, -1);
        service.Owner.Add(instance.Revision.Demand, -1);
        Agenda.RoomForOne();
    }

    /// <summary>Forgets an instance that has ended.</summary>
    internal void Forget(Instance instance, ServiceState service)
    {
        Instance last = service.Instances[^1];
        service.Instances[instance.PlaceInService] = last;
        last.PlaceInService = instance.PlaceInService;
        service.Instances.RemoveAt(service.Instances.Count - 1);
        instance.LookAt = TimeSpan.MaxValue;
        _instances.Remove(instance.Id);
    }

    /// <summary>Forgets a service without instances.</summary>
    internal void Forget(ServiceState service) => _services.Remove(service.Spec.Id);

    private Instance Add(Instance instance, ServiceState service, TimeSpan now)
    {
        instance.PlacedAt = instance.Since = now;
        instance.PlaceInService = service.Instances.Count;
        service.Instances.Add(instance);
        service.Census.Count(instance, service.Rollout.Current.Number, +1);
        service.CountOnNode(instance.Node, +1);
        service.Owner.Add(instance.Revision.Demand, +1);
        Nodes.Add(instance);
        _instances.Add(instance.Id, instance);
        return instance;
    }

    private void Observe(Instance instance, InstancePhase phase, TimeSpan now)
    {
        // It is looked at before others that wait for the room that it may give back: it may want to fill it again.
        ServiceState service = _services[instance.Service];
        Touch(instance, service);
        Move(instance, service, phase, now);
    }

    private void Touch(Instance instance, ServiceState service)
    {
        service.Touch(instance);
        Agenda.Add(service);
    }

    /// <summary>Tells the autoscaler, and looks at the service when that may change how many instances it needs.</summary>
    private void UpdateLoad(ServiceState service, TimeSpan now)
    {
        int before = service.Scaler.Present;
        service.Scaler.Set(service.Answering + service.Waiting, now);
        if (service.Scaler.Present != before)
            Agenda.Add(service);
    }

    private NamespaceState Namespace(NamespaceId id)
    {
        if (!_namespaces.TryGetValue(id, out NamespaceState? state))
            _namespaces[id] = state = new NamespaceState();
        return state;
    }
}
