// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using Microsoft.Win32.SafeHandles;
using Uaas.Instances;
using Uaas.Instances.Confinement;
using Uaas.Linux;
using Uaas.Linux.Groups;

namespace Uaas.Agent;

/// <summary>
/// Closes instances in, each by itself: a user of its own, an empty root, a control group with its limits, and for a monitor that is not ours namespaces.
/// What the system does not give, it does without, and says so.
/// </summary>
public sealed class Confiner : IDisposable
{
    private readonly InstanceUsers? _users;
    private readonly SafeFileHandle? _root;
    private readonly GroupPool? _groups;

    private Confiner(InstanceUsers? users, SafeFileHandle? root, GroupRoot groups)
    {
        _users = users;
        _root = root;
        if (groups.Memory is not null || groups.Cpu is not null)
            _groups = new GroupPool(groups);
    }

    /// <summary>What instances do without here, each with what to do about it; nothing where they have all of it.</summary>
    public IReadOnlyList<string> Lacking { get; private set; } = [];

    /// <summary>Called when the kernel refuses an instance's group.</summary>
    public event Action<Exception>? Failed;

    /// <summary>Finds out what this process can close instances in with. It must be root of its user namespace.</summary>
    /// <param name="groups">Where control groups are made.</param>
    public static Confiner Create(GroupRoot groups)
    {
        var lacking = new List<string>();
        var users = InstanceUsers.Find();
        if (users is null)
            lacking.Add($"instances share this user: for one each, run as root, or have subordinate users ({SubordinateUsers.Remedy})");
        SafeFileHandle? root = null;
        try
        {
            root = EmptyDirectory.Open();
        }
        catch (SystemCallException e)
        {
            lacking.Add($"instances see the file system of this machine ({e.Message}): use Linux 5.2 or later");
        }
        if (groups.Lacking is { } limits)
            lacking.Add(groups.Remedy is { } remedy ? $"{limits}: {remedy}" : limits);
        var confiner = new Confiner(users, root, groups) { Lacking = lacking };
        if (confiner._groups is { } pool)
            pool.Failed += failure => confiner.Failed?.Invoke(failure);
        return confiner;
    }

    /// <summary>Gets ready for instances of those limits.</summary>
    public void Prepare(IMonitorDriver driver, int memoryMebibytes, int cpuMillicores) => _groups?.Want(driver.Overhead.LimitsFor(memoryMebibytes, cpuMillicores));

    /// <summary>There are to be no more of them.</summary>
    public void Forget(IMonitorDriver driver, int memoryMebibytes, int cpuMillicores) => _groups?.Forget(driver.Overhead.LimitsFor(memoryMebibytes, cpuMillicores));

    /// <summary>Closes in an instance.</summary>
    /// <param name="number">The number of its link: it gives it its user.</param>
    /// <param name="driver">Its monitor.</param>
    /// <param name="memoryMebibytes">The guest's memory.</param>
    /// <param name="cpuMillicores">The most processor time; 0 for no limit.</param>
    public InstanceConfinement For(int number, IMonitorDriver driver, int memoryMebibytes, int cpuMillicores)
    {
        ControlGroup? group = TakeGroup(driver.Overhead.LimitsFor(memoryMebibytes, cpuMillicores));

        // QEMU takes ten times as long to start as to move itself; a tender is not to wait for it, and has no memory yet that it could use beyond its bounds.
        bool entersLater = group is { IsQuickToEnter: false } && driver.Overhead.HasOneThread;
        return new InstanceConfinement
        {
            User = _users?.Of(number),
            Root = _root,
            Group = group,
            HasNamespaces = true,
            EnterLater = entersLater ? process => _groups!.Enter(group!, process) : null,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _groups?.Dispose();
        _root?.Dispose();
    }

    private ControlGroup? TakeGroup(GroupLimits limits)
    {
        try
        {
            return _groups?.Take(limits);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Failed?.Invoke(e);
            return null;
        }
    }
}
