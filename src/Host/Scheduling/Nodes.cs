// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;

namespace Uaas.Scheduling;

/// <summary>Monitors that a node has, or that a revision may run on.</summary>
[Flags]
public enum MonitorSet
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>A process in a seccomp sandbox, by our tender.</summary>
    Spt = 1,

    /// <summary>A virtual machine on KVM, by our tender.</summary>
    Hvt = 2,

    /// <summary>QEMU with KVM.</summary>
    QemuKvm = 4,

    /// <summary>QEMU by translation.</summary>
    QemuTcg = 8,

    /// <summary>Any.</summary>
    All = Spt | Hvt | QemuKvm | QemuTcg,
}

/// <summary>What placement sets aside for an instance.</summary>
/// <param name="MemoryBytes">Memory in bytes.</param>
/// <param name="CpuMillicores">Processor time in thousandths of a core.</param>
public readonly record struct ResourceDemand(long MemoryBytes, int CpuMillicores);

/// <summary>A node as it told of itself.</summary>
public sealed record NodeSpec
{
    /// <summary>Its number.</summary>
    public required NodeId Id { get; init; }

    /// <summary>What placement may set aside on it.</summary>
    public required ResourceDemand Capacity { get; init; }

    /// <summary>The monitors that work on it.</summary>
    public required MonitorSet Monitors { get; init; }

    /// <summary>The images that it has; null when it gets any image that it is asked to start.</summary>
    public IReadOnlySet<ImageId>? Images { get; init; }

    /// <summary>Whether new instances may be placed on it. False while it is emptied for maintenance: what runs there goes on.</summary>
    public bool Schedulable { get; init; } = true;
}
