// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Scheduling.Scaling;

namespace Uaas.Scheduling.Reconciling;

/// <summary>What is known of a service.</summary>
internal sealed class ServiceState
{
    private static readonly Comparer<InstanceId> s_byNumber = Comparer<InstanceId>.Create(static (a, b) => a.Value.CompareTo(b.Value));

    internal ServiceState(ServiceSpec spec, NamespaceState owner, TimeSpan now)
    {
        Spec = spec;
        Owner = owner;
        Scaler = new Autoscaler(spec.Scale, now);
        Rollout = new RolloutState(spec.Revision, now);
    }

    internal ServiceSpec Spec { get; set; }

    /// <summary>Whose quota it counts towards.</summary>
    internal NamespaceState Owner { get; }

    internal Autoscaler Scaler { get; }

    internal RolloutState Rollout { get; }

    internal Backoff Backoff { get; } = new();

    internal List<Instance> Instances { get; } = [];

    /// <summary>Instances on each node, ended ones apart: those that serve spread away from each other.</summary>
    internal Dictionary<int, int> OnNode { get; } = [];

    /// <summary>Since when it is not wanted any more; null: it is.</summary>
    internal TimeSpan? RemovedAt { get; set; }

    /// <summary>Requests that wait for an instance.</summary>
    internal int Waiting { get; set; }

    /// <summary>Requests that instances answer, or will when they are up; what draining ones go on with is no reason to have more.</summary>
    internal int Answering { get; set; }

    /// <summary>How many instances were needed when last looked at.</summary>
    internal int Target { get; set; }

    /// <summary>Whether the instances that requests go to are others than the fronts were told last.</summary>
    internal bool AreRoutesStale { get; set; } = true;

    /// <summary>How many there are of each kind.</summary>
    internal Census Census { get; } = new();

    /// <summary>Those that requests may be sent to, by their numbers.</summary>
    internal List<InstanceId> ReadyIds { get; } = [];

    /// <summary>Instances of which something was observed since they were looked at.</summary>
    internal List<Instance> Touched { get; } = [];

    /// <summary>Instances by when to look at them; an entry whose time is not the instance's any more means nothing.</summary>
    internal PriorityQueue<Instance, TimeSpan> Deadlines { get; } = new();

    /// <summary>Whether it is among those to look at.</summary>
    internal bool IsDirty { get; set; }

    /// <summary>Whether it is among those that wait for room.</summary>
    internal bool IsStarved { get; set; }

    /// <summary>When to look at it again.</summary>
    internal TimeSpan? Due { get; set; }

    /// <summary>The earliest time that it stands in the queue with.</summary>
    internal TimeSpan? QueuedFor { get; set; }

    /// <summary>What was reported last of starts that cannot be, so that it is said once.</summary>
    internal EventKind? Obstacle { get; set; }

    internal void Touch(Instance instance)
    {
        if (instance.IsTouched)
            return;
        instance.IsTouched = true;
        Touched.Add(instance);
    }

    internal void LookAt(Instance instance, TimeSpan time)
    {
        if (instance.LookAt == time)
            return;
        instance.LookAt = time;
        if (time != TimeSpan.MaxValue)
            Deadlines.Enqueue(instance, time);
    }

    /// <summary>When an instance is to be looked at next, once those are touched whose time has come.</summary>
    internal TimeSpan? NextDeadline(TimeSpan now)
    {
        while (Deadlines.TryPeek(out Instance? instance, out TimeSpan time))
        {
            if (instance.LookAt == time && time > now)
                return time;
            if (instance.LookAt == time)
            {
                instance.LookAt = TimeSpan.MaxValue;
                Touch(instance);
            }
            Deadlines.Dequeue();
        }
        return null;
    }

    internal void SetReady(InstanceId instance, bool isReady)
    {
        int place = ReadyIds.BinarySearch(instance, s_byNumber);
        if (isReady && place < 0)
            ReadyIds.Insert(~place, instance);
        else if (!isReady && place >= 0)
            ReadyIds.RemoveAt(place);
    }

    internal void CountOnNode(NodeId node, int change)
    {
        int count = OnNode.GetValueOrDefault(node.Value) + change;
        if (count == 0)
            OnNode.Remove(node.Value);
        else
            OnNode[node.Value] = count;
    }
}

/// <summary>The instances of a service, counted: those of the current revision are new, others are old.</summary>
internal sealed class Census
{
    private readonly int[] _counts = new int[5];

    private enum Kind
    {
        NewStarting,
        NewReady,
        OldStarting,
        OldReady,
        Leaving,
    }

    internal int NewStarting => _counts[(int)Kind.NewStarting];

    internal int NewReady => _counts[(int)Kind.NewReady];

    internal int OldStarting => _counts[(int)Kind.OldStarting];

    internal int OldReady => _counts[(int)Kind.OldReady];

    internal int Leaving => _counts[(int)Kind.Leaving];

    internal int New => NewStarting + NewReady;

    internal int Old => OldStarting + OldReady;

    internal void Count(Instance instance, int current, int sign)
    {
        bool isNew = instance.Revision.Number == current;
        if (instance.Phase is InstancePhase.Draining or InstancePhase.Stopping)
            _counts[(int)Kind.Leaving] += sign;
        else if (instance.Phase == InstancePhase.Ready)
            _counts[(int)(isNew ? Kind.NewReady : Kind.OldReady)] += sign;
        else if (instance.IsServing)
            _counts[(int)(isNew ? Kind.NewStarting : Kind.OldStarting)] += sign;
    }

    /// <summary>Counts anew, because another revision is the current one.</summary>
    internal void Recount(List<Instance> instances, int current)
    {
        _counts.AsSpan().Clear();
        foreach (Instance instance in instances)
            Count(instance, current, +1);
    }
}

/// <summary>What a namespace may take, and what it takes.</summary>
internal sealed class NamespaceState
{
    internal Configuration.NamespaceLimits Limits { get; set; } = new();

    internal int Instances { get; private set; }

    internal long MemoryBytes { get; private set; }

    internal long CpuMillicores { get; private set; }

    internal bool HasRoomFor(ResourceDemand demand) =>
        !(Instances + 1 > Limits.Instances) && !(MemoryBytes + demand.MemoryBytes > Limits.MemoryBytes) && !(CpuMillicores + demand.CpuMillicores > Limits.CpuMillicores);

    internal void Add(ResourceDemand demand, int sign)
    {
        Instances += sign;
        MemoryBytes += sign * demand.MemoryBytes;
        CpuMillicores += (long)sign * demand.CpuMillicores;
    }
}
