// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Instances;

namespace Uaas.Agent;

/// <summary>What a node is to run: so many equal instances of one service.</summary>
public sealed record ServicePlan
{
    /// <summary>Name of the service; its instances are called name-1, name-2 and so on.</summary>
    public required string Name { get; init; }

    /// <summary>Path of the image, of the kind that the monitor runs.</summary>
    public required string Image { get; init; }

    /// <summary>How many instances.</summary>
    public required int Instances { get; init; }

    /// <summary>Memory of each in MiB.</summary>
    public required int MemoryMebibytes { get; init; }

    /// <summary>Boot arguments of each, beside those that every instance gets.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The block devices that each gets.</summary>
    public IReadOnlyList<BlockAttachment> Blocks { get; init; } = [];

    /// <summary>TCP port that each serves.</summary>
    public int Port { get; init; } = 80;

    /// <summary>How long an instance may take from its start to its first answer.</summary>
    public TimeSpan ReadyWithin { get; init; } = TimeSpan.FromSeconds(20);
}
