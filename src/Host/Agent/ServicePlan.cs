// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Microsoft.Win32.SafeHandles;
using Uaas.Instances;
using Uaas.Instances.Kernels;

namespace Uaas.Agent;

/// <summary>What tells that an instance serves.</summary>
public enum ReadySign
{
    /// <summary>It has begun an HTTP answer.</summary>
    Http,

    /// <summary>It has accepted a TCP connection.</summary>
    Tcp,

    /// <summary>It was started: of a guest that serves nothing, nothing more can be asked.</summary>
    Started,
}

/// <summary>What a node is to run: so many equal instances of one service.</summary>
public sealed record ServicePlan
{
    /// <summary>Name of the service; its instances are called name-1, name-2 and so on.</summary>
    public required string Name { get; init; }

    /// <summary>Path of the image, of the kind that the monitor runs.</summary>
    public required string Image { get; init; }

    /// <summary>What the image is, and what it asks of its host.</summary>
    public KernelFile Kernel { get; init; } = KernelFile.Own;

    /// <summary>A descriptor that <see cref="Image"/> leads to; null for an ordinary path.</summary>
    public SafeFileHandle? ImageInherited { get; init; }

    /// <summary>The machine that QEMU makes.</summary>
    public QemuMachine Machine { get; init; }

    /// <summary>Path of the files that a kernel finds in memory beside it; null for none.</summary>
    public string? InitialFiles { get; init; }

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

    /// <summary>What an instance must do to count as ready.</summary>
    public ReadySign ReadySign { get; init; }

    /// <summary>How long an instance may take from its start to its first answer.</summary>
    public TimeSpan ReadyWithin { get; init; } = TimeSpan.FromSeconds(20);
}
