// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Threading.Tasks;
using Uaas.Cli;
using Uaas.Host.Tests;
using Uaas.Host.Tests.Cli;
using Uaas.Master.Control;

namespace Uaas.Serve.Tests;

/// <summary>A guest that tries everything that a guest can put on its wire (tests/Guests/Hostile), beside instances that serve.</summary>
[Trait("Needs", "namespaces, the images of http and of the hostile guest")]
public sealed class HostileTests
{
    private const int ManagementPort = 9090;
    private const string Gateway = "10.77.0.1";
    private const string Outside = "198.51.100.7,8.8.8.8,169.254.169.254";

    // Between one thing that is said and the next. What decides is said; this ends a test that is stuck, also where QEMU translates on a machine that does much else.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    [ServiceFact]
    public Task A_hostile_guest_reaches_nothing_and_keeps_nobody_from_serving() => ReachesNothingAsync("spt");

    [QemuServiceFact]
    public Task Nor_does_one_on_QEMU() => ReachesNothingAsync("qemu-tcg");

    /// <summary>The same guest, linked: what it reports is what there is to reach, so that its silence elsewhere says something.</summary>
    [ServiceFact]
    public async Task A_linked_one_reaches_the_linked_port_and_no_other()
    {
        await using Served served = await Served.StartAsync("min: 2, max: 2");
        List<string> victims = await VictimsAsync(served);
        await ApplyAsync(served, Service("spt", [.. victims, .. OwnAddresses(), .. Outside.Split(',')], "links: { 9000: site }"));

        // A victim on a busy machine answers when it gets to it.
        foreach (string victim in victims)
            await UntilSaidAsync(served, $"reached tcp {victim}:80");
        string[] lines = await UntilSaidAsync(served, "done ");

        // The name server tells it where the service is; that service's port answers; that is all.
        string[] expected = [.. victims.Select(victim => $"reached tcp {victim}:80"), $"reached udp {Gateway}:53"];
        string[] reached = [.. lines.Where(line => line.Contains("reached ", StringComparison.Ordinal)).Select(line => line[line.IndexOf("reached ", StringComparison.Ordinal)..])];
        Assert.True(expected.Order().SequenceEqual(reached.Order()), string.Join('\n', lines));
        Assert.Equal(victims, await VictimsAsync(served, 2));
    }

    [ServiceFact]
    public async Task The_management_port_is_for_the_node_alone()
    {
        await using Served served = await Served.StartAsync("min: 1, max: 1");
        string victim = (await VictimsAsync(served, 1))[0];
        KnownProcess agent = await served.ProcessAsync("serve-agent");
        var start = new ProcessStartInfo(Served.Enter($"{agent.Id}")[0], [.. Served.Enter($"{agent.Id}")[1..], "curl", "-s", "-m", "5", $"http://{victim}:{ManagementPort}/metrics"]) { RedirectStandardOutput = true };
        using Process curl = Process.Start(start)!;
        Assert.Contains("http_requests", await curl.StandardOutput.ReadToEndAsync(), StringComparison.Ordinal);
        await UnreachedFromHostAsync(agent, victim);
        foreach (string path in new[] { "/metrics", "/drain", "/healthz" })
            Assert.Equal(HttpStatusCode.NotFound, (await served.Client.GetAsync(new Uri(served.Url, path))).StatusCode);
    }

