// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Threading;
using Uaas.Bench.Clients;
using Uaas.Bench.Machine;
using Uaas.Bench.Results;
using Uaas.Bench.Servers;
using Uaas.Linux;

namespace Uaas.Bench.Scenarios;

/// <summary>Millions of requests and connections, from several addresses, to one instance whose memory must not grow.</summary>
internal sealed class Soak : Scenario
{
    private const int Connections = 30;
    private const int Rounds = 10;
    private const int WarmUpConnections = 20_000;
    private const int WarmUpAtATime = 512;
    private const int AtATime = 64;
    private const string Ours = "uaas spt";

    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(2);
    private static readonly IPAddress[] Sources = [.. Enumerable.Range(1, 8).Select(i => IPAddress.Parse($"10.79.0.{i}"))];

    internal override string Name => "soak";

    internal override string Summary => "10 million requests and 1 million connections from several addresses: memory stays flat";

    internal override void Run(Workbench bench)
    {
        if (bench.Artifacts.WhyMissing("spt") is { } missing)
        {
            bench.Report.Add(new Comparison(Name, "growth of the instance's memory", "KiB", Better.Less).WithoutOurs(missing));
            return;
        }
        using var network = new GuestNetwork("soak");
        foreach (IPAddress source in Sources)
            network.Namespace.Ip($"addr add {source}/32 dev lo");
        using Server server = bench.Unikernel.PrepareSpt(network);
        server.StartUntilAnswer(Site.Small.Path, StartTime, bench.Processors.Server);

        // Memory follows the most connections there ever were at a time: first, more than there will be later, and enough to fill the TIME-WAIT table.
        SendRequests(bench, server, bench.Options.SoakRequests / Rounds);
        SendConnections(bench, server, WarmUpConnections, WarmUpAtATime);
        var memory = new List<MemoryUse> { MemoryUse.Of(server.ProcessId) };
        long requests = 0;
        long connections = 0;
        long failed = 0;
        long start = Stopwatch.GetTimestamp();
        for (int round = 0; round < Rounds; round++)
        {
            requests += SendRequests(bench, server, bench.Options.SoakRequests / Rounds);
            StormResult storm = SendConnections(bench, server, bench.Options.SoakConnections / Rounds, AtATime);
            connections += storm.Answered;
            failed += storm.Failed;
            memory.Add(MemoryUse.Of(server.ProcessId));
            bench.Say($"{requests:N0} requests, {connections:N0} connections ({failed} failed): PSS {memory[^1].Proportional} KiB, resident {memory[^1].Resident} KiB");
        }
        bench.Report.Add(new Comparison(Name, $"growth over {requests:N0} requests and {connections:N0} connections", "KiB", Better.Less)
            .WithOurs(Ours, [memory[^1].Resident - memory[0].Resident])
            .WithGoal(new Goal(0)));
        bench.Report.Add(new Comparison(Name, "resident memory", "KiB", Better.Less).WithOurs(Ours, memory.Select(use => (double)use.Resident)));
        bench.Report.Add(new Comparison(Name, "connections that failed", "", Better.Less).WithOurs(Ours, [failed]).WithGoal(new Goal(0)));
        ReportCounters(bench, server);
        bench.Report.Note($"soak: {Stopwatch.GetElapsedTime(start).TotalSeconds:N0} s");
    }

    /// <summary>What the instance itself says is left of all the connections, once the last have had time to end.</summary>
    private void ReportCounters(Workbench bench, Server server)
    {
        Thread.Sleep(Settle);
        IReadOnlyDictionary<string, double> counters = server.Clients.Run(() => GuestCounters.Read(server.EndPoint.Address));
        bench.Report.Add(new Comparison(Name, "HTTP connections and response buffers still held by the guest", "", Better.Less)
            .WithOurs(Ours, [counters["http_connections"] + counters["http_response_buffers"]])
            .WithGoal(new Goal(0)));
        bench.Report.Note($"soak: the guest counts {counters["http_requests_total"]:N0} requests, {counters["http_connections_total"]:N0} connections, "
            + $"{counters["tcp_retransmissions_total"]:N0} retransmissions, {counters["tcp_cookies_sent_total"]:N0} SYN cookies");
    }

    private static long SendRequests(Workbench bench, Server server, long count)
    {
        long sent = 0;
        while (sent < count)
        {
            WrkResult result = bench.Wrk.Run(server.Clients, server.Url(Site.Small.Path), Connections, bench.Options.LoadTime);
            if (result.Errors != 0 || result.Requests == 0)
                throw new UaasException(Failure.Lost, $"{result.Errors} errors in {result.Requests} requests; the instance printed: {server.Log.Trim()}");
            sent += result.Requests;
        }
        return sent;
    }

    private static StormResult SendConnections(Workbench bench, Server server, long count, int atATime) =>
        server.Clients.Run(() => Processors.Bound(bench.Processors.Client, () => new ConnectionStorm(server.EndPoint, Site.Small.Path, Sources, atATime).Run(count)));
}
