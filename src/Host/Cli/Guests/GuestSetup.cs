// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using Uaas.Agent;
using Uaas.Instances;
using Uaas.Instances.Kernels;

namespace Uaas.Cli.Guests;

/// <summary>A block device that a person gives to a guest.</summary>
/// <param name="Name">Its name in the guest's manifest.</param>
/// <param name="Path">The file behind it.</param>
/// <param name="VolumeBytes">Of a volume, to read and write: bytes that it has at least. 0: the device is read-only.</param>
internal sealed record GuestBlock(string Name, string Path, long VolumeBytes = 0);

/// <summary>How a guest is started, in what differs from one guest to another.</summary>
internal sealed record GuestSetup
{
    /// <summary>What its kernel is.</summary>
    public KernelFile Kernel { get; init; } = KernelFile.Own;

    /// <summary>The machine that QEMU makes.</summary>
    public QemuMachine Machine { get; init; }

    /// <summary>What tells that it serves.</summary>
    public ReadySign ReadySign { get; init; }

    /// <summary>The port that it serves HTTP on.</summary>
    public int Port { get; init; } = 80;

    /// <summary>The files that it finds in memory; null for none.</summary>
    public string? InitialFiles { get; init; }

    /// <summary>Block devices besides its content.</summary>
    public IReadOnlyList<GuestBlock> Blocks { get; init; } = [];
}
