// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Bench.Results;
using Uaas.Bench.Servers;

namespace Uaas.Bench.Scenarios;

/// <summary>Requests per second on QEMU's own emulator: ours and nginx in a Linux microVM by turns.</summary>
internal sealed class MachineThroughput : Scenario
{
    private const int Connections = 30;
    private const string Ours = "uaas qemu";
    private const string Linux = "Linux microVM, nginx";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    internal override string Name => "qemu-throughput";

    internal override string Summary => "612 B requests/s on QEMU without KVM, against nginx in a Linux microVM on the same QEMU";

    internal override void Run(Workbench bench)
    {
        string? missing = bench.Artifacts.WhyMissing("pvh");
        using var network = new GuestNetwork("qemu-throughput");
        using Server? ours = missing is null ? bench.Unikernel.PrepareQemu(network) : null;
        using Server linux = new LinuxMicroVm(bench.Linux, LinuxServer.Nginx, bench.Site, bench.Folder).Prepare(network);
        var contenders = new List<LoadContender>();
        if (ours is not null)
            contenders.Add(new LoadContender(Ours, ours));
        contenders.Add(new LoadContender(Linux, linux));
        foreach (LoadContender contender in contenders)
        {
            contender.Server.StartUntilAnswer(Site.Small.Path, Limit, bench.Processors.Server);
            contender.Server.RequireSite(bench.Site);
        }

        LoadSamples samples = LoadSamples.Take(bench, contenders, Site.Small, Connections);
        bench.Report.Add(Workbench.Complete(
                new Comparison(Name, "612 B, no KVM", "requests/s", Better.More), Ours, samples.Of(Ours, static sample => sample.Wrk.RequestsPerSecond), missing)
            .WithPeer(Linux, samples.Of(Linux, static sample => sample.Wrk.RequestsPerSecond))
            .WithGoal(new Goal(3, Linux)));
        bench.Report.Add(Workbench.Complete(
                new Comparison(Name, "612 B, no KVM, p50", "µs", Better.Less), Ours, samples.Of(Ours, static sample => sample.Wrk.MedianMicroseconds), missing)
            .WithPeer(Linux, samples.Of(Linux, static sample => sample.Wrk.MedianMicroseconds)));
    }
}
