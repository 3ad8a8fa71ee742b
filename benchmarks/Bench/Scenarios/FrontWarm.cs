// SPDX-License-Identifier: Apache-2.0

using Uaas.Bench.Results;
using Uaas.Bench.Servers;

namespace Uaas.Bench.Scenarios;

/// <summary>What the module costs while instances are there.</summary>
internal sealed class FrontWarm : Scenario
{
    private const int Connections = 30;
    private const double LeastShare = 0.97;

    internal override string Name => "warm";

    internal override string Summary => "612 B through nginx with the module, against the same nginx with a plain proxy_pass";

    internal override void Run(Workbench bench)
    {
        var rate = new Comparison(Name, "612 B, keep-alive", "requests/s", Better.More);
        if (FrontBed.WhyMissing(bench) is { } missing)
        {
            bench.Report.Add(rate.WithoutOurs(missing));
            return;
        }
        using var bed = new FrontBed(bench, "front-warm");
        LoadSamples samples = LoadSamples.Take(bench, bed.Contenders, Site.Small, Connections);
        bench.Report.Add(rate.WithOurs(NginxFront.Module, samples.Of(NginxFront.Module, static sample => sample.Wrk.RequestsPerSecond))
            .WithPeer(NginxFront.Plain, samples.Of(NginxFront.Plain, static sample => sample.Wrk.RequestsPerSecond))
            .WithGoal(new Goal(LeastShare, NginxFront.Plain)));
        bench.Report.Add(new Comparison(Name, "612 B, keep-alive, CPU of nginx and of the instance's kernel side", "µs/request", Better.Less)
            .WithOurs(NginxFront.Module, samples.Of(NginxFront.Module, static sample => sample.ProcessorMicroseconds))
            .WithPeer(NginxFront.Plain, samples.Of(NginxFront.Plain, static sample => sample.ProcessorMicroseconds)));
        bench.Report.Add(new Comparison(Name, "612 B, keep-alive, p99", "µs", Better.Less)
            .WithOurs(NginxFront.Module, samples.Of(NginxFront.Module, static sample => sample.Wrk.P99Microseconds))
            .WithPeer(NginxFront.Plain, samples.Of(NginxFront.Plain, static sample => sample.Wrk.P99Microseconds)));
    }
}
