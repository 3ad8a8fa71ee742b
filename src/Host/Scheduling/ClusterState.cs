// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;

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
    /// <summary>An empty picture.</summary>
    /// <param name="seed">Decides between nodes that are equally good.</param>
    /// <param name="firstInstance">The number of the first instance: one more than any number ever given.</param>
    public ClusterState(ulong seed, long firstInstance = 1) => throw new InvalidOperationException($"{seed} {firstInstance}");

    /// <summary>A node is there, or has changed.</summary>
    public void SetNode(NodeSpec node) => throw new InvalidOperationException($"{node}");

    /// <summary>A node is gone: what ran there has failed.</summary>
    public void RemoveNode(NodeId node, TimeSpan now) => throw new InvalidOperationException($"{node} {now}");

    /// <summary>Sets what all services of a namespace may take together.</summary>
    public void SetQuota(NamespaceId owner, Configuration.NamespaceLimits limits) => throw new InvalidOperationException($"{owner} {limits}");

    /// <summary>A service is wanted, or wanted otherwise.</summary>
    public void SetService(ServiceSpec service, TimeSpan now) => throw new InvalidOperationException($"{service} {now}");

    /// <summary>A service is not wanted any more: its instances are drained, and it is forgotten with the last of them.</summary>
    public void RemoveService(ServiceId service, TimeSpan now) => throw new InvalidOperationException($"{service} {now}");

    /// <summary>An instance was found running, after the master was restarted. Its service and node must be known.</summary>
    /// <returns>Whether it was taken over; otherwise it has to be stopped.</returns>
    public bool Adopt(InstanceId instance, ServiceId service, RevisionSpec revision, NodeId node, InstancePhase phase, TimeSpan now) =>
        throw new InvalidOperationException($"{instance} {service} {revision} {node} {phase} {now}");

    /// <summary>An instance's process runs.</summary>
    public void Started(InstanceId instance, TimeSpan now) => throw new InvalidOperationException($"{instance} {now}");

    /// <summary>An instance answers.</summary>
    public void Ready(InstanceId instance, TimeSpan now) => throw new InvalidOperationException($"{instance} {now}");

    /// <summary>An instance has ended, or could not be started.</summary>
    public void Ended(InstanceId instance, EndCause cause, TimeSpan now) => throw new InvalidOperationException($"{instance} {cause} {now}");

    /// <summary>How many requests and streams an instance is answering, over all fronts and links. Idle connections do not count.</summary>
    public void Answering(InstanceId instance, int count, TimeSpan now) => throw new InvalidOperationException($"{instance} {count} {now}");

    /// <summary>How many requests wait for an instance of a service, over all fronts and links.</summary>
    public void Waiting(ServiceId service, int count, TimeSpan now) => throw new InvalidOperationException($"{service} {count} {now}");

    /// <summary>A person wants an instance gone; another takes its place where one is needed.</summary>
    /// <returns>Whether there is such an instance.</returns>
    public bool Retire(InstanceId instance, TimeSpan now) => throw new InvalidOperationException($"{instance} {now}");

    /// <summary>An instance, or null.</summary>
    public Instance? Find(InstanceId instance) => throw new InvalidOperationException($"{instance}");

    /// <summary>The instances of a service, in no particular order.</summary>
    public IReadOnlyList<Instance> InstancesOf(ServiceId service) => throw new InvalidOperationException($"{service}");

    /// <summary>How a service fares; null when there is none.</summary>
    public ServiceStatus? StatusOf(ServiceId service, TimeSpan now) => throw new InvalidOperationException($"{service} {now}");

    /// <summary>Marks all services to be looked at, whatever has changed.</summary>
    public void Touch() => throw new InvalidOperationException();
}
