// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;

namespace Uaas.Scheduling;

/// <summary>How a revision fares.</summary>
public enum RevisionOutcome : byte
{
    /// <summary>It is taking the old one's place; none of it may have been ready yet.</summary>
    Progressing,

    /// <summary>It took the old one's place.</summary>
    Complete,

    /// <summary>Another revision was wanted before it had done so.</summary>
    Superseded,

    /// <summary>It did not come up.</summary>
    Failed,
}

/// <summary>A revision in the history of its service.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Since">When it was wanted.</param>
/// <param name="Outcome">How it fared.</param>
/// <param name="Reason">Why it failed; null otherwise.</param>
public sealed record RevisionStatus(int Number, TimeSpan Since, RevisionOutcome Outcome, string? Reason);

/// <summary>How a service fares, in one moment.</summary>
public sealed record ServiceStatus
{
    /// <summary>The service.</summary>
    public required ServiceId Service { get; init; }

    /// <summary>Instances that are needed.</summary>
    public required int Desired { get; init; }

    /// <summary>Instances that are placed or starting.</summary>
    public required int Starting { get; init; }

    /// <summary>Instances that answer.</summary>
    public required int Ready { get; init; }

    /// <summary>Instances that are to go: draining or stopping.</summary>
    public required int Leaving { get; init; }

    /// <summary>Requests that wait for an instance.</summary>
    public required int Waiting { get; init; }

    /// <summary>Mean of the requests at a time in the stable window.</summary>
    public required double Concurrency { get; init; }

    /// <summary>Whether load rose so fast that instances are not taken away for the time.</summary>
    public required bool IsPanicking { get; init; }

    /// <summary>Why an instance that is needed cannot be placed: <see cref="EventKind.Unplaceable"/> or <see cref="EventKind.QuotaReached"/>; null: nothing is in its way.</summary>
    public required EventKind? Obstacle { get; init; }

    /// <summary>Whether instances end again and again.</summary>
    public required bool IsCrashLooping { get; init; }

    /// <summary>When the next start may be; null: at once.</summary>
    public required TimeSpan? NextStart { get; init; }

    /// <summary>The revision that is run: the one wanted, or the one before it when that did not come up.</summary>
    public required int Revision { get; init; }

    /// <summary>The revisions, oldest first.</summary>
    public required IReadOnlyList<RevisionStatus> Revisions { get; init; }
}
