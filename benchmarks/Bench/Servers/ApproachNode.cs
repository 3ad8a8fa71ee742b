// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using Uaas.Bench.Machine;
using Uaas.Linux;

namespace Uaas.Bench.Servers;

/// <summary>A daemon with a site, its pictures and video: in services of their own, or all in one, by the one word <c>mode</c>.</summary>
internal sealed class ApproachNode : IDisposable
{
    /// <summary>Where live streams are, and films.</summary>
    internal const string Film = "film.flv";

    private static readonly TimeSpan s_startTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(20);

    private readonly ChildProcess _daemon;
    private readonly SafeFileHandle _output;
    private readonly string _log;

    /// <param name="bench">The workbench.</param>
    /// <param name="mode">The word.</param>
    /// <param name="content">What is served.</param>
    internal ApproachNode(Workbench bench, string mode, string content)
    {
        string place = bench.Place($"approach-{mode}");
        Rtmp = new IPEndPoint(IPAddress.Loopback, FreePort());
        Http = new IPEndPoint(IPAddress.Loopback, FreePort());
        string file = Path.Combine(place, "uaas.yaml");
        File.WriteAllText(file, Yaml(mode, content, Rtmp.Port));
        _log = Path.Combine(place, "up.log");
        _output = File.OpenHandle(_log, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        string program = Path.Combine(bench.Artifacts.Root, "cli", "uaas");
        string[] arguments = ["up", "-f", file, "--state", Path.Combine(place, "state"), "--port", Http.Port.ToString(CultureInfo.InvariantCulture)];
        _daemon = Children.Add(ChildProcess.Start(new ChildProcessStart { Program = program, Arguments = arguments, Output = _output }));
        long deadline = Environment.TickCount64 + (long)s_startTime.TotalMilliseconds;
        while (!Log.Split('\n').Any(static line => line.StartsWith("ready ", StringComparison.Ordinal)))
        {
            if (Environment.TickCount64 > deadline)
            {
                string said = Log.Trim();
                Dispose();
                throw new UaasException(Failure.Boot, $"uaas up does not start; it printed: {said}");
            }
            Thread.Sleep(50);
        }
    }

    /// <summary>Where pages, pictures, streams and films are asked for.</summary>
    internal IPEndPoint Http { get; }

    /// <summary>Where streams are published.</summary>
    internal IPEndPoint Rtmp { get; }

    /// <summary>The monitors of its instances.</summary>
    internal IReadOnlyList<int> Instances
    {
        get
        {
            Dictionary<int, int> parents = [];
            var monitors = new List<int>();
            foreach (string folder in Directory.EnumerateDirectories("/proc"))
            {
                if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int process) || TryReadStat(folder) is not (var name, var parent))
                    continue;
                parents[process] = parent;
                if (name == "uaas-spt")
                    monitors.Add(process);
            }
            return [.. monitors.Where(monitor => IsBelow(monitor, _daemon.Id, parents))];
        }
    }

    private string Log
    {
        get
        {
            using var reader = new StreamReader(new FileStream(_log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            return reader.ReadToEnd();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _daemon.StopAsync(s_grace).Wait(s_grace * 2);
        _daemon.Dispose();
        _output.Dispose();
    }

    private static string Yaml(string mode, string content, int rtmp) => $$"""
        mode: {{mode}}
        combined: { scale: 1 }
        services:
          web:
            image: http
            content: {{content}}
            vmm: spt
            route: /
            scale: { min: 1, max: 2 }
          img:
            image: img
            content: {{content}}
            vmm: spt
            route: { path: /, extensions: [jpg] }
            scale: { min: 1, max: 4, concurrency: 4, window: 6s }
          flv:
            image: flv
            content: {{content}}
            vmm: spt
            route: [/live, /vod]
            ports: { rtmp: { listen: {{rtmp}}, port: 1935 } }
            scale: 1

        """;

    private static (string Name, int Parent)? TryReadStat(string folder)
    {
        try
        {
            // pid (name) state ppid
            string stat = File.ReadAllText($"{folder}/stat");
            int end = stat.LastIndexOf(')');
            return (stat[(stat.IndexOf('(', StringComparison.Ordinal) + 1)..end], int.Parse(stat[(end + 2)..].Split(' ')[1], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended since the folder was listed.
            return null;
        }
    }

    private static bool IsBelow(int process, int ancestor, Dictionary<int, int> parents)
    {
        while (parents.TryGetValue(process, out int parent) && parent != 0)
        {
            if (parent == ancestor)
                return true;
            process = parent;
        }
        return false;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
