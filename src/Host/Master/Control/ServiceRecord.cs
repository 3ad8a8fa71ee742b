// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.Linq;
using Uaas.Configuration;
using Uaas.Master.Fronts;
using Uaas.Master.Storage;
using Uaas.Master.Tracing;
using Uaas.Protocol.Front;
using Uaas.Scheduling;

namespace Uaas.Master.Control;

/// <summary>A service as the control loop has it: what is stored, and who waits for it.</summary>
/// <param name="owner">Its namespace.</param>
/// <param name="stored">What is stored of it.</param>
internal sealed class ServiceRecord(StoredNamespace owner, StoredService stored)
{
    internal StoredNamespace Owner { get; set; } = owner;

    internal StoredService Stored { get; set; } = stored;

    internal ServiceDefinition Definition => Stored.Definition;

    internal ServiceId Id => new(Stored.Id);

    /// <summary>Its name on the node and to fronts.</summary>
    internal string Key { get; } = KeyOf(owner.Name, stored.Name);

    /// <summary>Its revisions that are remembered, by number.</summary>
    internal SortedDictionary<int, StoredRevision> Revisions { get; } = [];

    /// <summary>Questions of fronts that are open.</summary>
    internal List<Want> Wants { get; } = [];

    /// <summary>What each front said last of its load.</summary>
    internal Dictionary<FrontSession, FrontLoad> Loads { get; } = [];

    /// <summary>How an instance of it ended that was not told to, the last time; null for never.</summary>
    internal FailureView? LastFailure { get; set; }

    /// <summary>Why there could not be more instances, the last time that there were too few.</summary>
    internal string? Shortage { get; set; }

    /// <summary>Requests that fronts have ended, since the master began.</summary>
    internal long Done { get; set; }

    /// <summary>What each front said last of what became of its requests.</summary>
    internal Dictionary<FrontSession, RequestStatistics> LastStatistics { get; } = [];

    /// <summary>What became of requests, over all fronts since the master began.</summary>
    internal RequestStatistics Statistics { get; set; } = RequestStatistics.None;

    /// <summary>Instances that ended without being told to, or could not be started, since the master began.</summary>
    internal long Failures { get; set; }

    /// <summary>Requests that wait, over all fronts.</summary>
    internal int Waiting => System.Math.Max(Wants.Count, Loads.Values.Sum(load => load.Waiting));

    /// <summary>What the scheduler is told of it.</summary>
    internal ServiceSpec Spec => ServiceSpec.From(Definition, Id, new NamespaceId(Owner.Id), Stored.Wanted, new ImageId(0));

    /// <summary>What the scheduler is told of one of its revisions; null where it is not remembered.</summary>
    internal RevisionSpec? RevisionSpecOf(int number) => Revisions.TryGetValue(number, out StoredRevision? revision)
        ? ServiceSpec.From(revision.Definition, Id, new NamespaceId(Owner.Id), number, new ImageId(0)).Revision
        : null;

    /// <summary>The name of a service on the node: its own, after its namespace's unless that is the default one.</summary>
    internal static string KeyOf(string owner, string name) => owner == Deployment.DefaultNamespace ? name : $"{owner}/{name}";
}

/// <summary>A question of a front that is open.</summary>
/// <param name="Front">The front.</param>
/// <param name="Sequence">The front's number for it.</param>
/// <param name="Trace">The trace that it is in; null for none.</param>
internal readonly record struct Want(FrontSession Front, long Sequence, StartTrace? Trace = null);

/// <summary>A front's load of one service.</summary>
/// <param name="Active">Requests being answered.</param>
/// <param name="Waiting">Requests that wait.</param>
/// <param name="Done">Requests ended since its connection began.</param>
internal readonly record struct FrontLoad(int Active, int Waiting, long Done);
