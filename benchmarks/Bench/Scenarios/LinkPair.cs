// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Bench.Machine;
using Uaas.Bench.Results;
using Uaas.Bench.Servers;
using Uaas.Linux;

namespace Uaas.Bench.Scenarios;

/// <summary>One unikernel talks to another over TCP, by turns with two processes over a veth pair.</summary>
internal sealed class LinkPair : Scenario
{
    private const double LeastShare = 1.0;
    private const double Gigabyte = 1e9;

    private readonly List<double>[] _roundTrips = [[], []];
    private readonly List<double>[] _throughputs = [[], []];
    private readonly List<double>[] _times = [[], []];

    internal override string Name => "link";

    internal override string Summary => "round trips of one byte, and one stream in one direction, between two ends on two processors";

    internal override void Run(Workbench bench)
    {
        var rate = new Comparison(Name, "round trips of one byte", "1/s", Better.More);
        if (bench.Artifacts.WhyMissing("spt", "link") is { } missing)
        {
            bench.Report.Add(rate.WithoutOurs(missing));
            return;
        }
        using var ours = new UnikernelLink(bench);
        using var peer = new ProcessPair(bench);
        for (int round = 0; round < bench.Options.LoadRounds; round++)
        {
            Measure(bench, ours, 0);
            Measure(bench, peer, 1);
            bench.Say($"  round {round + 1}: {_roundTrips[0][^1]:0} and {_roundTrips[1][^1]:0} round trips a second; {_throughputs[0][^1]:0.00} and {_throughputs[1][^1]:0.00} GB/s");
        }
        bench.Report.Add(rate.WithOurs(UnikernelLink.Name, _roundTrips[0]).WithPeer(ProcessPair.Name, _roundTrips[1]).WithGoal(new Goal(LeastShare, ProcessPair.Name)));
        bench.Report.Add(new Comparison(Name, "CPU of the machine for a round trip", "µs", Better.Less).WithOurs(UnikernelLink.Name, _times[0]).WithPeer(ProcessPair.Name, _times[1]));
        bench.Report.Add(new Comparison(Name, "one stream", "GB/s", Better.More)
            .WithOurs(UnikernelLink.Name, _throughputs[0]).WithPeer(ProcessPair.Name, _throughputs[1]).WithGoal(new Goal(LeastShare, ProcessPair.Name)));
    }

    private void Measure(Workbench bench, LinkBed bed, int index)
    {
        long rounds = bench.Options.LinkRounds;
        MachineTime before = MachineTime.Now(new HashSet<int>());
        double roundTrip = bed.Measure(rounds, 0).RoundTrip;
        MachineTime after = MachineTime.Now(new HashSet<int>());
        if (roundTrip == 0)
            throw new UaasException(Failure.Lost, "a client made no round trip");
        _roundTrips[index].Add(1e9 / roundTrip);
        _times[index].Add((after.Elapsed - before.Elapsed - (after.Idle - before.Idle)).TotalMicroseconds / rounds);
        _throughputs[index].Add(bed.Measure(1, bench.Options.LinkMegabytes).Throughput / Gigabyte);
    }
}
