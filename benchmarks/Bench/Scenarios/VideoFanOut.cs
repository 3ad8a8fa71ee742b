// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using Uaas.Bench.Clients.Video;
using Uaas.Bench.Machine;
using Uaas.Bench.Results;
using Uaas.Linux;

namespace Uaas.Bench.Scenarios;

/// <summary>One live stream to many viewers: what it costs the machine, what memory, who is dropped, and how late pictures are.</summary>
internal sealed class VideoFanOut : Scenario
{
    private static readonly int[] Audiences = [1, 100, 1000];
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(3);

    internal override string Name => "fanout";

    internal override string Summary => "one stream of 2 Mbit/s to 1, 100 and 1,000 viewers: CPU of the machine, memory, drops, delay";

    internal override void Run(Workbench bench)
    {
        using var contenders = new VideoContenders(bench);
        foreach (int viewers in Audiences)
            Compare(bench, contenders, viewers);
    }

    private void Compare(Workbench bench, VideoContenders contenders, int viewers)
    {
        var samples = contenders.All.ToDictionary(contender => contender.Name, _ => new List<Sample>());
        for (int round = 0; round < bench.Options.VideoRounds; round++)
        {
            foreach (VideoContender contender in contenders.All)
                samples[contender.Name].Add(Round(bench, contender, viewers));
        }
        bool isMost = viewers == Audiences[^1];
        Goal[] zero = isMost ? [new Goal(0)] : [];
        Goal[] asPeer = isMost ? [new Goal(1.0, VideoContender.Nginx)] : [];
        Add(bench, contenders, samples, viewers, "CPU of the machine", "% of a core", sample => sample.ProcessorPercent, asPeer);
        Add(bench, contenders, samples, viewers, "memory (PSS)", "KiB", sample => sample.Memory, []);
        Add(bench, contenders, samples, viewers, "viewers dropped", "", sample => sample.Dropped, zero);
        Add(bench, contenders, samples, viewers, "pictures missed by those that look", "", sample => sample.Missed, zero);
        Add(bench, contenders, samples, viewers, "delay, p50", "ms", sample => sample.MedianDelay, []);
        Add(bench, contenders, samples, viewers, "delay, p99", "ms", sample => sample.P99Delay, []);
    }

    private void Add(
        Workbench bench, VideoContenders contenders, Dictionary<string, List<Sample>> samples, int viewers, string what, string unit, Func<Sample, double> figure, Goal[] goals)
    {
        double[] Of(string name) => [.. samples[name].Select(figure)];
        foreach (string ours in new[] { VideoContender.OursRtmp, VideoContender.OursHttp })
        {
            string protocol = ours == VideoContender.OursRtmp ? "RTMP" : "HTTP-FLV";
            var comparison = new Comparison(Name, string.Create(CultureInfo.InvariantCulture, $"{viewers:N0} viewers, {protocol}, {what}"), unit, Better.Less);
            Workbench.Complete(comparison, ours, contenders.Missing is null ? Of(ours) : [], contenders.Missing).WithPeer(VideoContender.Nginx, Of(VideoContender.Nginx));
            foreach (Goal goal in goals)
                comparison.WithGoal(goal);
            bench.Report.Add(comparison);
        }
    }

    private static Sample Round(Workbench bench, VideoContender contender, int viewers)
    {
        using Audience audience = contender.Server.Clients.Run(() => new Audience(contender.Viewing, contender.Kind, viewers, bench.Processors.Client));
        Thread.Sleep(Settle);
        IReadOnlySet<int> processes = contender.Server.Processes();
        audience.Restart();
        MachineTime before = MachineTime.Now(processes);
        Thread.Sleep(bench.Options.VideoTime);
        MachineTime after = MachineTime.Now(processes);
        TimeSpan used = MachineTime.OfServers(before, after);
        double[] delays = [.. audience.Lookers.SelectMany(viewer => viewer.Delays).Order()];
        if (delays.Length == 0)
            throw new UaasException(Failure.Lost, $"{contender.Name}: no picture arrives; it printed: {contender.Server.Log.Trim()}");
        var sample = new Sample(
            100.0 * used.TotalSeconds / ((after.Elapsed - before.Elapsed).TotalSeconds / Environment.ProcessorCount),
            processes.Sum(process => MemoryUse.Of(process).Proportional),
            audience.Dropped,
            audience.Lookers.Sum(viewer => viewer.Missed),
            Percentile(delays, 50),
            Percentile(delays, 99));
        bench.Say(string.Create(CultureInfo.InvariantCulture,
            $"{contender.Name}, {viewers} viewers: {sample.ProcessorPercent:N1} % of a core, {sample.Memory:N0} KiB, {sample.Dropped} dropped, delay {sample.MedianDelay:N2} ms, p99 {sample.P99Delay:N2} ms"));
        return sample;
    }

    private static double Percentile(double[] sorted, int percent) => Results.Summary.Percentile(sorted, percent);

    private sealed record Sample(double ProcessorPercent, long Memory, int Dropped, int Missed, double MedianDelay, double P99Delay);
}
