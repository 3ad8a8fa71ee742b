// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Uaas.Bench.Machine;
using Uaas.Bench.Results;
using Uaas.Bench.Servers;

namespace Uaas.Bench.Scenarios.Master;

/// <summary>Requests to services at zero, through the embedded front.</summary>
internal sealed class MasterCold : Scenario
{
    private const string Ours = "front, master and agent, spt";
    private const string Control = "computation of 2 ms, between them";

    internal override string Name => "cold";

    internal override string Summary => "from connecting to the front to the first byte, of a service that has no instance; nothing is kept ready";

    internal override void Run(Workbench bench)
    {
        string starts = bench.Options.ColdStarts.ToString("N0", CultureInfo.InvariantCulture);
        var median = new Comparison(Name, $"request to first byte, {starts} cold starts in a row, p50", "ms", Better.Less);
        if (MasterNode.WhyMissing(bench) is { } missing)
        {
            bench.Report.Add(median.WithoutOurs(missing));
            return;
        }
        using var node = new MasterNode(bench, Name, ColdStarts.Yaml(bench));
        var control = Computation.Lasting(TimeSpan.FromMilliseconds(2));
        var undisturbed = new List<double>();
        List<double> times = ColdStarts.Take(node, bench.Options.ColdStarts, () => undisturbed.Add(control.Run().TotalMilliseconds));
        bench.Report.Add(median.WithOurs(Ours, times).WithPeer(Control, undisturbed).WithGoal(new Goal(3)));
        bench.Report.Add(new Comparison(Name, "the same, p99", "ms", Better.Less)
            .WithOurs(Ours, [Results.Summary.Of(times).P99]).WithPeer(Control, [Results.Summary.Of(undisturbed).P99]).WithGoal(new Goal(10)));
        bench.Report.Add(new Comparison(Name, "the very first, of a daemon just started", "ms", Better.Less).WithOurs(Ours, [times[0]]));
        double[] sorted = [.. times.Order()];
        bench.Report.Note(string.Create(CultureInfo.InvariantCulture,
            $"cold: p10 {At(10):0.00}, p25 {At(25):0.00}, p75 {At(75):0.00}, p90 {At(90):0.00}, p95 {At(95):0.00} ms; greatest {string.Join(", ", sorted.TakeLast(12).Select(static time => time.ToString("0.0", CultureInfo.InvariantCulture)))} ms"));

        double At(int percent) => Results.Summary.Percentile(sorted, percent);
    }
}
