// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;

namespace Uaas.Scheduling;

/// <summary>
/// What the reconciler wants done. <see cref="ClusterState"/> counts an action as under way from the moment it is returned: the phase of the instance
/// shows it, and the next run does not ask again. What comes of it is told to the <see cref="ClusterState"/> as an observation.
/// </summary>
public abstract record SchedulerAction
{
    private SchedulerAction()
    {
    }

    /// <summary>Start a new instance (phase <see cref="InstancePhase.Pending"/>). Tell of it by Started, Ready, Ended.</summary>
    /// <param name="Instance">Its number.</param>
    /// <param name="Service">Its service.</param>
    /// <param name="Revision">The number of its revision.</param>
    /// <param name="Node">Where.</param>
    /// <param name="Reason">Why, for a person.</param>
    public sealed record Start(InstanceId Instance, ServiceId Service, int Revision, NodeId Node, string Reason) : SchedulerAction;

    /// <summary>Send no new request to an instance, which goes on with what it has begun. The guest is told nothing yet.</summary>
    /// <param name="Instance">Which.</param>
    /// <param name="Node">Where it runs.</param>
    /// <param name="Why">Why it is to go.</param>
    public sealed record Drain(InstanceId Instance, NodeId Node, DrainReason Why) : SchedulerAction;

    /// <summary>Send requests again to an instance that was draining.</summary>
    /// <param name="Instance">Which.</param>
    /// <param name="Node">Where it runs.</param>
    public sealed record Resume(InstanceId Instance, NodeId Node) : SchedulerAction;

    /// <summary>End an instance. Tell of it by Ended.</summary>
    /// <param name="Instance">Which.</param>
    /// <param name="Node">Where it runs.</param>
    /// <param name="Force">Kill it: it has had its time, or never answered. Otherwise ask it to end.</param>
    /// <param name="Reason">Why, for a person.</param>
    public sealed record Stop(InstanceId Instance, NodeId Node, bool Force, string Reason) : SchedulerAction;

    /// <summary>Forget an instance that has ended: its files, its address, its tap.</summary>
    /// <param name="Instance">Which.</param>
    /// <param name="Node">Where it ran.</param>
    public sealed record Remove(InstanceId Instance, NodeId Node) : SchedulerAction;

    /// <summary>The instances that new requests of a service go to, from now on.</summary>
    /// <param name="Service">The service.</param>
    /// <param name="Instances">All that are ready and not about to go, in the order of their numbers.</param>
    public sealed record SetRoutes(ServiceId Service, IReadOnlyList<InstanceId> Instances) : SchedulerAction;

    /// <summary>A new revision did not come up: the one before it is wanted again. Make it so in the store.</summary>
    /// <param name="Service">The service.</param>
    /// <param name="From">The revision that failed.</param>
    /// <param name="To">The revision that is wanted again.</param>
    /// <param name="Reason">Why, for a person.</param>
    public sealed record UndoRollout(ServiceId Service, int From, int To, string Reason) : SchedulerAction;

    /// <summary>Something that people want to know of.</summary>
    /// <param name="Service">The service.</param>
    /// <param name="Kind">What it is.</param>
    /// <param name="Instance">The instance it is about; null for the service.</param>
    /// <param name="Message">The same for a person.</param>
    public sealed record Report(ServiceId Service, EventKind Kind, InstanceId? Instance, string Message) : SchedulerAction;
}

/// <summary>What people want to know of.</summary>
public enum EventKind : byte
{
    /// <summary>The number of instances that are needed changed.</summary>
    Scaled,

    /// <summary>No node can take an instance.</summary>
    Unplaceable,

    /// <summary>The namespace's quota is used up.</summary>
    QuotaReached,

    /// <summary>An instance ended on its own.</summary>
    InstanceFailed,

    /// <summary>An instance was not ready in time.</summary>
    ReadyDeadlinePassed,

    /// <summary>An instance had not finished in time when it was to go.</summary>
    DrainDeadlinePassed,

    /// <summary>The next start waits.</summary>
    BackingOff,

    /// <summary>Instances end again and again.</summary>
    CrashLoop,

    /// <summary>A new revision begins to take the old one's place.</summary>
    RolloutStarted,

    /// <summary>The new revision has taken the old one's place.</summary>
    RolloutFinished,

    /// <summary>The new revision did not come up.</summary>
    RolloutFailed,
}
