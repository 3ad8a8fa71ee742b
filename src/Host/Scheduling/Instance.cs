// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Scheduling;

/// <summary>Where an instance is in its life. It goes down this list, and never back but from <see cref="Draining"/> to <see cref="Ready"/>.</summary>
public enum InstancePhase : byte
{
    /// <summary>It is placed: its start was asked for.</summary>
    Pending,

    /// <summary>Its process runs; it does not answer yet.</summary>
    Starting,

    /// <summary>It answers: requests may be sent to it.</summary>
    Ready,

    /// <summary>It gets no new request, and goes on with what it has begun.</summary>
    Draining,

    /// <summary>It was told to end.</summary>
    Stopping,

    /// <summary>It ended, as it was told.</summary>
    Ended,

    /// <summary>It ended on its own, or was lost with its node.</summary>
    Failed,
}

/// <summary>How an instance ended.</summary>
public enum EndCause : byte
{
    /// <summary>It was told to, or powered off.</summary>
    Exit,

    /// <summary>It ended with an error, or was killed.</summary>
    Crash,

    /// <summary>It could not be started at all.</summary>
    StartFailed,

    /// <summary>Its node, or the agent there, is gone.</summary>
    NodeLost,
}

/// <summary>Why an instance is to go.</summary>
public enum DrainReason : byte
{
    /// <summary>It is not to go.</summary>
    None,

    /// <summary>There is less to do: it may go on answering for as long as it likes, and may be called back.</summary>
    ScaleDown,

    /// <summary>Another revision takes its place.</summary>
    Rollout,

    /// <summary>Its service is gone.</summary>
    Removed,

    /// <summary>A person asked for it.</summary>
    Requested,
}

/// <summary>An instance as the scheduler sees it. <see cref="ClusterState"/> alone changes it.</summary>
public sealed class Instance
{
    internal Instance(InstanceId id, ServiceId service, RevisionSpec revision, NodeId node)
    {
        Id = id;
        Service = service;
        Revision = revision;
        Node = node;
    }

    /// <summary>Its number.</summary>
    public InstanceId Id { get; }

    /// <summary>Its service.</summary>
    public ServiceId Service { get; }

    /// <summary>The revision it is of.</summary>
    public RevisionSpec Revision { get; }

    /// <summary>Where it runs.</summary>
    public NodeId Node { get; }

    /// <summary>Where it is in its life.</summary>
    public InstancePhase Phase { get; internal set; }

    /// <summary>Why it is to go.</summary>
    public DrainReason Leaving { get; internal set; }

    /// <summary>When that was decided; null: it is not to go.</summary>
    public TimeSpan? LeavingAt { get; internal set; }

    /// <summary>When it came into its phase.</summary>
    public TimeSpan Since { get; internal set; }

    /// <summary>When it was placed.</summary>
    public TimeSpan PlacedAt { get; internal set; }

    /// <summary>When it first was ready; null before.</summary>
    public TimeSpan? ReadyAt { get; internal set; }

    /// <summary>Requests and streams that it is answering.</summary>
    public int Answering { get; internal set; }

    /// <summary>Whether no front sends it new requests any more, as far as was told since it drains.</summary>
    public bool IsWithdrawn { get; internal set; }

    /// <summary>Its place in the list of its service's instances.</summary>
    internal int PlaceInService { get; set; }

    /// <summary>Its place in the list of its node's instances; -1 when it holds nothing there.</summary>
    internal int PlaceOnNode { get; set; } = -1;

    /// <summary>How it ended; only of one that has.</summary>
    internal EndCause Cause { get; set; }

    /// <summary>When to look at it although nothing was observed of it.</summary>
    internal TimeSpan LookAt { get; set; } = TimeSpan.MaxValue;

    /// <summary>Whether it is among those to look at.</summary>
    internal bool IsTouched { get; set; }

    /// <summary>Whether it takes part in serving, or is about to: it counts towards what is needed.</summary>
    public bool IsServing => Phase is InstancePhase.Pending or InstancePhase.Starting or InstancePhase.Ready;

    /// <summary>Whether it holds its node's resources.</summary>
    public bool HoldsResources => Phase < InstancePhase.Ended;
}
