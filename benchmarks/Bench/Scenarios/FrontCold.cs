// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Uaas.Bench.Machine;
using Uaas.Bench.Results;
using Uaas.Bench.Servers;
using Uaas.Linux;

namespace Uaas.Bench.Scenarios;

/// <summary>Requests to services at zero, through nginx, the master and the node agent.</summary>
internal sealed class FrontCold : Scenario
{
    private const string Ours = "nginx, master and agent, spt";
    private const string Control = "computation of 2 ms, between them";
    private const int Services = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    internal override string Name => "cold";

    internal override string Summary => "from connecting to nginx to the first byte, of a service that has no instance";

    internal override void Run(Workbench bench)
    {
        var median = new Comparison(Name, "cold request to first byte", "ms", Better.Less);
        if (FrontBed.WhyMissing(bench) is { } missing)
        {
            bench.Report.Add(median.WithoutOurs(missing));
            return;
        }
        using var node = new FrontNode(bench, Services);
        var control = Computation.Lasting(TimeSpan.FromMilliseconds(2));
        var times = new List<double>();
        var undisturbed = new List<double>();
        for (int round = 0; round < bench.Options.ColdRounds; round++)
        {
            for (int i = 0; i < Services; i++)
            {
                times.Add(Ask(node, $"/s{i}{Site.Small.Path}").TotalMilliseconds);
                undisturbed.Add(control.Run().TotalMilliseconds);
            }
            AwaitNothing(node, times.Count);
        }
        if (node.Starts != times.Count)
            throw new UaasException(Failure.Lost, $"{times.Count} requests started {node.Starts} instances: not all were cold");
        bench.Report.Add(median.WithOurs(Ours, times).WithPeer(Control, undisturbed).WithGoal(new Goal(3)));
        bench.Report.Add(new Comparison(Name, "cold request to first byte, p99", "ms", Better.Less)
            .WithOurs(Ours, [Results.Summary.Of(times).P99]).WithPeer(Control, [Results.Summary.Of(undisturbed).P99]).WithGoal(new Goal(10)));
    }

    private static TimeSpan Ask(FrontNode node, string path)
    {
        byte[] request = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n");
        byte[] answer = new byte[4096];
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = (int)Patience.TotalMilliseconds };
        long start = Stopwatch.GetTimestamp();
        socket.Connect(node.EndPoint);
        socket.Send(request);
        int received = socket.Receive(answer);
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        string head = Encoding.ASCII.GetString(answer, 0, received);
        return head.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal) ? time : throw new UaasException(Failure.Lost, $"{path} was answered: {head.Split('\r')[0]}");
    }

    /// <summary>Until all instances have gone again.</summary>
    private static void AwaitNothing(FrontNode node, int started)
    {
        long start = Stopwatch.GetTimestamp();
        while (node.Ends < started)
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
                throw new UaasException(Failure.Lost, $"of {started} instances {node.Ends} have ended: the others stay though nobody asks");
            Thread.Sleep(100);
        }
    }
}
