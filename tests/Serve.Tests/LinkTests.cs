// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Uaas.Cli;
using Uaas.Host.Tests;
using Uaas.Host.Tests.Cli;
using Uaas.Master.Control;

namespace Uaas.Serve.Tests;

/// <summary><c>links</c> of uaas.yaml between real unikernels: what is declared is reached at 127.0.0.1, nothing else is reached at all.</summary>
[Trait("Needs", "namespaces, the images of http and of the guest that calls others")]
public sealed class LinkTests
{
    // The addresses that the first instances get: 10.77.0.2 and on.
    private const int FirstAddress = 5;
    private const int Addresses = 20;

    private static readonly string s_caller = Locations.Find().Image("caller", "spt");

    // 0 to 4 by name and port; from FirstAddress on, the addresses of instances.
    private static readonly string s_targets = "targets=127.0.0.1:9000,localhost:9000,peer:80,127.0.0.1:9001,other:80,"
        + string.Join(',', Enumerable.Range(2, Addresses).Select(static i => $"10.77.0.{i}:80"));

    [ServiceFact]
    public async Task A_linked_service_is_started_from_zero_and_reached_by_port_and_by_name()
    {
        await using Served served = await StartAsync("min: 0, idle: 1s");
        Assert.DoesNotContain(await served.InstancesAsync(), static instance => instance.Service == "peer");
        (int status, string who) = await served.AskAsync("call/0/who");
        Assert.True(status == 200 && who.StartsWith("peer-", StringComparison.Ordinal), $"{status} {who}");
        Assert.Equal((200, who), await served.AskAsync("call/1/who"));
        Assert.Equal((200, who), await served.AskAsync("call/2/who"));
        Assert.Single(await served.InstancesAsync(), static instance => instance.Service == "peer");
    }

    [ServiceFact]
    public async Task Connections_are_spread_over_the_instances()
    {
        await using Served served = await StartAsync("min: 3, max: 3");
        IReadOnlyList<InstanceView> peers = await PeersAsync(served, 3);
        var asked = new HashSet<string>();
        foreach (string target in new[] { "0", "1", "2" })
            asked.Add((await served.AskAsync($"call/{target}/who")).Text);
        Assert.Equal(peers.Select(static peer => peer.Name).Order(), asked.Order());
    }

    [ServiceFact]
    public async Task An_instance_that_is_used_over_a_link_is_not_idle()
    {
        await using Served served = await StartAsync("min: 0, idle: 1s");
        string who = (await served.AskAsync("call/0/who")).Text;
        for (int i = 0; i < 12; i++)
        {
            await Task.Delay(250);
            Assert.Equal((200, who), await served.AskAsync("call/0/who"));
        }
        await served.UntilAsync(static instances => instances.All(static instance => instance.Service != "peer"));
        Assert.Equal(200, (await served.AskAsync("call/0/who")).Status);
    }

    [ServiceFact]
    public async Task Only_what_is_declared_passes_in_one_direction_and_in_the_other()
    {
        await using Served served = await StartAsync("min: 1, max: 1");
        InstanceView peer = (await PeersAsync(served, 1)).Single();
        IReadOnlyList<InstanceView> all = await served.UntilAsync(static instances => instances.Count == 3 && instances.All(static instance => instance.State == "running"));
        InstanceView caller = all.Single(static instance => instance.Service == "caller");
        InstanceView other = all.Single(static instance => instance.Service == "other");

        Assert.Equal((200, peer.Name), await served.AskAsync($"call/{TargetFor(peer)}/who"));
        (int, string)[] refused = await Task.WhenAll(
            served.AskAsync("call/3/"),
            served.AskAsync("call/4/"),
            served.AskAsync($"call/{TargetFor(other)}/"),
            served.AskAsync($"call/{TargetFor(caller)}/who"),
            served.AskAsync($"peer/call/{TargetFor(caller)}/who"),
            served.AskAsync($"peer/call/{TargetFor(other)}/"),
            served.AskAsync("peer/call/4/"),
            served.AskAsync("peer/call/0/"));
        Assert.Equal(
            [(502, "no service"), (502, "no service"), (502, "timed out"), (502, "timed out"), (502, "timed out"), (502, "timed out"), (502, "no service"), (502, "no service")],
            refused);
        Assert.Equal((200, peer.Name), await served.AskAsync("call/0/who"));
    }

