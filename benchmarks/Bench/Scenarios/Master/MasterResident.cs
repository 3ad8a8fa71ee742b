// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using Uaas.Bench.Machine;
using Uaas.Bench.Results;
using Uaas.Bench.Servers;

namespace Uaas.Bench.Scenarios.Master;

/// <summary>The same requests to services at zero while many instances of another service are there, against none.</summary>
internal sealed class MasterResident : Scenario
{
    private const string Alone = "none resident";

    internal override string Name => "resident";

    internal override string Summary => "cold starts with many idle instances resident, against the same node without";

    internal override void Run(Workbench bench)
    {
        string resident = bench.Options.ResidentInstances.ToString("N0", CultureInfo.InvariantCulture);
        string ours = $"{resident} idle instances resident";
        var median = new Comparison(Name, "cold request to first byte, p50", "ms", Better.Less);
        if (MasterNode.WhyMissing(bench) is { } missing)
        {
            bench.Report.Add(median.WithoutOurs(missing));
            return;
        }
        using var node = new MasterNode(bench, Name, ColdStarts.Yaml(bench) + IdleService.Yaml(bench, 0));
        ColdStarts.Take(node, bench.Options.ColdStarts / 5);
        var control = Computation.Lasting(TimeSpan.FromMilliseconds(2));
        (List<double> alone, List<double> calm) = Take(bench, node, control);
        node.Apply(ColdStarts.Yaml(bench) + IdleService.Yaml(bench, bench.Options.ResidentInstances));
        IdleService.Await(node, bench.Options.ResidentInstances);
        (List<double> crowded, List<double> undisturbed) = Take(bench, node, control);
        bench.Report.Add(median.WithOurs(ours, crowded).WithPeer(Alone, alone).WithGoal(new Goal(1.5, Alone)));
        bench.Report.Add(Tail("the same, p99", ours, crowded, alone).WithGoal(new Goal(1.5, Alone)));
        bench.Report.Add(Tail("computation of 2 ms between them, p99: the machine's part", ours, undisturbed, calm));
    }

    private Comparison Tail(string what, string ours, List<double> crowded, List<double> alone) => new Comparison(Name, what, "ms", Better.Less)
        .WithOurs(ours, [Results.Summary.Of(crowded).P99]).WithPeer(Alone, [Results.Summary.Of(alone).P99]);

    private static (List<double> Starts, List<double> Computations) Take(Workbench bench, MasterNode node, Computation control)
    {
        var computations = new List<double>(bench.Options.ColdStarts);
        return (ColdStarts.Take(node, bench.Options.ColdStarts, () => computations.Add(control.Run().TotalMilliseconds)), computations);
    }
}
