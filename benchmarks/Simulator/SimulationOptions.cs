// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Simulator;

/// <summary>How large a world is simulated, and what befalls it.</summary>
public sealed record SimulationOptions
{
    /// <summary>Decides everything that is random.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Nodes.</summary>
    public int Nodes { get; init; } = 10_000;

    /// <summary>Services.</summary>
    public int Services { get; init; } = 10_000;

    /// <summary>Instances that the load at the beginning calls for, over all services.</summary>
    public int Instances { get; init; } = 1_000_000;

    /// <summary>How long the world is disturbed, in its own time.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Instances that die of themselves, a second.</summary>
    public double CrashesPerSecond { get; init; } = 200;

    /// <summary>Nodes that die, a second; each comes back a minute later.</summary>
    public double NodeFailuresPerSecond { get; init; } = 0.5;

    /// <summary>Services whose load changes, a second.</summary>
    public double LoadChangesPerSecond { get; init; } = 200;

    /// <summary>Services that get a new revision, a second; one in five of those never works.</summary>
    public double RolloutsPerSecond { get; init; } = 5;

    /// <summary>Services that are removed, and new ones that come, a second.</summary>
    public double RemovalsPerSecond { get; init; } = 1;
}
