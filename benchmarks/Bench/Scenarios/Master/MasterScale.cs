// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Uaas.Bench.Clients;
using Uaas.Bench.Results;
using Uaas.Bench.Servers;

namespace Uaas.Bench.Scenarios.Master;

/// <summary>A crowd comes to a service with one instance.</summary>
internal sealed class MasterScale : Scenario
{
    private const string Ours = "uaas up, spt";
    private const int Concurrency = 10;
    private const int Most = 20;
    private const int Clients = Concurrency * Most;
    private const double MostMilliseconds = 100;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    internal override string Name => "scale";

    internal override string Summary => "from 1 to 20 instances under sudden load of 200 clients";

    internal override void Run(Workbench bench)
    {
        var first = new Comparison(Name, "from the load to the first new instance that serves", "ms", Better.Less);
        if (MasterNode.WhyMissing(bench) is { } missing)
        {
            bench.Report.Add(first.WithoutOurs(missing));
            return;
        }
        int rounds = bench.Options.Surges;
        string services = string.Concat(Enumerable.Range(0, rounds).Select(i =>
            MasterNode.Service(bench, $"surge{i}", string.Create(CultureInfo.InvariantCulture, $"min: 1, max: {Most}, concurrency: {Concurrency}"))));
        using var node = new MasterNode(bench, Name, services);
        node.Api.Until("all services running", Patience, api => api.Instances().Count(static one => one.State == "running") == rounds);
        var toFirst = new List<double>();
        var toAll = new List<double>();
        long failed = 0;
        long answered = 0;
        for (int round = 0; round < rounds; round++)
        {
            (double one, double all, Crowd crowd) = Surge(node, $"surge{round}");
            toFirst.Add(one);
            toAll.Add(all);
            failed += crowd.Failures.Count;
            answered += crowd.Answered;
            bench.Say($"first after {one:0} ms, all after {all:0} ms, {crowd.Failures.Count} of {crowd.Answered} failed");
            System.Threading.Thread.Sleep(Pause);
        }
        bench.Report.Add(first.WithOurs(Ours, toFirst).WithGoal(new Goal(MostMilliseconds)));
        bench.Report.Add(new Comparison(Name, "from the load to the last of them", "ms", Better.Less).WithOurs(Ours, toAll));
        bench.Report.Add(new Comparison(Name, "failed requests", "", Better.Less).WithOurs(Ours, [failed]).WithGoal(new Goal(0)));
        bench.Report.Note($"scale: {answered:N0} requests were answered meanwhile");
    }

    /// <summary>Times until an instance beside the first was told to fronts, and until all were, by the master's events.</summary>
    private static (double First, double All, Crowd Crowd) Surge(MasterNode node, string service)
    {
        long last = node.Api.EventsAfter(0).Max(static one => one.Id);
        var crowd = new Crowd();
        DateTimeOffset began = DateTimeOffset.UtcNow;
        crowd.Add(Clients, node.EndPoint, $"/{service}{Site.Small.Path}", Site.Small.Size, TimeSpan.Zero);
        try
        {
            node.Api.Until($"{Most} instances of {service}", Patience, api => Ready(api).Count >= Most - 1);
        }
        finally
        {
            crowd.Stop();
        }
        List<double> ready = Ready(node.Api);
        return (ready[0], ready[^1], crowd);

        List<double> Ready(MasterApi api) => [.. api.EventsAfter(last)
            .Where(one => one.Kind == "ready" && one.Instance!.StartsWith($"{service}-", StringComparison.Ordinal)).Select(one => (one.Time - began).TotalMilliseconds).Order()];
    }
}
