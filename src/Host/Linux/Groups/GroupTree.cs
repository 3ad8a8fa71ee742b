// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using Microsoft.Win32.SafeHandles;

namespace Uaas.Linux.Groups;

/// <summary>
/// Makes the directories that a node's groups go into, where the system lets it, and removes them at the end. Each is locked while its node lives: what a
/// node left behind that was killed, the next one finds without a lock and removes.
/// </summary>
public sealed class GroupTree : IDisposable
{
    private const string Prefix = "uaas-";
    private const string OwnLeaf = "uaas.daemon";
    private const int OpenDirectory = 0x10000;
    private const int ExclusiveWithoutWaiting = 2 | 4;
    private const int AttemptsToRemove = 50;

    private readonly List<(string Path, SafeFileHandle Lock)> _made = [];

    private GroupTree()
    {
    }

    /// <summary>What came of it.</summary>
    public GroupRoot Root { get; private set; } = new();

    /// <summary>Makes the directories of a node.</summary>
    /// <param name="places">Where control groups are.</param>
    /// <param name="isPrivileged">Whether this is root, who may make groups beside those that it is in.</param>
    public static GroupTree Create(GroupPlaces places, bool isPrivileged)
    {
        var tree = new GroupTree();
        string name = $"{Prefix}{Environment.ProcessId}";
        tree.Root = places.Memory is null && places.Cpu is null ? tree.CreateUnified(places.Unified, name, isPrivileged) : tree.CreateSplit(places, name, isPrivileged);
        return tree;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((string path, SafeFileHandle held) in _made)
        {
            Remove(path);
            held.Dispose();
        }
    }

    private GroupRoot CreateSplit(GroupPlaces places, string name, bool isPrivileged)
    {
        string? memory = places.Memory is { } memoryPlace ? TryMake(memoryPlace.Own, name, out string why) : Missing("memory", out why);
        string? cpu = places.Cpu is { } cpuPlace ? TryMake(cpuPlace.Own, name, out string whyNot) : Missing("cpu", out whyNot);
        string lacking = string.Join("; ", new[] { memory is null ? $"memory is not limited: {why}" : "", cpu is null ? $"processor time is not limited: {whyNot}" : "" }.Where(text => text.Length > 0));
        return new GroupRoot
        {
            Version = 1,
            Memory = memory,
            Cpu = cpu,
            Lacking = lacking.Length == 0 ? null : lacking,
            Remedy = lacking.Length == 0 ? null : isPrivileged ? "mount the hierarchies of cgroup v1 so that they can be written; in a container: --privileged"
                : "run as root (sudo): cgroup v1 is root's alone; or boot with cgroup v2 (systemd.unified_cgroup_hierarchy=1)",
        };
    }

    private GroupRoot CreateUnified(GroupPlace? place, string name, bool isPrivileged)
    {
        if (place is not { } unified)
            return new GroupRoot { Lacking = "memory and processor time are not limited: no control groups are mounted", Remedy = "mount them: mount -t cgroup2 none /sys/fs/cgroup" };
        string why = "";
        foreach (string parent in isPrivileged ? new[] { unified.Own, unified.Mount }.Distinct() : [unified.Own])
        {
            if (!TryDelegate(parent, out string[] controllers, out why) || TryMake(parent, name, out why) is not { } made)
                continue;
            Pass(made, controllers);
            string[] missing = [.. new[] { "memory", "cpu" }.Except(controllers)];
            return new GroupRoot
            {
                Version = 2,
                Memory = controllers.Contains("memory") ? made : null,
                Cpu = controllers.Contains("cpu") ? made : null,
                Lacking = missing.Length == 0 ? null : $"not limited, for {parent} has no such controller: {string.Join(", ", missing)}",
                Remedy = missing.Length == 0 ? null : "have it passed on from above: echo '+memory +cpu' into each cgroup.subtree_control above; in a unit of systemd, Delegate=memory cpu",
            };
        }
        return new GroupRoot
        {
            Version = 2,
            Lacking = $"memory and processor time are not limited: {why}",
            Remedy = isPrivileged ? "mount /sys/fs/cgroup so that it can be written; in a container: --privileged, or podman with --cgroupns=private"
                : "have systemd hand over a part of the tree: systemd-run --user --scope -p Delegate=yes uaas up",
        };
    }

