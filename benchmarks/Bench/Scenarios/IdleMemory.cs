// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Threading;
using Uaas.Bench.Machine;
using Uaas.Bench.Results;
using Uaas.Bench.Servers;

namespace Uaas.Bench.Scenarios;

/// <summary>
/// What an idle instance costs the whole machine: the fall of MemAvailable, started in batches and divided by their size, so that the median batch is
/// free of what others do on the machine; and where it goes. Every instance has answered one request.
/// </summary>
internal sealed class IdleMemory : Scenario
{
    private const int NginxBatch = 20;
    private const int NginxBatches = 5;
    private const int FirstNginxPort = 9000;
    private const string Ours = "uaas spt";
    private const string Nginx = "nginx, master and worker";
    private const string AllOfIt = "idle instance, fall of MemAvailable";
    private const double Kibibyte = 1024;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Watch = TimeSpan.FromSeconds(5);

    internal override string Name => "memory";

    internal override string Summary => "what an idle instance on spt costs the machine, in all and by part";

    internal override void Run(Workbench bench)
    {
        Usage nginx = MeasureNginx(bench);
        string? missing = bench.Artifacts.WhyMissing("spt");
        Usage? ours = missing is null ? MeasureOurs(bench) : null;

        Comparison all = new(Name, AllOfIt, "MiB", Better.Less);
        bench.Report.Add(ours is { IsNoise: true }
            ? all.WithoutOurs("the machine's memory moved more by itself than by the idle instances: measure again when it is quiet").WithGoal(new Goal(1))
            : Compare(AllOfIt, usage => usage.Falls).WithGoal(new Goal(1)));
        bench.Report.Add(Compare("of it: proportional size (PSS)", usage => usage.Proportional));
        bench.Report.Add(Compare("of it: private pages of the process", usage => usage.Anonymous));
        bench.Report.Add(Compare("of it: page tables", usage => usage.PageTables));
        if (ours is not null)
        {
            bench.Report.Add(new Comparison(Name, "of it: the tap alone", "MiB", Better.Less).WithOurs("held tap with its route", ours.Links));
            bench.Report.Add(new Comparison(Name, $"CPU of {bench.Options.IdleInstances} idle instances", "% of one", Better.Less).WithOurs(Ours, [ours.IdleProcessorPercent]));
        }

        Comparison Compare(string quantity, Func<Usage, IEnumerable<double>> figure) =>
            Workbench.Complete(new Comparison(Name, quantity, "MiB", Better.Less), Ours, ours is null ? [] : [.. figure(ours)], missing).WithPeer(Nginx, figure(nginx));
    }

    private static Usage MeasureOurs(Workbench bench)
    {
        using var network = new GuestNetwork("memory");
        int batchSize = bench.Options.IdleInstances / bench.Options.IdleBatches;
        var usage = new Usage();
        var servers = new List<Server>();
        try
        {
            for (int batch = 0; batch < bench.Options.IdleBatches; batch++)
            {
                var added = new List<Server>();
                double links = FallOf(batchSize, () =>
                {
                    for (int i = 0; i < batchSize; i++)
                        added.Add(bench.Unikernel.PrepareSpt(network));
                });
                servers.AddRange(added);
                usage.Links.Add(links);
                usage.Falls.Add(links + FallOf(batchSize, () => StartAll(added)));
                bench.Say($"{servers.Count} idle instances: {usage.Falls[^1]:N3} MiB each");
            }
            usage.Read(servers.Select(server => new[] { server.ProcessId }));
            usage.IdleProcessorPercent = IdleProcessorPercent(servers);
            return usage;
        }
        finally
        {
            servers.ForEach(server => server.Dispose());
        }
    }

    private static Usage MeasureNginx(Workbench bench)
    {
        using var network = new NetworkNamespace("memory-nginx");
        var servers = new List<Server>();
        var usage = new Usage();
        try
        {
            for (int batch = 0; batch < NginxBatches; batch++)
            {
                Server[] added = [.. Enumerable.Range(servers.Count, NginxBatch).Select(number => NginxPeer.Prepare(
                    Nginx, bench.Place($"nginx-idle-{number}"), bench.Site.Folder, network, network, new IPEndPoint(IPAddress.Loopback, FirstNginxPort + number)))];
                servers.AddRange(added);
                usage.Falls.Add(FallOf(NginxBatch, () => StartAll(added)));
            }
            usage.Read(servers.Select(server => server.Processes()));
            return usage;
        }
        finally
        {
            servers.ForEach(server => server.Dispose());
        }
    }

    /// <summary>What part of one processor they use together while nobody asks anything of them.</summary>
    private static double IdleProcessorPercent(List<Server> servers)
    {
        TimeSpan before = Total();
        Thread.Sleep(Watch);
        return 100 * (Total() - before) / Watch;

        TimeSpan Total() => servers.Aggregate(TimeSpan.Zero, (sum, server) => sum + MachineTime.OfProcess(server.ProcessId));
    }

    private static void StartAll(IReadOnlyList<Server> servers)
    {
        foreach (Server server in servers)
            server.StartUntilAnswer(Site.Small.Path, Limit, processor: null);
    }

    /// <summary>By how many MiB the memory available falls for each of <paramref name="count"/> things that <paramref name="action"/> makes.</summary>
    private static double FallOf(int count, Action action)
    {
        Thread.Sleep(Settle);
        long before = MemoryUse.Available();
        action();
        Thread.Sleep(Settle);
        return (before - MemoryUse.Available()) / Kibibyte / count;
    }

    /// <summary>Figures in MiB per instance.</summary>
    private sealed class Usage
    {
        internal List<double> Falls { get; } = [];

        internal List<double> Links { get; } = [];

        internal List<double> Proportional { get; } = [];

        internal List<double> Anonymous { get; } = [];

        internal List<double> PageTables { get; } = [];

        internal double IdleProcessorPercent { get; set; }

        /// <summary>A fall that is less than the pages the processes hold says more about others on the machine.</summary>
        internal bool IsNoise => Results.Summary.Of(Falls).Median < Results.Summary.Of(Proportional).Median;

        /// <summary>Reads the use of each instance's processes.</summary>
        internal void Read(IEnumerable<IEnumerable<int>> instances)
        {
            foreach (IEnumerable<int> processes in instances)
            {
                MemoryUse[] uses = [.. processes.Select(MemoryUse.Of)];
                Proportional.Add(uses.Sum(use => use.Proportional) / Kibibyte);
                Anonymous.Add(uses.Sum(use => use.Anonymous) / Kibibyte);
                PageTables.Add(uses.Sum(use => use.PageTables) / Kibibyte);
            }
        }
    }
}
