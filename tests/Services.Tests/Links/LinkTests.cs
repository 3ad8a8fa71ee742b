// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Uaas.Instances;
using Uaas.Networking;
using Xunit;

namespace Uaas.Services.Tests.Links;

/// <summary>One unikernel reaches another at its own 127.0.0.1: both booted, with the kernel's filter between them.</summary>
public sealed partial class LinkTests
{
    private const int CannotStart = 2;

    private static readonly LinkTarget[] s_links = [new(LinkedNode.ServerService, 7), new(LinkedNode.ServerService, 19)];
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [MonitorFact("spt")]
    public Task On_spt_a_linked_service_is_reached_at_localhost() => Reach("spt", "link=7:peer:7,19:peer:19");

    [MonitorFact("spt")]
    public async Task What_instances_on_spt_say_to_each_other_does_not_pass_the_kernel()
    {
        const int mebibytes = 64;
        using var node = new LinkedNode("spt");
        node.StartServer();
        Assert.InRange((await RunClient(node, s_links, "link=7:peer:7,19:peer:19", "rounds=10000", $"megabytes={mebibytes}")).Bytes, mebibytes << 20, long.MaxValue);
        Assert.InRange(node.BytesOverTaps(), 1, 16 << 20);
    }

    [MonitorFact("spt")]
    public async Task Without_memory_to_share_they_reach_each_other_by_their_taps()
    {
        const int mebibytes = 16;
        using var node = new LinkedNode("spt") { HasLanes = false };
        node.StartServer();
        Assert.InRange((await RunClient(node, s_links, "link=7:peer:7,19:peer:19", "rounds=100", $"megabytes={mebibytes}")).Bytes, mebibytes << 20, long.MaxValue);
        Assert.InRange(node.BytesOverTaps(), mebibytes << 20, long.MaxValue);
    }

    [MonitorFact("spt")]
    public async Task One_after_the_other_shares_memory_with_a_service_that_stays()
    {
        using var node = new LinkedNode("spt");
        node.StartServer();
        for (int i = 0; i < 10; i++)
        {
            Report report = await RunClient(node, s_links, "link=7:peer:7,19:peer:19", "rounds=1000", "megabytes=8");
            Assert.Equal((1000, 0), (report.Rounds, report.Failure));
        }
        Assert.InRange(node.BytesOverTaps(), 1, 40 << 20);
    }

    [MonitorFact("qemu-tcg")]
    public Task On_QEMU_a_linked_service_is_reached_at_localhost() => Reach("qemu-tcg", "link=7:peer:7,19:peer:19");

    [MonitorFact("spt")]
    public Task A_linked_service_is_reached_by_its_name() => Reach("spt", "host=peer");

    [MonitorFact("spt")]
    public async Task A_link_to_a_service_that_is_not_running_starts_it()
    {
        using var node = new LinkedNode("spt") { StartsOnDemand = true };
        Report report = await RunClient(node, s_links, "link=7:peer:7", "rounds=10");
        Assert.Equal((10, 0), (report.Rounds, report.Failure));
        Assert.Single(node.Servers);
    }

    [MonitorFact("spt")]
    public async Task Connections_are_spread_over_the_instances()
    {
        using var node = new LinkedNode("spt");
        IInstance[] servers = [node.StartServer(), node.StartServer()];
        for (int i = 0; i < 2; i++)
            Assert.Equal(5, (await RunClient(node, s_links, "link=7:peer:7", "rounds=5")).Rounds);
        Assert.Equal(2, servers.Select(server => server.Handle.Process).Distinct().Count());
        Assert.Equal(2, node.Servers.Count);
    }

    [MonitorFact("spt")]
    public async Task A_link_that_the_node_does_not_know_of_leads_nowhere()
    {
        // The guest claims a link; the node has not opened it. The SYNs are dropped until the guest gives up, which is cut short here by its end.
        using var node = new LinkedNode("spt");
        node.StartServer();
        IInstance client = node.StartClient([], "link=7:peer:7", "rounds=1");
        Task<InstanceExit> end = client.WaitAsync();
        Assert.NotSame(end, await Task.WhenAny(end, Task.Delay(1500)));
    }

    [MonitorFact("spt")]
    public async Task A_name_that_is_none_is_told()
    {
        using var node = new LinkedNode("spt");
        Assert.Equal(1, (await RunClient(node, s_links, "link=7:nobody:7", "rounds=1")).Failure);
    }

    [MonitorFact("spt")]
    public async Task A_service_that_cannot_be_started_is_told()
    {
        using var node = new LinkedNode("spt");
        Assert.Equal(2, (await RunClient(node, s_links, "link=7:peer:7", "rounds=1")).Failure);
    }

    [MonitorTheory("spt")]
    [InlineData("link=7:peer")]
    [InlineData("link=7:peer:7,7:peer:8")]
    [InlineData("dns=here")]
    public async Task A_malformed_link_stops_the_guest_with_what_is_wrong(string argument)
    {
        using var node = new LinkedNode("spt");
        IInstance client = node.StartClient([], argument);
        InstanceExit exit = await client.WaitAsync().WaitAsync(s_patience);
        Assert.Equal((ExitCause.Guest, CannotStart), (exit.Cause, exit.Code));
        Assert.Contains(client.Console.Tail(), line => line.Text.StartsWith("error bad_argument word=", StringComparison.Ordinal));
    }

    private static async Task Reach(string monitor, string how)
    {
        using var node = new LinkedNode(monitor);
        node.StartServer();
        Report report = await RunClient(node, s_links, how, "rounds=100", "megabytes=2");
        Assert.Equal((100, 0), (report.Rounds, report.Failure));
        Assert.InRange(report.Bytes, 2L << 20, long.MaxValue);
    }

    /// <summary>What a client of ours did in the end: rounds, and why not all of them.</summary>
    internal static async Task<(long Rounds, long Failure)> RunForAsync(LinkedNode node, LinkTarget[] links, params string[] arguments)
    {
        Report report = await RunClient(node, links, arguments);
        return (report.Rounds, report.Failure);
    }

    private static async Task<Report> RunClient(LinkedNode node, LinkTarget[] links, params string[] arguments)
    {
        IInstance client = node.StartClient(links, arguments);
        Task<InstanceExit> end = client.WaitAsync();
        bool isOver = await Task.WhenAny(end, Task.Delay(s_patience)) == end;
        string console = string.Join('\n', client.Console.Tail().Select(line => line.Text));
        Assert.True(isOver, $"the client has not ended; its console:\n{console}\n{node.Describe()}");
        InstanceExit exit = await end;
        Match match = ReportLine().Match(console);
        Assert.True(exit is { Cause: ExitCause.Guest, Code: 0 } && match.Success, $"{exit.Meaning}\n{console}");
        return new Report(Number("rounds"), Number("bytes"), Number("failure"));

        long Number(string name) => long.Parse(match.Groups[name].Value, System.Globalization.CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"link rounds=(?<rounds>\d+) round_ns=\d+ bytes=(?<bytes>\d+) bytes_ns=\d+ failure=(?<failure>\d+)")]
    private static partial Regex ReportLine();

    private sealed record Report(long Rounds, long Bytes, long Failure);
}
