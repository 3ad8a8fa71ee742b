// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Net;
using Uaas.Bench.Machine;
using Uaas.Bench.Results;
using Uaas.Bench.Servers;

namespace Uaas.Bench.Scenarios;

/// <summary>From exec to the first answer 200, ours and nginx by turns, and the guest's own part of it.</summary>
internal sealed class ProcessStart : Scenario
{
    private const string Ours = "uaas spt";
    private const string Nginx = "nginx";
    private const int NginxPort = 8080;
    private const int WarmUps = 3;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    internal override string Name => "start";

    internal override string Summary => "exec to first answer on spt against nginx's own process start; the guest's own boot";

    internal override void Run(Workbench bench)
    {
        string? missing = bench.Artifacts.WhyMissing("spt");
        var ours = new List<double>();
        var boots = new List<double>();
        var nginx = new List<double>();
        using var guests = new GuestNetwork("start");
        using var loopback = new NetworkNamespace("start-nginx");
        for (int round = -WarmUps; round < bench.Options.ProcessStarts; round++)
        {
            bool counts = round >= 0;
            if (missing is null)
                StartOurs(bench, guests, counts ? ours : [], counts ? boots : []);
            using Server server = NginxPeer.Prepare(Nginx, bench.Place("nginx-start"), bench.Site.Folder, loopback, loopback, new IPEndPoint(IPAddress.Loopback, NginxPort));
            TimeSpan time = server.StartUntilAnswer(Site.Small.Path, Limit, processor: null);
            if (counts)
                nginx.Add(time.TotalMilliseconds);
        }
        bench.Report.Add(Workbench.Complete(new Comparison(Name, "exec to first 200", "ms", Better.Less), Ours, ours, missing)
            .WithPeer(Nginx, nginx)
            .WithGoal(new Goal(3))
            .WithGoal(new Goal(0.5, Nginx)));
        bench.Report.Add(Workbench.Complete(new Comparison(Name, "exec to first 200, p99", "ms", Better.Less), Ours, P99(ours), missing).WithPeer(Nginx, P99(nginx)));
        string? silent = missing ?? (boots.Count == 0 ? "the guest does not say how long its boot took" : null);
        bench.Report.Add(Workbench.Complete(new Comparison(Name, "guest: first instruction to listening", "ms", Better.Less), Ours, boots, silent).WithGoal(new Goal(1)));
    }

    private static void StartOurs(Workbench bench, GuestNetwork guests, List<double> times, List<double> boots)
    {
        using Server server = bench.Unikernel.PrepareSpt(guests);
        times.Add(server.StartUntilAnswer(Site.Small.Path, Limit, processor: null).TotalMilliseconds);
        if (BootLine.Parse(server.Log) is { } boot)
            boots.Add(boot.TotalMilliseconds);
    }

    private static double[] P99(List<double> samples) => samples.Count == 0 ? [] : [Results.Summary.Of(samples).P99];
}
