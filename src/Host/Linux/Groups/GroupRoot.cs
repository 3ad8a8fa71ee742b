// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Linux.Groups;

/// <summary>Below which directories a node makes the control groups of its instances, and what cannot be limited here.</summary>
public sealed record GroupRoot
{
    /// <summary>Version of the interface: 1, or 2; 0 where there is nothing.</summary>
    public int Version { get; init; }

    /// <summary>The directory for limits of memory; null where there can be none.</summary>
    public string? Memory { get; init; }

    /// <summary>The directory for limits of processor time, the same one in version 2; null where there can be none.</summary>
    public string? Cpu { get; init; }

    /// <summary>What cannot be limited and why, in words; null where nothing is lacking.</summary>
    public string? Lacking { get; init; }

    /// <summary>What to do about it.</summary>
    public string? Remedy { get; init; }

    /// <summary>Whether a process that moves itself into a group does so at once. In version 2 the kernel stops all processes for it, some 10 ms.</summary>
    public bool IsQuickToEnter => Version == 1;

    /// <summary>What the limits are set by, for people.</summary>
    public string Describe() => (Memory, Cpu) switch
    {
        (null, null) => "no limits",
        (_, null) => $"memory, by cgroup v{Version} in {Memory}",
        (null, _) => $"processor time, by cgroup v{Version} in {Cpu}",
        _ => string.Equals(Memory, Cpu, StringComparison.Ordinal) ? $"memory and processor time, by cgroup v{Version} in {Memory}" : $"memory and processor time, by cgroup v{Version} in {Memory} and {Cpu}",
    };
}
