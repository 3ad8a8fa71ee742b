// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using Uaas.Bench.Results;
using Uaas.Linux;
using Uaas.Simulator;

namespace Uaas.Bench.Scenarios;

/// <summary>The scheduler of the master, in a simulated cluster: how fast it places, how evenly, and whether it keeps its promises.</summary>
internal sealed class SchedulerSimulation : Scenario
{
    private const double LeastPlacements = 50_000;

    /// <summary>The fullest node against the mean one.</summary>
    private const double MostImbalance = 1.1;

    internal override string Name => "simulation";

    internal override string Summary => "10,000 nodes, 1,000,000 instances, random failures, in simulated time";

    internal override void Run(Workbench bench)
    {
        SimulationOptions options = bench.Options.Quick
            ? new SimulationOptions { Nodes = 1000, Services = 1000, Instances = 100_000, Duration = TimeSpan.FromSeconds(30) }
            : new SimulationOptions();
        SimulationReport report = new Simulation(options).Run();
        string cluster = $"{options.Nodes:N0} nodes, {options.Services:N0} services";
        bench.Report.Add(One($"placements while the cluster fills ({cluster})", "1/s", Better.More, report.FillRate).WithGoal(new Goal(LeastPlacements)));
        bench.Report.Add(One($"placements under churn, with all else ({report.Instances:N0} instances)", "1/s", Better.More, report.ChurnRate));
        bench.Report.Add(One("observations and actions under churn", "1/s", Better.More, (report.Observations + report.Actions) / report.ChurnSeconds));
        bench.Report.Add(One("longest run of the reconciler under churn", "ms", Better.Less, report.LongestRunMilliseconds));
        bench.Report.Add(One("memory set aside, fullest node against the mean", "×", Better.Less, report.MostUse / report.MeanUse).WithGoal(new Goal(MostImbalance)));
        bench.Report.Add(One("promises broken", "", Better.Less, report.Violations.Count).WithGoal(new Goal(0)));
        bench.Report.Note($"{report.FillPlacements:N0} placements in the beginning, {report.ChurnPlacements:N0} in {options.Duration.TotalSeconds:0} simulated seconds of failures, load changes and rollouts ({report.Undone} undone), seed {options.Seed}");
        bench.Report.Note($"share of memory set aside: mean {report.MeanUse:P1}, standard deviation {report.UseDeviation:P2}, most {report.MostUse:P1}");
        foreach (string violation in report.Violations.Take(10))
            bench.Report.Note(violation);
    }

    private Comparison One(string quantity, string unit, Better better, double value) => new Comparison(Name, quantity, unit, better).WithOurs("uaas", [value]);
}
