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

/// <summary>A daemon with services at zero, and nginx as its front: the product as a person runs it.</summary>
internal sealed class FrontNode : IDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);

    private readonly string _place;
    private readonly string _program;
    private readonly List<(ChildProcess Process, SafeFileHandle Output)> _processes = [];

    /// <param name="bench">The workbench.</param>
    /// <param name="services">How many services there are.</param>
    internal FrontNode(Workbench bench, int services)
    {
        _place = bench.Place("front-node");
        _program = Path.Combine(bench.Artifacts.Root, "cli", "uaas");
        string file = Path.Combine(_place, "uaas.yaml");
        File.WriteAllText(file, "services:\n" + string.Concat(Enumerable.Range(0, services).Select(i =>
            $"  s{i}:\n    image: http\n    vmm: spt\n    content: {bench.Site.Folder}\n    route: {{path: /s{i}, strip: true}}\n    scale: {{min: 0, idle: 1s}}\n")));
        string[] common = ["-f", file, "--state", Path.Combine(_place, "state")];
        try
        {
            Start("up", "ready ", [.. common, "--port", "0"]);
            EndPoint = new IPEndPoint(IPAddress.Loopback, FreePort());
            Start("nginx", "serving ", [.. common, "--port", EndPoint.Port.ToString(CultureInfo.InvariantCulture)]);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where nginx listens.</summary>
    internal IPEndPoint EndPoint { get; }

    /// <summary>Instances that were started so far.</summary>
    internal int Starts => ReadShared("up").Split('\n').Count(static line => line.EndsWith("from 0 to 1 instances", StringComparison.Ordinal));

    /// <summary>Instances that have ended so far.</summary>
    internal int Ends => ReadShared("up").Split('\n').Count(static line => line.Contains(" ended: ", StringComparison.Ordinal));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((ChildProcess process, SafeFileHandle output) in Enumerable.Reverse(_processes))
        {
            process.StopAsync(Grace).Wait(Grace * 2);
            process.Dispose();
            output.Dispose();
        }
    }

    private void Start(string verb, string line, string[] arguments)
    {
        SafeFileHandle output = File.OpenHandle(Log(verb), FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        _processes.Add((Children.Add(ChildProcess.Start(new ChildProcessStart { Program = _program, Arguments = [verb, .. arguments], Output = output })), output));
        long deadline = Environment.TickCount64 + (long)StartTime.TotalMilliseconds;
        while (!ReadShared(verb).Split('\n').Any(text => text.StartsWith(line, StringComparison.Ordinal)))
        {
            if (Environment.TickCount64 > deadline)
                throw new UaasException(Failure.Boot, $"uaas {verb} does not start; it printed: {ReadShared(verb).Trim()}");
            Thread.Sleep(50);
        }
    }

    private string Log(string verb) => Path.Combine(_place, $"{verb}.log");

    private string ReadShared(string verb)
    {
        using var reader = new StreamReader(new FileStream(Log(verb), FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
