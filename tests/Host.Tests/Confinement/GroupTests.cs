// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.IO;
using System.Threading;
using Uaas.Linux.Groups;
using Xunit;

namespace Uaas.Host.Tests.Confinement;

/// <summary>Where control groups are found and made: version 1 on this machine where it has it, version 2 on a directory in its place.</summary>
public sealed class GroupTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Both_versions_are_told_from_what_is_mounted()
    {
        GroupPlaces split = GroupPlaces.Parse(
            ["32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct", "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory", "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw"],
            ["4:memory:/user/a", "2:cpu,cpuacct:/", "0::/user.slice"]);
        Assert.Equal(new GroupPlace("/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory/user/a"), split.Memory);
        Assert.Equal(new GroupPlace("/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct"), split.Cpu);
        Assert.Equal("/sys/fs/cgroup/unified/user.slice", split.Unified?.Own);

        GroupPlaces unified = GroupPlaces.Parse(["29 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate"], ["0::/system.slice/uaas.service"]);
        Assert.Equal((null, null), (unified.Memory, unified.Cpu));
        Assert.Equal(new GroupPlace("/sys/fs/cgroup", "/sys/fs/cgroup/system.slice/uaas.service"), unified.Unified);
    }

    [Fact]
    public void A_container_sees_its_part_as_the_whole()
    {
        GroupPlaces bound = GroupPlaces.Parse(["35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory"], ["4:memory:/docker/abc/inner"]);
        Assert.Equal("/sys/fs/cgroup/memory/inner", bound.Memory?.Own);
        GroupPlaces outside = GroupPlaces.Parse(["29 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup rw"], ["0::/../elsewhere"]);
        Assert.Equal("/sys/fs/cgroup", outside.Unified?.Own);
        Assert.Equal(new GroupPlaces(null, null, null), GroupPlaces.Parse(["nonsense", "a b - c"], ["nonsense"]));
    }

    [Fact]
    public void Version_2_has_both_limits_in_one_directory_and_the_daemon_makes_room()
    {
        WriteUnified("memory cpu pids", passed: "", processes: $"{Environment.ProcessId}\n");
        using var tree = GroupTree.Create(new GroupPlaces(null, null, new GroupPlace(_folder, _folder)), isPrivileged: false);
        Assert.Null(tree.Root.Lacking);
        Assert.Equal((2, false), (tree.Root.Version, tree.Root.IsQuickToEnter));
        Assert.Equal(tree.Root.Memory, tree.Root.Cpu);
        Assert.Equal("+memory +cpu", File.ReadAllText(Path.Combine(_folder, "cgroup.subtree_control")));
        Assert.Equal("+memory +cpu", File.ReadAllText(Path.Combine(tree.Root.Memory!, "cgroup.subtree_control")));

        var group = new ControlGroup(tree.Root, "1", new GroupLimits(48 << 20, 250), _ => { });
        string made = Path.Combine(tree.Root.Memory!, "1");
        Assert.Equal("50331648", File.ReadAllText(Path.Combine(made, "memory.max")));
        Assert.Equal("25000 100000", File.ReadAllText(Path.Combine(made, "cpu.max")));
        Assert.Single(group.Entries);
        group.Enter(4711);
        Assert.Equal("4711", File.ReadAllText(Path.Combine(made, "cgroup.procs")));
    }

    [Fact]
    public void A_kill_for_memory_is_told_from_those_before()
    {
        WriteUnified("memory", passed: "memory", processes: "");
        using var tree = GroupTree.Create(new GroupPlaces(null, null, new GroupPlace(_folder, _folder)), isPrivileged: false);
        Assert.Contains("no such controller: cpu", tree.Root.Lacking, StringComparison.Ordinal);
        Assert.Contains("Delegate", tree.Root.Remedy, StringComparison.Ordinal);
        var group = new ControlGroup(tree.Root, "1", new GroupLimits(1 << 20, 0), _ => { });
        string events = Path.Combine(tree.Root.Memory!, "1", "memory.events");
        File.WriteAllText(events, "oom 3\noom_kill 2\n");
        Assert.False(group.Take().HasRunOutOfMemory);
        File.WriteAllText(events, "oom 4\noom_kill 3\n");
        Assert.True(group.HasRunOutOfMemory);
    }

    [Fact]
    public void What_is_not_handed_over_is_said_with_what_to_do()
    {
        WriteUnified("memory cpu", passed: "", processes: "1\n2\n");
        File.Delete(Path.Combine(_folder, "cgroup.subtree_control"));
        Directory.CreateDirectory(Path.Combine(_folder, "cgroup.subtree_control"));
        using var others = GroupTree.Create(new GroupPlaces(null, null, new GroupPlace(_folder, _folder)), isPrivileged: false);
        Assert.Contains("are not limited", others.Root.Lacking, StringComparison.Ordinal);
        Assert.Contains("systemd-run --user --scope -p Delegate=yes", others.Root.Remedy, StringComparison.Ordinal);
        using var nothing = GroupTree.Create(new GroupPlaces(null, null, null), isPrivileged: true);
        Assert.Contains("no control groups are mounted", nothing.Root.Lacking, StringComparison.Ordinal);
        using var elsewhere = GroupTree.Create(new GroupPlaces(new GroupPlace("/nowhere", "/nowhere"), null, null), isPrivileged: true);
        Assert.Contains("memory is not limited", elsewhere.Root.Lacking, StringComparison.Ordinal);
        Assert.Contains("processor time is not limited: the kernel has no cpu controller", elsewhere.Root.Lacking, StringComparison.Ordinal);
        Assert.NotNull(elsewhere.Root.Remedy);
    }

    [GroupFact]
    public void Groups_lie_ready_come_back_and_are_removed()
    {
        var limits = new GroupLimits(16 << 20, 500);
        using var tree = GroupTree.Create(GroupPlaces.OfThisProcess(), isPrivileged: true);
        using var pool = new GroupPool(tree.Root);
        pool.Want(limits);
        Until(() => pool.SpareOf(limits) == GroupPool.Depth);
        ControlGroup group = pool.Take(limits);
        Assert.Equal(limits, group.Limits);
        Until(() => pool.SpareOf(limits) == GroupPool.Depth);
        group.Dispose();
        group.Dispose();
        Until(() => pool.SpareOf(limits) == GroupPool.Depth + 1);
        pool.Forget(limits);
        Until(() => Directory.GetDirectories(tree.Root.Memory!).Length == 0);
        Assert.Equal(0, pool.SpareOf(limits));
    }

    [GroupFact]
    public void What_a_killed_node_left_behind_goes_with_the_next()
    {
        GroupPlaces places = GroupPlaces.OfThisProcess();
        string left = Path.Combine(places.Memory!.Value.Own, "uaas-999999999");
        Directory.CreateDirectory(Path.Combine(left, "1"));
        using (var tree = GroupTree.Create(places, isPrivileged: true))
        {
            Assert.False(Directory.Exists(left));
            Assert.True(Directory.Exists(tree.Root.Memory));
            Directory.CreateDirectory(Path.Combine(tree.Root.Memory!, "1"));
            left = tree.Root.Memory!;
        }
        Assert.False(Directory.Exists(left));
    }

    [GroupFact]
    public void What_a_killed_agent_left_behind_is_in_the_way_of_no_other_limits()
    {
        using var tree = GroupTree.Create(GroupPlaces.OfThisProcess(), isPrivileged: true);
        using (var killed = new GroupPool(tree.Root))
            Assert.NotNull(killed.Take(new GroupLimits(16 << 20, 500)));
        using var next = new GroupPool(tree.Root);
        Assert.Equal(64 << 20, next.Take(new GroupLimits(64 << 20, 1000)).Limits.MemoryBytes);
        Assert.Equal($"{64 << 20}", File.ReadAllText(Path.Combine(tree.Root.Memory!, "1", "memory.limit_in_bytes")).Trim());
    }

    private static void Until(Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), "it does not come to be");
            Thread.Sleep(5);
        }
    }

    private void WriteUnified(string controllers, string passed, string processes)
    {
        File.WriteAllText(Path.Combine(_folder, "cgroup.controllers"), controllers + "\n");
        File.WriteAllText(Path.Combine(_folder, "cgroup.subtree_control"), passed);
        File.WriteAllText(Path.Combine(_folder, "cgroup.procs"), processes);
    }
}

/// <summary>A test that makes control groups of version 1. Skipped by name where this user cannot, or the machine has none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GroupFactAttribute : FactAttribute
{
    /// <summary>Decides once, when the test is found.</summary>
    public GroupFactAttribute()
    {
        using var tree = GroupTree.Create(GroupPlaces.OfThisProcess(), Environment.IsPrivilegedProcess);
        if (tree.Root is not { Version: 1, Memory: not null, Cpu: not null })
            Skip = "needs root and cgroup v1";
    }
}
