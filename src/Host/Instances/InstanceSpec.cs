// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Microsoft.Win32.SafeHandles;
using Uaas.Instances.Confinement;
using Uaas.Instances.Kernels;

namespace Uaas.Instances;

/// <summary>What an instance is made of.</summary>
public sealed record InstanceSpec
{
    /// <summary>Smallest memory of an instance in MiB.</summary>
    public const int MinMemoryMebibytes = 2;

    /// <summary>Greatest memory of an instance in MiB.</summary>
    public const int MaxMemoryMebibytes = 4096;

    /// <summary>The block device that a guest of others declares in its manifest to be given settings.</summary>
    public const string SettingsDevice = "settings";

    /// <summary>Its name, unique on the node.</summary>
    public required string Name { get; init; }

    /// <summary>Path of the image, of the kind that the monitor runs.</summary>
    public required string Image { get; init; }

    /// <summary>A descriptor that <see cref="Image"/> leads to; null for an ordinary path.</summary>
    public SafeFileHandle? ImageInherited { get; init; }

    /// <summary>What the image is. A tender runs its own kind and no other.</summary>
    public KernelFormat Format { get; init; } = KernelFormat.Pvh;

    /// <summary>Whether it is a guest of ours, which takes our words on every machine.</summary>
    public bool IsOurs { get; init; } = true;

    /// <summary>The machine that QEMU makes.</summary>
    public QemuMachine Machine { get; init; } = QemuMachine.Microvm;

    /// <summary>Path of what a kernel finds in memory beside it: Linux's initial file system, a Multiboot module; null for none.</summary>
    public string? InitialFiles { get; init; }

    /// <summary>Memory in MiB.</summary>
    public required int MemoryMebibytes { get; init; }

    /// <summary>The words of its command line.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>A descriptor of what it is given to know off its command line; null for nothing. Only guests of ours take it.</summary>
    public SafeFileHandle? Settings { get; init; }

    /// <summary>Its network devices.</summary>
    public IReadOnlyList<NetworkAttachment> Networks { get; init; } = [];

    /// <summary>Descriptors of memory that it shares with linked instances: the directory, then each lane in its order; none for no such memory. Only <c>spt</c> and guests of ours take it.</summary>
    public IReadOnlyList<SafeFileHandle> Lanes { get; init; } = [];

    /// <summary>What closes its process in, beside what its monitor does of itself; null for nothing.</summary>
    public InstanceConfinement? Confinement { get; init; }

    /// <summary>Its block devices.</summary>
    public IReadOnlyList<BlockAttachment> Blocks { get; init; } = [];
}

/// <summary>A machine of QEMU's.</summary>
public enum QemuMachine
{
    /// <summary>Nothing but memory, a serial port and virtio over MMIO: the quickest to start.</summary>
    Microvm,

    /// <summary>An ordinary one of today, with PCI Express.</summary>
    Q35,

    /// <summary>An ordinary one of the nineties, with PCI: what runs most.</summary>
    Pc,
}

/// <summary>A network device of an instance.</summary>
/// <param name="Name">The device's name in the guest's manifest.</param>
/// <param name="Tap">Descriptor of the tap.</param>
/// <param name="EthernetAddress">The guest's Ethernet address, six pairs of digits with colons.</param>
public sealed record NetworkAttachment(string Name, SafeFileHandle Tap, string EthernetAddress);

/// <summary>A block device of an instance.</summary>
/// <param name="Name">The device's name in the guest's manifest.</param>
/// <param name="Path">The file behind it.</param>
/// <param name="SectorSize">Bytes of one block.</param>
/// <param name="Inherited">A descriptor that <paramref name="Path"/> leads to; null for an ordinary path.</param>
/// <param name="IsWritable">Whether the instance may write to it; it is passed as <paramref name="Inherited"/> then, with the lock that is on it.</param>
public sealed record BlockAttachment(string Name, string Path, int SectorSize, SafeFileHandle? Inherited = null, bool IsWritable = false);

/// <summary>What finds an instance again after the agent has been restarted.</summary>
/// <param name="Process">Number of the monitor's process.</param>
/// <param name="StartTicks">When that process was started, in clock ticks since boot: tells it from a later one of the same number.</param>
public readonly record struct InstanceHandle(int Process, ulong StartTicks);

/// <summary>What an instance costs the host.</summary>
/// <param name="ResidentBytes">Memory in use, shared pages counted in proportion.</param>
/// <param name="ProcessorTime">Processor time so far, in user and kernel.</param>
public readonly record struct InstanceStatistics(long ResidentBytes, TimeSpan ProcessorTime);