    /// <summary>
    /// From the host there is no way to an instance at all. What a connection to its address meets is another matter: on a machine whose way out answers for every address it is even made, with somebody
    /// else. So it is the instance's own link that tells.
    /// </summary>
    private static async Task UnreachedFromHostAsync(KnownProcess agent, string victim)
    {
        long[] before = await QuietAsync(agent, [victim]);
        foreach (int port in new[] { ManagementPort, 80 })
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            Task connecting = socket.ConnectAsync(IPAddress.Parse(victim), port);
            await Task.WhenAny(connecting, Task.Delay(500));
            if (connecting.IsCompletedSuccessfully)
                await socket.SendAsync("GET /metrics HTTP/1.0\r\n\r\n"u8.ToArray());
        }
        Assert.Equal(before, Traffic(agent, [victim]));
    }

    private static async Task ReachesNothingAsync(string monitor)
    {
        await using Served served = await Served.StartAsync("min: 2, max: 2");
        List<string> victims = await VictimsAsync(served);
        KnownProcess agent = await served.ProcessAsync("serve-agent");
        using var bystander = new TcpListener(IPAddress.Any, 0);
        bystander.Start();
        long[] before = await QuietAsync(agent, victims);
        await ApplyAsync(served, Service(monitor, [.. victims, .. OwnAddresses(), .. Outside.Split(',')], "links: {}", $"flood={1500}"));
        await UntilSaidAsync(served, "flooding");
        Assert.Equal(before, Traffic(agent, victims));
        for (int i = 0; i < 20; i++)
            Assert.Equal("<p>from zero", await served.Client.GetStringAsync(served.Url));
        string[] lines = await UntilSaidAsync(served, "flooded ");
        Assert.DoesNotContain(lines, line => line.Contains("reached ", StringComparison.Ordinal));
        string last = lines.Last(line => line.Contains("flooded ", StringComparison.Ordinal));
        Assert.EndsWith("reached=0", last, StringComparison.Ordinal);
        Assert.True(Count(last, "sent=") > 100_000, last);
        Assert.True(Count(last, "answers=") > 0, "it got not even what it may get: its wire is cut");
        Assert.False(bystander.Pending());
        Assert.Equal(3, (await served.InstancesAsync()).Count(instance => instance.State == "running"));
    }

    private static async Task<List<string>> VictimsAsync(Served served, int count = 2)
    {
        IReadOnlyList<InstanceView> running = [.. (await served.UntilAsync(instances => instances.Count(IsVictim) == count)).Where(IsVictim)];
        return [.. running.Select(instance => instance.Address!.Split(':')[0])];
    }

    private static bool IsVictim(InstanceView instance) => instance is { Service: "site", State: "running" };

    private static string Service(string monitor, IEnumerable<string> targets, string links, string more = "flood=0") => $$"""
          hostile:
            image: {{Locations.Find().Image("hostile", monitor == "spt" ? "spt" : "pvh")}}
            ports: { http: none }
            route: none
            vmm: {{monitor}}
            scale: { min: 1, max: 1 }
            {{links}}
            args: ["targets={{string.Join(',', targets)}}", "{{more}}"]
        """;

    private static async Task ApplyAsync(Served served, string service)
    {
        (int code, _, string errors) = await served.ApplyAsync("min: 2, max: 2", page: null, service);
        Assert.True(code == 0, errors);
    }

    /// <summary>Waits for as long as it goes on saying something: it says each thing that it has done.</summary>
    private static async Task<string[]> UntilSaidAsync(Served served, string words)
    {
        string said = "";
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            (_, string output, string errors) = await served.RunAsync("logs", "hostile");
            string[] lines = output.Split('\n');
            if (lines.Any(line => line.Contains(words, StringComparison.Ordinal)))
                return lines;
            if (output != said)
                watch.Restart();
            said = output;
            Assert.True(watch.Elapsed < s_patience, $"it does not say '{words}': {output}\n{errors}\n{Monitors(served)}\n{served.Log}");
        }
    }

    /// <summary>What their links have seen once nobody in the node has a connection to the instances any more: the one that found out that they answer takes a moment to be closed by both ends.</summary>
    private static async Task<long[]> QuietAsync(KnownProcess agent, List<string> instances)
    {
        const string closed = "06";
        string[] peers = [.. instances.Select(instance => $"{Hexadecimal(instance)}:")];
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(10))
        {
            IEnumerable<string[]> connections = File.ReadLines($"/proc/{agent.Id}/net/tcp").Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
            if (!connections.Any(fields => peers.Any(peer => fields[2].StartsWith(peer, StringComparison.Ordinal)) && fields[3] != closed))
                return Traffic(agent, instances);
            Assert.True(watch.Elapsed < s_patience, "connections to them stay open");
        }
    }

    /// <summary>An address as the kernel writes it in its tables.</summary>
    private static string Hexadecimal(string address) => BitConverter.ToUInt32(IPAddress.Parse(address).GetAddressBytes()).ToString("X8", CultureInfo.InvariantCulture);

    /// <summary>What became of the processes that run the guests: in which state they are, and how much they have run.</summary>
    private static string Monitors(Served served) => string.Join('\n', served.Processes().Where(process => process.Name is "uaas-spt" || process.Name.StartsWith("qemu", StringComparison.Ordinal))
        .Select(process => File.ReadAllText($"/proc/{process.Id}/stat").TrimEnd()));

    /// <summary>Packets that each instance's link has seen, by the kernel's count.</summary>
    private static long[] Traffic(KnownProcess agent, List<string> instances)
    {
        string[] routes = File.ReadAllLines($"/proc/{agent.Id}/net/route");
        string[] devices = File.ReadAllLines($"/proc/{agent.Id}/net/dev");
        return [.. instances.Select(instance =>
        {
            string device = routes.Select(line => line.Split('\t')).Single(words => words.Length > 1 && words[1] == Hexadecimal(instance))[0];
            string[] counts = devices.Single(line => line.Trim().StartsWith(device + ":", StringComparison.Ordinal)).Split(':')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return long.Parse(counts[1], CultureInfo.InvariantCulture) + long.Parse(counts[9], CultureInfo.InvariantCulture);
        })];
    }

    private static IEnumerable<string> OwnAddresses() => NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(link => link.GetIPProperties().UnicastAddresses).Select(unicast => unicast.Address)
        .Where(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address)).Select(address => address.ToString()).Take(4);

    private static long Count(string line, string label)
    {
        string rest = line[(line.IndexOf(label, StringComparison.Ordinal) + label.Length)..];
        return long.Parse(rest.Split(' ')[0], CultureInfo.InvariantCulture);
    }
}
