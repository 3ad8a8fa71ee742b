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
    private const string Outside = "198.51.100.7,8.8.8.8,169.254.169.254";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [ServiceFact]
    public Task A_hostile_guest_reaches_nothing_and_keeps_nobody_from_serving() => ReachesNothingAsync("spt");

    [ServiceFact]
    public async Task The_management_port_is_for_the_node_alone()
    {
        await using Served served = await Served.StartAsync("min: 1, max: 1");
        string victim = (await VictimsAsync(served, 1))[0];
        KnownProcess agent = await served.ProcessAsync("serve-agent");
        var start = new ProcessStartInfo(Served.Enter($"{agent.Id}")[0], [.. Served.Enter($"{agent.Id}")[1..], "curl", "-s", "-m", "5", $"http://{victim}:{ManagementPort}/metrics"]) { RedirectStandardOutput = true };
        using Process curl = Process.Start(start)!;
        Assert.Contains("http_requests", await curl.StandardOutput.ReadToEndAsync(), StringComparison.Ordinal);
        foreach (string path in new[] { "/metrics", "/drain", "/healthz" })
            Assert.Equal(HttpStatusCode.NotFound, (await served.Client.GetAsync(new Uri(served.Url, path))).StatusCode);
    }

    private static async Task ReachesNothingAsync(string monitor)
    {
        await using Served served = await Served.StartAsync("min: 2, max: 2");
        List<string> victims = await VictimsAsync(served);
        KnownProcess agent = await served.ProcessAsync("serve-agent");
        using var bystander = new TcpListener(IPAddress.Any, 0);
        bystander.Start();
        long[] before = Traffic(agent, victims);
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
        IReadOnlyList<InstanceView> running = await served.UntilAsync(instances => instances.Count(instance => instance.State == "running") == count);
        return [.. running.Select(instance => instance.Address!.Split(':')[0])];
    }

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
        (int code, _, string errors) = await served.ApplyAsync("min: 2, max: 2", "<p>from zero", service);
        Assert.True(code == 0, errors);
    }

    private static async Task<string[]> UntilSaidAsync(Served served, string words)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            (_, string output, string errors) = await served.RunAsync("logs", "hostile");
            string[] lines = output.Split('\n');
            if (lines.Any(line => line.Contains(words, StringComparison.Ordinal)))
                return lines;
            Assert.True(watch.Elapsed < s_patience, $"it does not say '{words}': {output}\n{errors}\n{served.Log}");
        }
    }

    /// <summary>Packets that each instance's link has seen, by the kernel's count.</summary>
    private static long[] Traffic(KnownProcess agent, List<string> instances)
    {
        string[] routes = File.ReadAllLines($"/proc/{agent.Id}/net/route");
        string[] devices = File.ReadAllLines($"/proc/{agent.Id}/net/dev");
        return [.. instances.Select(instance =>
        {
            string key = BitConverter.ToUInt32(IPAddress.Parse(instance).GetAddressBytes()).ToString("X8", CultureInfo.InvariantCulture);
            string device = routes.Select(line => line.Split('\t')).Single(words => words.Length > 1 && words[1] == key)[0];
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
