// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.Globalization;
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
        List<double> alone = ColdStarts.Take(node, bench.Options.ColdStarts / 2);
        node.Apply(ColdStarts.Yaml(bench) + IdleService.Yaml(bench, bench.Options.ResidentInstances));
        IdleService.Await(node, bench.Options.ResidentInstances);
        List<double> crowded = ColdStarts.Take(node, bench.Options.ColdStarts / 2);
        bench.Report.Add(median.WithOurs(ours, crowded).WithPeer(Alone, alone).WithGoal(new Goal(1.5, Alone)));
        bench.Report.Add(new Comparison(Name, "the same, p99", "ms", Better.Less)
            .WithOurs(ours, [Results.Summary.Of(crowded).P99]).WithPeer(Alone, [Results.Summary.Of(alone).P99]).WithGoal(new Goal(1.5, Alone)));
    }
}
