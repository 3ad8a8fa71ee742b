// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using Uaas.Bench.Clients.Video;
using Uaas.Bench.Machine;
using Uaas.Bench.Results;
using Uaas.Linux;

namespace Uaas.Bench.Scenarios;

/// <summary>How long a new viewer of a running stream waits for its key frame: from its request, on an open connection, to having the whole picture.</summary>
internal sealed class VideoJoin : Scenario
{
    private const double Limit = 5;
    private const int Watching = 100;
    private const int PeerJoins = 10;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    internal override string Name => "join";

    internal override string Summary => "key frame to a new viewer of a running stream that a hundred watch";

    internal override void Run(Workbench bench)
    {
        using var contenders = new VideoContenders(bench);
        var times = new Dictionary<string, List<double>>();
        foreach (VideoContender contender in contenders.All)
        {
            // Without a group of pictures kept, each takes up to two seconds.
            int count = contender.Name == VideoContender.Nginx ? PeerJoins : bench.Options.VideoJoins;
            times[contender.Name] = contender.Server.Clients.Run(() => Join(bench, contender, count));
        }
        foreach (string ours in new[] { VideoContender.OursRtmp, VideoContender.OursHttp })
        {
            double[] samples = contenders.Missing is null ? [.. times[ours]] : [];
            Array.Sort(samples);
            Add(bench, contenders, ours, "p50", samples.Length > 0 ? [Results.Summary.Percentile(samples, 50)] : [], times, null);
            Add(bench, contenders, ours, "p99", samples.Length > 0 ? [Results.Summary.Percentile(samples, 99)] : [], times, new Goal(Limit));
        }
    }

    private void Add(Workbench bench, VideoContenders contenders, string ours, string what, double[] figure, Dictionary<string, List<double>> times, Goal? goal)
    {
        string protocol = ours == VideoContender.OursRtmp ? "RTMP" : "HTTP-FLV";
        var comparison = new Comparison(Name, string.Create(CultureInfo.InvariantCulture, $"request to key frame, {protocol}, {what}"), "ms", Better.Less);
        Workbench.Complete(comparison, ours, figure, contenders.Missing).WithPeer(VideoContender.Nginx, times[VideoContender.Nginx]);
        bench.Report.Add(goal is null ? comparison : comparison.WithGoal(goal));
    }

    private static List<double> Join(Workbench bench, VideoContender contender, int count)
    {
        using var audience = new Audience(contender.Viewing, contender.Kind, Watching, bench.Processors.Client);
        var times = new List<double>();
        for (int i = 0; i < count; i++)
            times.Add(JoinOnce(contender));
        bench.Say(string.Create(CultureInfo.InvariantCulture, $"{contender.Name}: {count} viewers joined"));
        return times;
    }

    private static double JoinOnce(VideoContender contender)
    {
        using var viewer = new VideoViewer(contender.Viewing, contender.Kind, looks: true);
        using var arrival = new EventSet();
        arrival.Add(viewer.Descriptor, 0);
        long start = Stopwatch.GetTimestamp();
        viewer.Begin();
        while (!viewer.HasKey)
        {
            arrival.Wait((int)Patience.TotalMilliseconds, _ => viewer.Take());
            if (viewer.IsOver || Stopwatch.GetElapsedTime(start) > Patience)
                throw new UaasException(Failure.Lost, $"{contender.Name}: a new viewer gets no key frame");
        }
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
