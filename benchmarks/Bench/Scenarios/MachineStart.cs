// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Bench.Results;
using Uaas.Bench.Servers;

namespace Uaas.Bench.Scenarios;

/// <summary>From exec of QEMU, on its own emulator, to the first answer 200: ours and a Linux microVM by turns.</summary>
internal sealed class MachineStart : Scenario
{
    private const string Ours = "uaas qemu";
    private const string Linux = "Linux microVM, busybox httpd";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    internal override string Name => "qemu-start";

    internal override string Summary => "exec to first answer on QEMU without KVM, against a Linux microVM on the same QEMU";

    internal override void Run(Workbench bench)
    {
        string? missing = bench.Artifacts.WhyMissing("pvh");
        var ours = new List<double>();
        var linux = new List<double>();
        var peer = new LinuxMicroVm(bench.Linux, LinuxServer.Busybox, bench.Site, bench.Folder);
        using var network = new GuestNetwork("qemu-start");
        for (int round = 0; round < bench.Options.MachineStarts; round++)
        {
            if (missing is null)
            {
                using Server server = bench.Unikernel.PrepareQemu(network);
                ours.Add(server.StartUntilAnswer(Site.Small.Path, Limit, processor: null).TotalMilliseconds);
            }
            using Server other = peer.Prepare(network);
            linux.Add(other.StartUntilAnswer(Site.Small.Path, Limit, processor: null).TotalMilliseconds);
            bench.Say($"start on QEMU, round {round + 1}: ours {(missing is null ? $"{ours[^1]:N0} ms" : "not measured")}, Linux {linux[^1]:N0} ms");
        }
        bench.Report.Add(Workbench.Complete(new Comparison(Name, "exec to first 200, no KVM", "ms", Better.Less), Ours, ours, missing)
            .WithPeer(Linux, linux)
            .WithGoal(new Goal(120))
            .WithGoal(new Goal(1.0 / 15, Linux)));
    }
}