    /// <summary>
    /// Has a group pass controllers on to those below it. That takes a group without processes of its own: this process goes into one below, if it is alone.
    /// </summary>
    private static bool TryDelegate(string parent, out string[] controllers, out string why)
    {
        controllers = [];
        try
        {
            string[] there = File.ReadAllText(Path.Combine(parent, "cgroup.controllers")).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
            controllers = [.. there.Intersect(["memory", "cpu"])];
            why = $"{parent} has neither controller";
            if (controllers.Length == 0)
                return false;
            Pass(parent, controllers);
            if (!Passes(parent, controllers) && IsAlone(parent))
            {
                string leaf = Path.Combine(parent, OwnLeaf);
                Directory.CreateDirectory(leaf);
                File.WriteAllText(Path.Combine(leaf, "cgroup.procs"), "0");
                Pass(parent, controllers);
            }
            why = $"{parent} passes no controllers on, for it has processes of its own or belongs to another user";
            return Passes(parent, controllers);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            why = e.Message;
            return false;
        }
    }

    private static void Pass(string parent, string[] controllers)
    {
        try
        {
            File.WriteAllText(Path.Combine(parent, "cgroup.subtree_control"), string.Join(' ', controllers.Select(one => $"+{one}")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What it passes on is read afterwards.
        }
    }

    private static bool Passes(string parent, string[] controllers)
    {
        string[] passed = File.ReadAllText(Path.Combine(parent, "cgroup.subtree_control")).Split([' ', '\n', '+'], StringSplitOptions.RemoveEmptyEntries);
        return controllers.All(one => passed.Contains(one));
    }

    private static bool IsAlone(string group) =>
        File.ReadLines(Path.Combine(group, "cgroup.procs")).All(line => line.Trim() == $"{Environment.ProcessId}");

    private static string? Missing(string controller, out string why)
    {
        why = $"the kernel has no {controller} controller";
        return null;
    }

    private string? TryMake(string parent, string name, out string why)
    {
        why = "";
        string path = Path.Combine(parent, name);
        try
        {
            RemoveLeftOvers(parent);
            Directory.CreateDirectory(path);
            _made.Add((path, TryLock(path) ?? throw new IOException($"{path} is another's")));
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            why = e.Message;
            return null;
        }
    }

    private static void RemoveLeftOvers(string parent)
    {
        foreach (string left in Directory.GetDirectories(parent, Prefix + "*"))
        {
            using SafeFileHandle? held = TryLock(left);
            if (held is not null)
                Remove(left, attempts: 1);
        }
    }

    private static SafeFileHandle? TryLock(string directory)
    {
        SafeFileHandle handle = Libc.Open(directory, OpenDirectory | Libc.OpenCloseOnExec, 0);
        if (!handle.IsInvalid && Libc.Lock(handle, ExclusiveWithoutWaiting) == 0)
            return handle;
        handle.Dispose();
        return null;
    }

    /// <summary>Removes a group and those in it. One whose last process is just ending is busy for a moment.</summary>
    private static void Remove(string group, int attempts = AttemptsToRemove)
    {
        for (int attempt = 0; attempt < attempts && Directory.Exists(group); attempt++)
        {
            if (attempt > 0)
                Thread.Sleep(10);
            foreach (string inner in Directory.GetDirectories(group))
                Libc.RemoveDirectory(inner);
            if (Libc.RemoveDirectory(group) == 0 || Marshal.GetLastPInvokeError() == Errno.NoEntry)
                return;
        }
    }
}
