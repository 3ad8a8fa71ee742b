// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading;
using Uaas.Bench.Clients;
using Uaas.Bench.Results;
using Uaas.Bench.Servers;

namespace Uaas.Bench.Scenarios.Master;

/// <summary>All kinds of processes of a node are killed at random under load, and everything comes back.</summary>
internal sealed class MasterChaos : Scenario
{
    private const string Ours = "uaas up, spt";
    private const int Seed = 4;
    private const int Kept = 3;
    private const int KeptClients = 6;
    private const int ColdServices = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ClientPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan ColdPause = TimeSpan.FromSeconds(3);

    // What is killed answers no more within this: the kernel takes some time to end a process, and a namespace with many.
    private static readonly TimeSpan Dying = TimeSpan.FromSeconds(1);

    internal override string Name => "chaos";

    internal override string Summary => "kill -9 of instances, master, front and agent at random under load";

    internal override void Run(Workbench bench)
    {
        string minutes = bench.Options.ChaosTime.TotalMinutes.ToString("0.#", CultureInfo.InvariantCulture);
        var lost = new Comparison(Name, $"requests that failed and were not on what was killed, in {minutes} min", "", Better.Less);
        if (MasterNode.WhyMissing(bench) is { } missing)
        {
            bench.Report.Add(lost.WithoutOurs(missing));
            return;
        }
        var traces = new Traces();
        Killer killer;
        Crowd crowd;
        int recovered;
        using (var node = new MasterNode(bench, Name, Yaml(bench)))
        {
            killer = new Killer(node, Seed);
            crowd = Load(node);
            try
            {
                KillFor(bench, node, killer, traces);
                recovered = CountRecovered(node);
            }
            finally
            {
                crowd.Stop();
            }
            traces.Note(node);
        }
        IReadOnlyList<string> left = traces.Left();
        Tell(bench, lost, killer, crowd, recovered, left);
    }

    private static string Yaml(Workbench bench) => MasterNode.Service(bench, "kept", string.Create(CultureInfo.InvariantCulture, $"min: {Kept}, max: {Kept}"))
        + string.Concat(Enumerable.Range(0, ColdServices).Select(i => MasterNode.Service(bench, $"cold{i}", "min: 0, max: 2, idle: 1s")));

    private static Crowd Load(MasterNode node)
    {
        var crowd = new Crowd();
        crowd.Add(KeptClients, node.EndPoint, $"/kept{Site.Small.Path}", Site.Small.Size, ClientPause);
        for (int i = 0; i < ColdServices; i++)
            crowd.Add(1, node.EndPoint, $"/cold{i}{Site.Small.Path}", Site.Small.Size, ColdPause);
        return crowd;
    }

    private static void KillFor(Workbench bench, MasterNode node, Killer killer, Traces traces)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < bench.Options.ChaosTime)
        {
            Thread.Sleep(killer.Pause());
            traces.Note(node);
            killer.Strike();
        }
    }

    /// <summary>Services that have what they are to have, and answer: at least, without a further death.</summary>
    private static int CountRecovered(MasterNode node)
    {
        node.Api.Until("what is to be kept is there again", Patience, static api => api.Instances().Count(static one => one is { Service: "kept", State: "running" }) == Kept);
        string[] paths = ["/kept", .. Enumerable.Range(0, ColdServices).Select(static i => $"/cold{i}")];
        return paths.Count(path => PlainFetch.Get(node.EndPoint, path + Site.Small.Path).Length == Site.Small.Size);
    }

    private void Tell(Workbench bench, Comparison lost, Killer killer, Crowd crowd, int recovered, IReadOnlyList<string> left)
    {
        List<FailedRequest> unexplained = [.. crowd.Failures.Where(failed => !killer.Deaths.Any(death => death.Victim is Killer.Front or Killer.Agent && IsOn(failed, death)))];
        int onMaster = crowd.Failures.Count(failed => killer.Deaths.Any(death => death.Victim == Killer.Master && IsOn(failed, death)) && unexplained.Contains(failed));
        bench.Report.Add(lost.WithOurs(Ours, [unexplained.Count]).WithGoal(new Goal(0)));
        bench.Report.Add(new Comparison(Name, "of them while the master was killed", "", Better.Less).WithOurs(Ours, [onMaster]).WithGoal(new Goal(0)));
        bench.Report.Add(new Comparison(Name, "requests that were lost with the front that they were on", "", Better.Less).WithOurs(Ours, [crowd.Failures.Count - unexplained.Count]));
        bench.Report.Add(new Comparison(Name, "requests that were answered", "", Better.More).WithOurs(Ours, [crowd.Answered]));
        bench.Report.Add(new Comparison(Name, "services that have recovered", "", Better.More).WithOurs(Ours, [recovered]).WithGoal(new Goal(1 + ColdServices)));
        bench.Report.Add(new Comparison(Name, "processes, namespaces, taps and files left", "", Better.Less).WithOurs(Ours, [left.Count]).WithGoal(new Goal(0)));
        bench.Report.Note($"chaos: killed {killer.Count(Killer.Instance)} instances, {killer.Count(Killer.Master)} masters, {killer.Count(Killer.Front)} fronts, {killer.Count(Killer.Agent)} agents with all that they had; seed {Seed}");
        foreach (string trace in left)
            bench.Report.Note($"chaos: left behind: {trace}");
        foreach (FailedRequest failed in unexplained.Take(10))
        {
            Death? before = killer.Deaths.LastOrDefault(death => death.Time < failed.Ended);
            bench.Report.Note(string.Create(CultureInfo.InvariantCulture, $"chaos: {failed.Path} failed after {Stopwatch.GetElapsedTime(failed.Began, failed.Ended).TotalMilliseconds:0} ms, {(before is null ? 0 : Stopwatch.GetElapsedTime(before.Time, failed.Ended).TotalMilliseconds):0} ms after {before?.Victim}"));
        }
    }

    /// <summary>Whether a request was under way when something died.</summary>
    private static bool IsOn(FailedRequest failed, Death death) => failed.Began < death.Time + (long)(Dying.TotalSeconds * Stopwatch.Frequency) && failed.Ended > death.Time;
}
