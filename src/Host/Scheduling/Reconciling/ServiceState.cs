// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Scheduling.Scaling;

namespace Uaas.Scheduling.Reconciling;

/// <summary>What is known of a service.</summary>
internal sealed class ServiceState
{
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

    /// <summary>Requests that ready instances answer; what draining ones go on with is no reason to have more.</summary>
    internal int Answering { get; set; }

    /// <summary>How many instances were needed when last looked at.</summary>
    internal int Target { get; set; }

    /// <summary>Whether the instances that requests go to are others than the fronts were told last.</summary>
    internal bool AreRoutesStale { get; set; } = true;

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

    internal void CountOnNode(NodeId node, int change)
    {
        int count = OnNode.GetValueOrDefault(node.Value) + change;
        if (count == 0)
            OnNode.Remove(node.Value);
        else
            OnNode[node.Value] = count;
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
