// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Net;
using System.Threading;
using Uaas.Bench.Clients;
using Uaas.Bench.Machine;
using Uaas.Bench.Results;
using Uaas.Bench.Servers;
using Uaas.Linux;

namespace Uaas.Bench.Scenarios.Master;

/// <summary>
/// What many idle instances cost under a daemon: memory, as the fall of MemAvailable over batches, and processor time of all of the node's processes while
/// nobody asks. Every instance is asked afterwards, and answers.
/// </summary>
internal sealed class MasterIdle : Scenario
{
    private const string Ours = "uaas up, spt";
    private const double Kibibyte = 1024;
    private const double MostMebibytes = 1.2;
    private const double MostPercent = 5;

    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(3);

    internal override string Name => "idle";

    internal override string Summary => "memory and processor time of idle instances, with the daemon that keeps them";

    internal override void Run(Workbench bench)
    {
        int instances = bench.Options.KeptInstances;
        string many = instances.ToString("N0", CultureInfo.InvariantCulture);
        var memory = new Comparison(Name, $"fall of MemAvailable for each of {many} instances, by batches", "MiB", Better.Less);
        if (MasterNode.WhyMissing(bench) is { } missing)
        {
            bench.Report.Add(memory.WithoutOurs(missing));
            return;
        }
        long first = MemoryUse.Available();
        using var node = new MasterNode(bench, Name, IdleService.Yaml(bench, 0));
        List<double> falls = Fill(bench, node, instances);
        double all = (first - MemoryUse.Available()) / Kibibyte / instances;
        double percent = MeasureIdleness(bench, node);
        int answering = CountAnswering(node);

        bench.Report.Add(memory.WithOurs(Ours, falls).WithGoal(new Goal(MostMebibytes)));
        bench.Report.Add(new Comparison(Name, "the same in all, the daemon's own memory divided among them", "MiB", Better.Less).WithOurs(Ours, [all]).WithGoal(new Goal(MostMebibytes)));
        bench.Report.Add(new Comparison(Name, $"processor time of all processes while {many} are idle", "% of one", Better.Less).WithOurs(Ours, [percent]).WithGoal(new Goal(MostPercent)));
        bench.Report.Add(new Comparison(Name, "instances that answer when asked", "", Better.More).WithOurs(Ours, [answering]).WithGoal(new Goal(instances)));
    }

    private static List<double> Fill(Workbench bench, MasterNode node, int instances)
    {
        var falls = new List<double>();
        int batch = instances / bench.Options.IdleBatches;
        for (int there = batch; there <= instances; there += batch)
        {
            Thread.Sleep(Settle);
            long before = MemoryUse.Available();
            node.Apply(IdleService.Yaml(bench, there));
            IdleService.Await(node, there);
            Thread.Sleep(Settle);
            falls.Add((before - MemoryUse.Available()) / Kibibyte / batch);
            bench.Say($"{there} idle instances: {falls[^1]:N3} MiB each");
        }
        return falls;
    }

    private static double MeasureIdleness(Workbench bench, MasterNode node)
    {
        Thread.Sleep(Settle);
        List<LivingProcess> processes = node.Processes();
        Dictionary<string, long> before = ProcessorClock.Read(processes);
        Thread.Sleep(bench.Options.IdleTime);
        TimeSpan used = ProcessorClock.Between(before, ProcessorClock.Read(processes));
        return 100 * used / bench.Options.IdleTime;
    }

    private static int CountAnswering(MasterNode node)
    {
        LivingProcess agent = node.Find("serve-agent") ?? throw new UaasException(Failure.Lost, "there is no node agent");
        using NetworkNamespace network = NetworkNamespace.Of(agent.Id);
        int answering = 0;
        foreach (ToldInstance instance in node.Api.Instances())
        {
            IPEndPoint server = IPEndPoint.Parse(instance.Address ?? throw new UaasException(Failure.Lost, $"{instance.Name} has no address"));
            if (network.Run(() => PlainFetch.Get(server, Site.Small.Path)).Length == Site.Small.Size)
                answering++;
        }
        return answering;
    }
}
