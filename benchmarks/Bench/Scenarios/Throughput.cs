// SPDX-License-Identifier: Apache-2.0

using Uaas.Bench.Results;
using Uaas.Bench.Servers;

namespace Uaas.Bench.Scenarios;

/// <summary>Requests per second over thirty kept-alive connections, their latency, and what they cost the machine; and one connection by itself.</summary>
internal sealed class Throughput : Scenario
{
    private const int ManyConnections = 30;

    internal override string Name => "throughput";

    internal override string Summary => "requests/s, latency and CPU per request at 612 B, 64 KiB and 1 MiB, against nginx";

    internal override void Run(Workbench bench)
    {
        using var contenders = new LoadContenders(bench);
        foreach (Body body in Site.Bodies)
        {
            LoadSamples samples = LoadSamples.Take(bench, contenders.All, body, ManyConnections);
            foreach (bool large in new[] { false, true })
                Compare(bench, contenders, samples, body, large);
        }
        LoadSamples alone = LoadSamples.Take(bench, contenders.All, Site.Small, connections: 1);
        bench.Report.Add(Compare(contenders, alone, large: false, new Comparison(Name, "612 B, one connection", "requests/s", Better.More), static sample => sample.Wrk.RequestsPerSecond));
        bench.Report.Add(Compare(contenders, alone, large: false, new Comparison(Name, "612 B, one connection, p50", "µs", Better.Less), static sample => sample.Wrk.MedianMicroseconds));
    }

    private void Compare(Workbench bench, LoadContenders contenders, LoadSamples samples, Body body, bool large)
    {
        string peer = LoadContender.VethName(large);
        string what = $"{body.Name}, MTU {(large ? "65535" : "1500")}";
        bench.Report.Add(Compare(contenders, samples, large, new Comparison(Name, what, "requests/s", Better.More), static sample => sample.Wrk.RequestsPerSecond)
            .WithGoal(new Goal(1.0, peer)));
        Comparison cost = Compare(contenders, samples, large, new Comparison(Name, $"{what}, CPU of the machine", "µs/request", Better.Less), static sample => sample.ProcessorMicroseconds);
        bench.Report.Add(body == Site.Small && !large ? cost.WithGoal(new Goal(1.0, peer)) : cost);
        bench.Report.Add(Compare(contenders, samples, large, new Comparison(Name, $"{what}, p50", "µs", Better.Less), static sample => sample.Wrk.MedianMicroseconds));
        bench.Report.Add(Compare(contenders, samples, large, new Comparison(Name, $"{what}, p99", "µs", Better.Less), static sample => sample.Wrk.P99Microseconds));
    }

    private static Comparison Compare(LoadContenders contenders, LoadSamples samples, bool large, Comparison comparison, System.Func<LoadSample, double> figure)
    {
        string ours = LoadContender.OursName(large);
        string veth = LoadContender.VethName(large);
        return Workbench.Complete(comparison, ours, samples.Of(ours, figure), contenders.Missing)
            .WithPeer(veth, samples.Of(veth, figure))
            .WithPeer(LoadContender.LoopbackName, samples.Of(LoadContender.LoopbackName, figure));
    }
}
