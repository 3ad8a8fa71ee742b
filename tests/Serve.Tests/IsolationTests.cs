// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Host.Tests;
using Uaas.Host.Tests.Cli;

namespace Uaas.Serve.Tests;

/// <summary>What closes the instances of a daemon in, seen from the outside.</summary>
[Trait("Needs", "root, the http image")]
public sealed class IsolationTests
{
    [ServiceFact(Privilege.Root)]
    public async Task Each_instance_is_a_user_of_its_own_within_limits_and_nothing_of_it_is_left()
    {
        await using Served served = await Served.StartAsync("min: 2, max: 2");
        await served.UntilAsync(instances => instances.Count(instance => instance.State == "running") == 2);
        List<KnownProcess> tenders = [.. served.Processes().Where(process => process.Name == "uaas-spt")];
        Assert.Equal(2, tenders.Select(tender => Status(tender, "Uid")).Distinct().Count());
        Assert.All(tenders, tender =>
        {
            Assert.True(uint.Parse(Status(tender, "Uid").Split('\t')[0], System.Globalization.CultureInfo.InvariantCulture) >= 1_900_000_000);
            Assert.Equal("0000000000000000", Status(tender, "CapEff"));
            Assert.Equal("2", Status(tender, "Seccomp"));
            Assert.Empty(Directory.GetFileSystemEntries($"/proc/{tender.Id}/root"));
            foreach (string space in new[] { "net", "ipc", "uts", "pid", "mnt" })
                Assert.NotEqual(Link($"/proc/self/ns/{space}"), Link($"/proc/{tender.Id}/ns/{space}"));
        });
        string[] groups = [.. tenders.Select(MemoryGroup)];
        Assert.Equal(2, groups.Distinct().Count());
        Assert.All(groups, group => Assert.Contains("/uaas-", group, StringComparison.Ordinal));
        Assert.Equal(0, await served.EndAsync("INT"));
        Assert.DoesNotContain("a control group cannot be had", served.Log, StringComparison.Ordinal);
        string name = groups[0].Split('/').Single(part => part.StartsWith("uaas-", StringComparison.Ordinal));
        Assert.DoesNotContain(Directory.EnumerateDirectories("/sys/fs/cgroup", name, new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }), _ => true);
    }

    private static string Status(KnownProcess process, string label) =>
        File.ReadLines($"/proc/{process.Id}/status").Single(line => line.StartsWith(label + ":", StringComparison.Ordinal))[(label.Length + 1)..].Trim();

    /// <summary>Of version 1, or of version 2.</summary>
    private static string MemoryGroup(KnownProcess process) =>
        File.ReadLines($"/proc/{process.Id}/cgroup").Where(line => line.Contains(":memory:", StringComparison.Ordinal) || line.StartsWith("0::", StringComparison.Ordinal)).First();

    private static string? Link(string path) => File.ResolveLinkTarget(path, returnFinalTarget: false)?.Name;
}
