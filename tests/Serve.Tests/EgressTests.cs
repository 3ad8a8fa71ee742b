// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Cli;
using Uaas.Host.Tests;

namespace Uaas.Serve.Tests;

/// <summary><c>egress:</c>, with a network namespace of the test's own for the outside.</summary>
[Trait("Needs", "namespaces, the images of http and of the link guest")]
public sealed class EgressTests
{
    private const string Server = "198.51.100.7";
    private const string Name = "echo.example";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(40);

    [ServiceFact(Privilege.OwnRoot)]
    public async Task What_is_declared_can_be_reached_by_address_and_by_name_and_nothing_else()
    {
        using var outside = await OutsideWorld.StartAsync();
        string services = string.Join('\n',
            Caller("by-address", Server, $"'{Server}:7'"),
            Caller("by-name", Name, "198.51.100.0/24"),
            Caller("other-port", Server, $"'{Server}:8'"),
            Caller("other-network", Server, "203.0.113.0/24"),
            Caller("everywhere", Server, "any"));
        await using Served served = await Served.StartFileAsync($"services:\n{services}\n", null, outside.Enter);
        Assert.Contains("failure=0", await SaidAsync(served, "by-address"), StringComparison.Ordinal);
        Assert.Contains("failure=0", await SaidAsync(served, "by-name"), StringComparison.Ordinal);

        // Accepted by the node, looked at, and reset.
        Assert.DoesNotContain("failure=0", await SaidAsync(served, "other-port"), StringComparison.Ordinal);
        Assert.DoesNotContain("failure=0", await SaidAsync(served, "other-network"), StringComparison.Ordinal);

        // An address of this very machine is meant where it is named, not by "any".
        Assert.DoesNotContain("failure=0", await SaidAsync(served, "everywhere"), StringComparison.Ordinal);

        // The process outside may die: the next one knows who may leave.
        Served.Kill(await served.ProcessAsync("serve-outside"));
        int before = (await LogAsync(served, "by-address")).Length;
        for (var watch = Stopwatch.StartNew(); !(await LogAsync(served, "by-address")).Skip(before).Any(line => line.Contains("failure=0", StringComparison.Ordinal)); await Task.Delay(50))
            Assert.True(watch.Elapsed < s_patience, $"nobody is let out any more\n{served.Log}");
        Assert.Equal(0, await served.EndAsync("INT"));
    }

    private static string Caller(string name, string host, string egress) => $$"""
          {{name}}:
            image: {{Locations.Find().Image("link", "spt")}}
            ports: { http: none }
            route: none
            vmm: spt
            scale: { min: 1, max: 1 }
            restart: { crash-loop: 100, max-backoff: 500ms }
            args: [role=client, "host={{host}}", rounds=10]
            egress: {{egress}}
        """;

    private static async Task<string> SaidAsync(Served served, string service)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            if ((await LogAsync(served, service)).FirstOrDefault(line => line.Contains("failure=", StringComparison.Ordinal)) is { } said)
                return said;
            Assert.True(watch.Elapsed < s_patience, $"{service} says nothing\n{served.Log}");
        }
    }

    private static async Task<string[]> LogAsync(Served served, string service) => (await served.RunAsync("logs", service)).Output.Split('\n');

    /// <summary>A network with one server in it, which echoes at port 7, and a name for it.</summary>
    private sealed class OutsideWorld : IDisposable
    {
        private readonly Process _process;
        private readonly string _hosts;

        private OutsideWorld(Process process, string hosts)
        {
            _process = process;
            _hosts = hosts;
        }

        /// <summary>The words of the command that enters it.</summary>
        internal string[] Enter => ["/usr/bin/nsenter", $"--net=/proc/{_process.Id}/ns/net", $"--mount=/proc/{_process.Id}/ns/mnt", "--"];

        internal static async Task<OutsideWorld> StartAsync()
        {
            string hosts = Path.GetTempFileName();
            await File.WriteAllTextAsync(hosts, $"127.0.0.1 localhost\n{Server} {Name}\n");
            string script = $"set -e; mount --bind {hosts} /etc/hosts; ip link set lo up; ip addr add {Server}/32 dev lo; "
                + $"exec python3 -u -c 'import socketserver\nclass E(socketserver.BaseRequestHandler):\n  def handle(s):\n    d=s.request.recv(4096)\n    while d:\n      s.request.sendall(d); d=s.request.recv(4096)\nserver=socketserver.ThreadingTCPServer((\"{Server}\",7),E)\nprint(\"ready\")\nserver.serve_forever()'";
            var start = new ProcessStartInfo("unshare", ["--net", "--mount", "--propagation", "private", "--", "sh", "-c", script]) { RedirectStandardOutput = true };
            Process process = Process.Start(start)!;
            Assert.Equal("ready", await process.StandardOutput.ReadLineAsync());
            return new OutsideWorld(process, hosts);
        }

        public void Dispose()
        {
            _process.Kill();
            _process.Dispose();
            File.Delete(_hosts);
        }
    }
}
