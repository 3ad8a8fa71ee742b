// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading;
using Uaas.Bench.Clients;
using Uaas.Bench.Results;
using Uaas.Bench.Servers;

namespace Uaas.Bench.Scenarios.Master;

/// <summary>A service is updated again and again under load.</summary>
internal sealed class MasterRollout : Scenario
{
    private const string Ours = "uaas up, spt";
    private const string Service = "rolled";
    private const int Instances = 4;
    private const int Clients = 16;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    internal override string Name => "rollout";

    internal override string Summary => "requests that fail while a service is updated again and again; clients retry only a closed idle connection";

    internal override void Run(Workbench bench)
    {
        string seconds = bench.Options.RolloutTime.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        var failures = new Comparison(Name, $"failed requests in {seconds} s of updates", "", Better.Less);
        if (MasterNode.WhyMissing(bench) is { } missing)
        {
            bench.Report.Add(failures.WithoutOurs(missing));
            return;
        }
        using var node = new MasterNode(bench, Name, Yaml(bench, 0));
        AwaitRevision(node, 1);
        var crowd = new Crowd();
        crowd.Add(Clients, node.EndPoint, $"/{Service}{Site.Small.Path}", Site.Small.Size, TimeSpan.Zero);
        int updates = 0;
        try
        {
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start) < bench.Options.RolloutTime)
            {
                Thread.Sleep(Pause);
                node.Apply(Yaml(bench, ++updates));
                AwaitRevision(node, updates + 1);
            }
        }
        finally
        {
            crowd.Stop();
        }
        bench.Report.Add(failures.WithOurs(Ours, [crowd.Failures.Count]).WithGoal(new Goal(0)));
        bench.Report.Add(new Comparison(Name, "requests answered meanwhile", "", Better.More).WithOurs(Ours, [crowd.Answered]));
        bench.Report.Note($"rollout: {updates} updates of {Instances} instances each");
    }

    /// <summary>Every update gives the guests another size of memory, so that all have to be replaced.</summary>
    private static string Yaml(Workbench bench, int updates) => MasterNode.Service(bench, Service,
        string.Create(CultureInfo.InvariantCulture, $"min: {Instances}, max: {Instances}"), $"    resources: {{memory: {32 + updates}MiB}}\n");

    private static void AwaitRevision(MasterNode node, int revision) => node.Api.Until($"revision {revision} is run alone", Patience, api =>
        api.Instances() is { Count: Instances } instances && instances.All(one => one.State == "running" && one.Revision == revision));
}