    [ServiceFact]
    public async Task The_path_between_two_running_instances_passes_neither_master_nor_gateway_nor_the_kernel()
    {
        await using Served served = await StartAsync("min: 1, max: 1", peer: "http", more: "content: ./site");
        await PeersAsync(served, 1);
        Assert.Equal((200, "<p>from zero"), await served.AskAsync("call/0/index.html"));
        string address = (await served.InstancesAsync()).Single(static instance => instance.Service == "caller").Address!;
        KnownProcess[] stopped = [await served.ProcessAsync("serve-master"), await served.ProcessAsync("serve-front")];
        foreach (KnownProcess process in stopped)
            Served.Signal(process, "STOP");
        try
        {
            Assert.Equal("200 8388608", await served.InNodeAsync("curl", "-s", "-o", "/dev/null", "-w", "%{http_code} %{size_download}", $"http://{address}/call/0/large.bin"));
        }
        finally
        {
            foreach (KnownProcess process in stopped)
                Served.Signal(process, "CONT");
        }

        // The caller sent what it got on to curl, over its tap; it came to it through memory.
        using var links = JsonDocument.Parse(await served.InNodeAsync("ip", "-j", "-s", "link"));
        long sent = links.RootElement.EnumerateArray()
            .Where(static link => link.GetProperty("ifname").GetString()!.StartsWith("uaas", StringComparison.Ordinal))
            .Sum(static link => link.GetProperty("stats64").GetProperty("rx").GetProperty("bytes").GetInt64());
        Assert.InRange(sent, 8 << 20, 12 << 20);
    }

    [ServiceFact]
    public async Task A_link_that_is_declared_later_opens_and_one_that_is_taken_away_closes()
    {
        await using Served served = await StartAsync("min: 1, max: 1");
        await PeersAsync(served, 1);
        Assert.Equal(200, (await served.AskAsync("call/0/who")).Status);
        Assert.Equal(0, (await served.ApplyFileAsync(Yaml("min: 1, max: 1", links: "9001: other"))).Code);
        await served.UntilAsync(static instances => instances.All(static instance => instance is { Service: "caller", Revision: 2, State: "running" } or { Service: not "caller" }));
        Assert.Equal((502, "no service"), await served.AskAsync("call/0/who"));
        Assert.Equal((502, "no service"), await served.AskAsync("call/2/who"));
        Assert.Equal((200, "<p>from zero"), await served.AskAsync("call/3/index.html"));
    }

    [Theory]
    [InlineData("a: { image: http, content: ./site, links: { 9000: a } }", "is linked to itself")]
    [InlineData("a: { image: http, content: ./site, route: /a, links: { 9000: b } }\n  b: { image: http, content: ./site, route: /b, links: { 9000: a } }", "circle")]
    [InlineData("a: { image: http, content: ./site, route: /a, links: { 9000: b, 9000: b } }\n  b: { image: http, content: ./site, route: /b }", "9000")]
    [InlineData("a: { image: http, content: ./site, links: { 9000: nobody } }", "nobody")]
    [InlineData("a: { image: http, content: ./site, route: /a, links: { 70000: b } }\n  b: { image: http, content: ./site, route: /b }", "70000")]
    public async Task A_link_that_cannot_be_is_refused_with_its_place(string services, string message)
    {
        string folder = Directory.CreateTempSubdirectory("uaas-links-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "site"));
        await File.WriteAllTextAsync(Path.Combine(folder, "site", "index.html"), "x");
        await File.WriteAllTextAsync(Path.Combine(folder, "uaas.yaml"), $"services:\n  {services}\n");
        (int code, _, string errors) = await Command.RunAsync(null, "up", "-f", Path.Combine(folder, "uaas.yaml"), "--state", Path.Combine(folder, "state"), "--port", "0");
        Assert.Equal(ExitCode.Configuration, code);
        Assert.Contains(message, errors, StringComparison.Ordinal);
        Assert.Matches(@"uaas\.yaml:\d+:\d+: ", errors);
        Directory.Delete(folder, recursive: true);
    }

    private static int TargetFor(InstanceView instance)
    {
        string host = instance.Address!.Split(':')[0];
        int number = int.Parse(host.Split('.')[3], CultureInfo.InvariantCulture);
        Assert.InRange(number, 2, Addresses + 1);
        return FirstAddress + number - 2;
    }

    private static async Task<IReadOnlyList<InstanceView>> PeersAsync(Served served, int count) =>
        [.. (await served.UntilAsync(instances => instances.Count(static instance => instance is { Service: "peer", State: "running" }) == count)).Where(static instance => instance.Service == "peer")];

    private static Task<Served> StartAsync(string scale, string? peer = null, string? more = null) => Served.StartFileAsync(Yaml(scale, peer, more));

    private static string Yaml(string scale, string? peer = null, string? more = null, string links = "9000: peer") => $$"""
        services:
          caller:
            image: {{s_caller}}
            vmm: spt
            route: /
            scale: { min: 1, max: 1 }
            args: {{s_targets}}
            links: { {{links}} }
          peer:
            image: {{peer ?? s_caller}}
            vmm: spt
            route: { path: /peer, strip: true }
            scale: { {{scale}} }
            {{more ?? $"args: {s_targets}"}}
          other:
            image: http
            content: ./site
            vmm: spt
            route: /other
            scale: { min: 1, max: 1 }
        """;
}
