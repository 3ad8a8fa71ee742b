// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Microsoft.Win32.SafeHandles;
using Uaas.Linux.Groups;

namespace Uaas.Instances.Confinement;

/// <summary>What closes an instance's process in, beside what its monitor does of itself. Disposing it gives back what it holds.</summary>
public sealed class InstanceConfinement : IDisposable
{
    /// <summary>The user, and the group of the same number, that the process is; null for whoever starts it.</summary>
    public uint? User { get; init; }

    /// <summary>An empty directory that is its root; null for none. Shared by all: it is not disposed of here.</summary>
    public SafeFileHandle? Root { get; init; }

    /// <summary>Its control group; null where there is none.</summary>
    public ControlGroup? Group { get; init; }

    /// <summary>Whether a monitor that is not ours gets namespaces of its own.</summary>
    public bool HasNamespaces { get; init; }

    /// <summary>Moves a process into the group, soon; null where it does so by itself before anything else.</summary>
    public Action<int>? EnterLater { get; init; }

    /// <summary>The files by which the process enters its group by itself.</summary>
    internal IReadOnlyList<SafeFileHandle> Entries => EnterLater is null && Group is { } group ? group.Entries : [];

    /// <summary>The descriptors that the process inherits for this.</summary>
    internal IEnumerable<SafeFileHandle> Inherited => Root is { } root ? [.. Entries, root] : Entries;

    /// <inheritdoc/>
    public void Dispose() => Group?.Dispose();

    /// <summary>The options by which a tender, or the jail, closes itself in.</summary>
    /// <param name="withRoot">Whether the program can do with an empty directory for root.</param>
    /// <param name="withUser">Whether the program can be another user.</param>
    internal IEnumerable<string> Options(bool withRoot, bool withUser = true)
    {
        foreach (SafeFileHandle entry in Entries)
            yield return $"--group=@{entry.DangerousGetHandle()}";
        if (withRoot && Root is { } root)
            yield return $"--root=@{root.DangerousGetHandle()}";
        if (withUser && User is { } user)
            yield return $"--user={user}";
    }
}

/// <summary>What a monitor needs beside its guest's memory, and how many threads it runs a guest with.</summary>
/// <param name="Mebibytes">Memory at most, beside the guest's.</param>
/// <param name="HasOneThread">Whether it can use no more than one core.</param>
public readonly record struct MonitorOverhead(int Mebibytes, bool HasOneThread)
{
    /// <summary>The limits of an instance.</summary>
    /// <param name="memoryMebibytes">The guest's memory.</param>
    /// <param name="cpuMillicores">The most processor time; 0 for no limit. One thread needs no limit of one core or more.</param>
    public GroupLimits LimitsFor(int memoryMebibytes, int cpuMillicores) =>
        new((long)(memoryMebibytes + Mebibytes) << 20, HasOneThread && cpuMillicores >= 1000 ? 0 : cpuMillicores);
}
