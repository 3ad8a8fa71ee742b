// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Configuration;

namespace Uaas.Scheduling;

/// <summary>Which of the nodes that can take an instance does.</summary>
public enum PlacementPolicy
{
    /// <summary>The one with most to spare, and with fewest instances of the same service: a node's death costs each service little.</summary>
    Spread,

    /// <summary>The fullest: leaves whole nodes free.</summary>
    Pack,
}

/// <summary>What the instances of one revision are made of, as far as placement is concerned.</summary>
/// <param name="Number">Its number: later revisions of a service have greater ones.</param>
/// <param name="Demand">What is set aside for each instance.</param>
/// <param name="Monitors">The monitors that can run it.</param>
/// <param name="Image">Its image.</param>
public sealed record RevisionSpec(int Number, ResourceDemand Demand, MonitorSet Monitors, ImageId Image);

/// <summary>A service as the scheduler sees it.</summary>
public sealed record ServiceSpec
{
    /// <summary>Its number.</summary>
    public required ServiceId Id { get; init; }

    /// <summary>Whose quota it counts towards.</summary>
    public NamespaceId Namespace { get; init; }

    /// <summary>The revision that is wanted.</summary>
    public required RevisionSpec Revision { get; init; }

    /// <summary>How many instances, and when.</summary>
    public ScaleSettings Scale { get; init; } = new();

    /// <summary>What happens when instances end on their own.</summary>
    public RestartSettings Restart { get; init; } = new();

    /// <summary>How a new revision takes the place of the old one.</summary>
    public RolloutSettings Rollout { get; init; } = new();

    /// <summary>How long an instance may take from its start until it is ready.</summary>
    public TimeSpan ReadyWithin { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long an instance that is to go for another reason than scaling may go on answering.</summary>
    public TimeSpan DrainWithin { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether an instance may be started only when those before it have ended: they have the volume.</summary>
    public bool IsExclusive { get; init; }

    /// <summary>Which node takes an instance.</summary>
    public PlacementPolicy Placement { get; init; }

    /// <summary>What the scheduler needs of a definition.</summary>
    /// <param name="definition">The definition.</param>
    /// <param name="id">The service's number.</param>
    /// <param name="owner">Its namespace's number.</param>
    /// <param name="revision">The number of the revision wanted.</param>
    /// <param name="image">Its image.</param>
    public static ServiceSpec From(ServiceDefinition definition, ServiceId id, NamespaceId owner, int revision, ImageId image) => new()
    {
        Id = id,
        Namespace = owner,
        Revision = new RevisionSpec(revision, new ResourceDemand(definition.Resources.ReservedMemoryBytes, definition.Resources.ReservedCpuMillicores), MonitorsOf(definition.Vmm), image),
        Scale = definition.Scale,
        Restart = definition.Restart,
        Rollout = definition.Rollout,
        ReadyWithin = definition.Health.Deadline,
        DrainWithin = definition.Drain,
        IsExclusive = definition.Volumes.Count != 0,
    };

    private static MonitorSet MonitorsOf(VmmChoice choice) => choice switch
    {
        VmmChoice.Spt => MonitorSet.Spt,
        VmmChoice.Hvt => MonitorSet.Hvt,
        VmmChoice.Qemu => MonitorSet.QemuKvm | MonitorSet.QemuTcg,
        VmmChoice.QemuKvm => MonitorSet.QemuKvm,
        VmmChoice.QemuTcg => MonitorSet.QemuTcg,
        _ => MonitorSet.All,
    };
}
