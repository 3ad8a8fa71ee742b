// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading;
using Uaas.Bench.Clients;
using Uaas.Bench.Clients.Video;
using Uaas.Bench.Machine;
using Uaas.Bench.Results;

namespace Uaas.Bench.Scenarios;

/// <summary>A thousand viewers for ten minutes, while others come and go: nobody is dropped, and memory stays flat.</summary>
internal sealed class VideoSoak : Scenario
{
    private const int Viewers = 1000;
    private const int Passing = 20;
    private const int WarmUp = 60;
    private const int Rounds = 10;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.5);

    internal override string Name => "soak";

    internal override string Summary => "a thousand viewers for ten minutes, while thousands of others come and go";

    internal override void Run(Workbench bench)
    {
        using var contenders = new VideoContenders(bench, withPeer: false);
        if (contenders.Missing is { } missing)
        {
            bench.Report.Add(new Comparison(Name, "growth of the instance's memory", "KiB", Better.Less).WithoutOurs(missing));
            return;
        }
        VideoContender ours = contenders.All[0];
        using Audience audience = ours.Server.Clients.Run(() => new Audience(ours.Viewing, ours.Kind, Viewers, bench.Processors.Client));
        // Memory follows the most connections there ever were at a time: first, more than there will be later. Then all that is to follow, for a tenth of the time: a place of
        // a table is touched when it is first used.
        long passed = Pass(bench, contenders, WarmUp);
        Thread.Sleep(bench.Options.VideoFillTime);
        passed += ComeAndGo(bench, contenders, bench.Options.VideoSoakTime / Rounds);
        audience.Restart();
        var memory = new List<MemoryUse> { MemoryUse.Of(ours.Server.ProcessId) };
        long start = Stopwatch.GetTimestamp();
        for (int round = 1; round <= Rounds; round++)
        {
            passed += ComeAndGo(bench, contenders, bench.Options.VideoSoakTime * round / Rounds - Stopwatch.GetElapsedTime(start));
            memory.Add(MemoryUse.Of(ours.Server.ProcessId));
            bench.Say(string.Create(CultureInfo.InvariantCulture, $"{passed:N0} viewers came and went: resident {memory[^1].Resident} KiB, {audience.Dropped} dropped"));
        }
        IReadOnlyDictionary<string, double> counters = ours.Server.Clients.Run(() => GuestCounters.Read(ours.Server.EndPoint.Address));
        string stream = $"{{stream=\"{VideoPublisher.Name}\"}}";
        Add(bench, $"growth over {bench.Options.VideoSoakTime.TotalMinutes:0.#} minutes and {passed:N0} other viewers", "KiB", [memory[^1].Resident - memory[0].Resident], new Goal(0));
        Add(bench, "resident memory", "KiB", memory.Select(use => (double)use.Resident), null);
        Add(bench, "viewers dropped", "", [audience.Dropped], new Goal(0));
        Add(bench, "viewers that were made to skip, as the guest counts", "", [counters[$"flv_stream_drops_total{stream}"] + counters[$"flv_stream_cuts_total{stream}"]], new Goal(0));
        Add(bench, "viewers that the guest still counts beyond those there are", "", [counters[$"flv_stream_viewers{stream}"] - Viewers], new Goal(0));
    }

    private void Add(Workbench bench, string what, string unit, IEnumerable<double> samples, Goal? goal)
    {
        Comparison comparison = new Comparison(Name, what, unit, Better.Less).WithOurs(VideoContender.OursRtmp, samples);
        bench.Report.Add(goal is null ? comparison : comparison.WithGoal(goal));
    }

    /// <summary>Viewers that come and go, for a time; how many.</summary>
    private static long ComeAndGo(Workbench bench, VideoContenders contenders, TimeSpan time)
    {
        long passed = 0;
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < time; Thread.Sleep(Pause))
            passed += Pass(bench, contenders, Passing);
        return passed;
    }

    /// <summary>Viewers that come, wait for nothing, and go.</summary>
    private static int Pass(Workbench bench, VideoContenders contenders, int count)
    {
        foreach (VideoContender contender in contenders.All)
            contender.Server.Clients.Run(() => new Audience(contender.Viewing, contender.Kind, count, bench.Processors.Client)).Dispose();
        return count * contenders.All.Count;
    }
}
