// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;
using Uaas.Cli;
using Uaas.Instances;
using Uaas.Instances.Confinement;
using Uaas.Linux;
using Uaas.Linux.Groups;
using Xunit;

namespace Uaas.Host.Tests.Confinement;

/// <summary>What an instance's process is, seen from the outside, with real monitors.</summary>
[Trait("Needs", "root")]
public sealed class ConfinementTests
{
    private const uint User = 1_900_000_123;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [ServiceFact(Privilege.Root)]
    public async Task A_tender_is_a_user_of_its_own_without_rights_in_an_empty_root()
    {
        var locations = Locations.Find();
        using SafeFileHandle root = EmptyDirectory.Open();
        using IInstance instance = TenderDriver.Spt(locations.Tender("spt")).Start(Spec(locations.Image("faults", "spt")) with
        {
            Arguments = ["idle"],
            Confinement = new InstanceConfinement { User = User, Root = root },
        });
        await LineAsync(instance, "idle");
        string process = $"/proc/{instance.Handle.Process}";
        AssertPowerless(process);
        Assert.Equal("2", Status(process, "Seccomp"));
        Assert.Empty(Directory.GetFileSystemEntries($"{process}/root"));
        Assert.Throws<IOException>(() => File.WriteAllText(Path.Combine(process, "root", "x"), ""));
        instance.Destroy();
        await instance.WaitAsync().WaitAsync(s_patience);
    }

    [QemuServiceFact(Privilege.Root)]
    public async Task Qemu_is_a_user_of_its_own_without_rights_and_sees_no_network()
    {
        var locations = Locations.Find();
        var driver = new QemuDriver(QemuAcceleration.Tcg, locations.Tender("jail"));
        string hidden = Path.GetTempFileName();
        File.Copy(locations.Image("faults", "pvh"), hidden, overwrite: true);
        File.SetUnixFileMode(hidden, UnixFileMode.UserRead);
        using IInstance instance = driver.Start(Spec(hidden) with { IsOurs = false, Arguments = ["idle"], Confinement = new InstanceConfinement { User = User, HasNamespaces = true } });
        await LineAsync(instance, "idle");
        string process = $"/proc/{instance.Handle.Process}";
        AssertPowerless(process);
        Assert.Equal("2", Status(process, "Seccomp"));
        foreach (string space in new[] { "net", "ipc", "uts", "mnt" })
            Assert.NotEqual(Link($"/proc/self/ns/{space}"), Link($"{process}/ns/{space}"));
        Assert.Single(File.ReadAllLines($"{process}/net/dev"), line => line.Contains(':', StringComparison.Ordinal));
        instance.Destroy();
        await instance.WaitAsync().WaitAsync(s_patience);
        File.Delete(hidden);
    }

    [GroupFact]
    public async Task An_instance_is_in_its_group_from_its_first_instruction()
    {
        var locations = Locations.Find();
        using var tree = GroupTree.Create(GroupPlaces.OfThisProcess(), isPrivileged: true);
        using var pool = new GroupPool(tree.Root);
        var driver = TenderDriver.Spt(locations.Tender("spt"));
        GroupLimits limits = driver.Overhead.LimitsFor(8, 250);
        using IInstance instance = driver.Start(Spec(locations.Image("faults", "spt")) with { Arguments = ["idle"], Confinement = new InstanceConfinement { User = User, Group = pool.Take(limits) } });
        await LineAsync(instance, "idle");
        string[] groups = File.ReadAllLines($"/proc/{instance.Handle.Process}/cgroup");
        string name = Path.GetFileName(tree.Root.Memory!);
        Assert.Contains(groups, line => line.Contains(":memory:", StringComparison.Ordinal) && line.Contains($"{name}/", StringComparison.Ordinal));
        Assert.Contains(groups, line => line.Contains("cpu", StringComparison.Ordinal) && line.Contains($"{name}/", StringComparison.Ordinal));
        string made = Directory.GetDirectories(tree.Root.Memory!).Single(one => File.ReadAllText(Path.Combine(one, "tasks")).Length > 0);
        Assert.Equal($"{21L << 20}", File.ReadAllText(Path.Combine(made, "memory.limit_in_bytes")).Trim());
        Assert.Equal("25000", File.ReadAllText(Path.Combine(tree.Root.Cpu!, Path.GetFileName(made), "cpu.cfs_quota_us")).Trim());
        instance.Destroy();
        await instance.WaitAsync().WaitAsync(s_patience);
    }

    [GroupFact]
    public async Task Who_uses_more_memory_than_it_may_is_killed_and_that_is_said()
    {
        using var tree = GroupTree.Create(GroupPlaces.OfThisProcess(), isPrivileged: true);
        using var pool = new GroupPool(tree.Root);
        InstanceSpec spec = Spec("none") with { Confinement = new InstanceConfinement { Group = pool.Take(new GroupLimits(16 << 20, 0)) } };
        string[] line = [.. spec.Confinement.Options(withRoot: false), "--", "/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1"];
        using var instance = ProcessInstance.Start(spec, Locations.Find().Tender("jail"), line, exit => InstanceExit.Of(exit, 126));
        InstanceExit exit = await instance.WaitAsync().WaitAsync(s_patience);
        Assert.Equal((ExitCause.Signal, 9), (exit.Cause, exit.Code));
        Assert.Equal("killed: it used more memory than the 16 MiB that it and its monitor may have (resources.memory)", exit.Meaning);
    }

    [Fact]
    public async Task What_cannot_be_closed_in_is_not_started_at_all()
    {
        using var notAGroup = File.OpenHandle("/dev/null");
        string[] line = [$"--group=@{notAGroup.DangerousGetHandle()}", "--", "/bin/echo", "started"];
        using var instance = ProcessInstance.Start(Spec("none"), Locations.Find().Tender("jail"), line, exit => InstanceExit.Of(exit, 126), [notAGroup]);
        InstanceExit exit = await instance.WaitAsync().WaitAsync(s_patience);
        Assert.Equal((ExitCause.Monitor, 126), (exit.Cause, exit.Code));
        Assert.Contains(instance.Console.Tail(), said => said.Text.Contains("cannot enter the control group", StringComparison.Ordinal));
    }

    private static InstanceSpec Spec(string image) => new() { Name = "closed-1", Image = image, MemoryMebibytes = 8 };

    private static void AssertPowerless(string process)
    {
        Assert.Equal($"{User}\t{User}\t{User}\t{User}", Status(process, "Uid"));
        Assert.Equal($"{User}\t{User}\t{User}\t{User}", Status(process, "Gid"));
        Assert.Equal("", Status(process, "Groups"));
        foreach (string set in new[] { "CapInh", "CapPrm", "CapEff", "CapAmb" })
            Assert.Equal("0000000000000000", Status(process, set));
        Assert.Equal("1", Status(process, "NoNewPrivs"));
    }

    private static string Status(string process, string label) =>
        File.ReadLines($"{process}/status").Single(line => line.StartsWith(label + ":", StringComparison.Ordinal))[(label.Length + 1)..].Trim();

    private static string? Link(string path) => File.ResolveLinkTarget(path, returnFinalTarget: false)?.Name;

    private static async Task LineAsync(IInstance instance, string text)
    {
        for (DateTime end = DateTime.UtcNow + s_patience; !instance.Console.Tail().Any(line => line.Text == text); await Task.Delay(5))
            Assert.True(DateTime.UtcNow < end, $"no line '{text}'; there are: {string.Join("; ", instance.Console.Tail().Select(line => line.Text))}");
    }
}
