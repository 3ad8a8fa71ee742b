// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using Uaas.Bench.Clients;
using Uaas.Bench.Machine;
using Uaas.Bench.Results;
using Uaas.Bench.Servers;
using Uaas.Linux;

namespace Uaas.Bench.Scenarios;

/// <summary>Resizes a photograph, one request after the other and none of them the same, by turns: how long, with how much processor time and memory.</summary>
internal sealed class ImageResize : Scenario
{
    private const double LeastRate = 2;
    private const double MostTime = 1.1;
    private const double MostBombTime = 10;
    private const double Mebibyte = 1024;
    private const string Ours = "uaas spt";
    private const string Nginx = "nginx image_filter";
    private const string Vips = "vipsthumbnail";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly Dictionary<string, Samples> _samples = new() { [Ours] = new(), [Nginx] = new(), [Vips] = new() };
    private readonly List<double> _bombTimes = [];
    private int _requests;

    internal override string Name => "resize";

    internal override string Summary => "a JPEG of 2000×1333 to 500 columns, against nginx's image filter and vipsthumbnail; and a PNG bomb";

    internal override void Run(Workbench bench)
    {
        PhotoSite site = PhotoSite.Create(bench.Folder);
        string? missing = bench.Artifacts.WhyMissing("spt", "img");
        using var network = new GuestNetwork("img");
        using var link = new VethLink(0, LoadContenders.UsualMtu);
        using Server? ours = missing is null ? ImageServers.PrepareOurs(bench.Artifacts, site, network, bench.Place("img")) : null;
        using Server nginx = ImageServers.PrepareNginx(site, link, bench.Place("image-filter"));
        ours?.StartUntilAnswer($"/{PhotoSite.Photo}?w=500", s_patience, bench.Processors.Server);
        nginx.StartUntilAnswer($"/{PhotoSite.Photo}", s_patience, bench.Processors.Server);
        for (int round = 0; round < bench.Options.LoadRounds; round++)
        {
            bench.Say($"  round {round + 1}");
            if (ours is not null)
            {
                Measure(ours, bench.Options.Images);
                _bombTimes.Add(MeasureBomb(ours, bench.Options.Images));
            }

            Measure(nginx, bench.Options.Images);
            MeasureVips(site, bench);
        }

        Tell(bench, missing);
    }

    private void Measure(Server server, int count)
    {
        TimeSpan before = TimeOf(server);
        long start = Stopwatch.GetTimestamp();
        server.Clients.Run(() =>
        {
            for (int i = 0; i < count; i++)
                PlainFetch.Get(server.EndPoint, NextPath());
        });
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double milliseconds = (TimeOf(server) - before).TotalMilliseconds;
        _samples[server.Name].Add(count / seconds, milliseconds / count, server.Processes().Sum(static process => PeakOf(process)));
    }

    // An offset that changes nothing makes a request that was not answered before; nginx takes no notice.
    private string NextPath() => string.Create(CultureInfo.InvariantCulture, $"/{PhotoSite.Photo}?w=500&q={ImageServers.Quality}&g=no:{_requests % 10_000}:{_requests++ / 10_000}");

    // The first request is refused for what the file claims; the others as well, since what cannot be made is remembered: so each asks for something else.
    private double MeasureBomb(Server server, int count)
    {
        TimeSpan before = TimeOf(server);
        server.Clients.Run(() =>
        {
            for (int i = 0; i < count; i++)
            {
                string path = string.Create(CultureInfo.InvariantCulture, $"/{PhotoSite.Bomb}?w=500&g=no:{_requests++}");
                if (PlainFetch.StatusOf(server.EndPoint, path) != (int)HttpStatusCode.UnprocessableEntity)
                    throw new UaasException(Failure.Lost, "the bomb was not refused");
            }
        });
        return (TimeOf(server) - before).TotalMilliseconds / count;
    }

    // Its time is read while it runs, and once more before it is waited for.
    private void MeasureVips(PhotoSite site, Workbench bench)
    {
        int count = bench.Options.Images;
        string photo = Path.Combine(site.Folder, PhotoSite.Photo);
        string output = Path.Combine(bench.Place("vips"), $"%s.jpg[Q={ImageServers.Quality}]");
        ProcessStartInfo start = new("taskset", ["-c", bench.Processors.Server.ToString(CultureInfo.InvariantCulture), "vipsthumbnail", "--vips-concurrency=1",
            .. Enumerable.Repeat(photo, count), "--size", "500x", "-o", output]);
        long began = Stopwatch.GetTimestamp();
        using Process vips = Process.Start(start) ?? throw new UaasException(Failure.Lost, "vipsthumbnail does not start");
        TimeSpan time = default;
        double peak = 0;
        while (!vips.WaitForExit(TimeSpan.FromMilliseconds(5)))
        {
            try
            {
                time = MachineTime.OfProcess(vips.Id);
                peak = PeakOf(vips.Id);
            }
            catch (Exception gone) when (gone is IOException or InvalidDataException)
            {
                break;
            }
        }

        vips.WaitForExit();
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        _samples[Vips].Add(count / seconds, time.TotalMilliseconds / count, peak);
    }

    private void Tell(Workbench bench, string? missing)
    {
        Add(bench, missing, "images a second, one processor", "1/s", Better.More, static samples => samples.Rates, new Goal(LeastRate, Nginx));
        Add(bench, missing, "processor time an image", "ms", Better.Less, static samples => samples.Times, new Goal(MostTime, Vips));
        Add(bench, missing, "peak memory", "MiB", Better.Less, static samples => samples.Peaks, null);
        bench.Report.Add(Workbench.Complete(new Comparison(Name, "processor time to refuse a PNG of 30,000×30,000", "ms", Better.Less), Ours, _bombTimes, missing).WithGoal(new Goal(MostBombTime)));
    }

    private void Add(Workbench bench, string? missing, string quantity, string unit, Better better, Func<Samples, List<double>> of, Goal? goal)
    {
        Comparison comparison = Workbench.Complete(new Comparison(Name, quantity, unit, better), Ours, of(_samples[Ours]), missing)
            .WithPeer(Nginx, of(_samples[Nginx]))
            .WithPeer(Vips, of(_samples[Vips]));
        bench.Report.Add(goal is null ? comparison : comparison.WithGoal(goal));
    }

    private static TimeSpan TimeOf(Server server) => server.Processes().Aggregate(TimeSpan.Zero, static (sum, process) => sum + MachineTime.OfProcess(process));

    private static double PeakOf(int process) => MemoryUse.Field(File.ReadAllText($"/proc/{process}/status"), "VmHWM:") / Mebibyte;

    /// <summary>What the rounds of a contender gave.</summary>
    private sealed class Samples
    {
        internal List<double> Rates { get; } = [];

        internal List<double> Times { get; } = [];

        internal List<double> Peaks { get; } = [];

        internal void Add(double rate, double time, double peak)
        {
            Rates.Add(rate);
            Times.Add(time);
            Peaks.Add(peak);
        }
    }
}
