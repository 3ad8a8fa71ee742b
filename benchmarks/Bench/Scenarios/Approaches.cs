// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Uaas.Bench.Clients;
using Uaas.Bench.Clients.Video;
using Uaas.Bench.Machine;
using Uaas.Bench.Results;
using Uaas.Bench.Servers;
using Uaas.Linux;

namespace Uaas.Bench.Scenarios;

/// <summary>The same site, pictures and video under the same load, each in a service of its own and all in one; and what becomes of pages while pictures take all there is.</summary>
internal sealed class Approaches : Scenario
{
    private const string Split = "split";
    private const string Combined = "combined";
    private const int FewPictures = 1;
    private const int ManyPictures = 12;
    private const int Viewers = 20;
    private const double Mebibyte = 1024;

    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_startTime = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, List<Sample>> _samples = new() { [Split] = [], [Combined] = [] };

    internal override string Name => "mix";

    internal override string Summary => "pages, pictures that are made, a live stream and films through the gateway: split and combined, calm and with pictures saturated";

    internal override void Run(Workbench bench)
    {
        foreach (string service in new[] { "http", "img", "flv", "combined" })
        {
            if (bench.Artifacts.WhyMissing("spt", service) is { } missing)
            {
                bench.Report.Add(new Comparison(Name, "pages", "1/s", Better.More).WithoutOurs(missing));
                return;
            }
        }
        var film = Recording.Make(bench.Folder);
        string content = MakeContent(bench);
        using var split = new ApproachNode(bench, Split, content);
        using var combined = new ApproachNode(bench, Combined, content);
        for (int round = 0; round < bench.Options.ApproachRounds; round++)
        {
            _samples[Split].Add(Measure(bench, split, film, Split));
            _samples[Combined].Add(Measure(bench, combined, film, Combined));
        }
        Tell(bench);
    }

    private static string MakeContent(Workbench bench)
    {
        string folder = PhotoSite.Create(bench.Folder).Folder;
        File.Copy(bench.Site.Folder + Site.Small.Path, folder + Site.Small.Path);
        File.Copy(Path.Combine(bench.Folder, ApproachNode.Film), Path.Combine(folder, ApproachNode.Film));
        return folder;
    }

    private static Sample Measure(Workbench bench, ApproachNode node, Recording film, string mode)
    {
        using var load = new MixedLoad(node.Http);
        load.AwaitAll(s_startTime);
        using var publisher = new VideoPublisher(film, node.Rtmp, bench.Processors.Client);
        using var audience = new Audience(node.Http, PlayKind.HttpFlv, Viewers, bench.Processors.Client);
        load.Run(FewPictures, s_settle);
        audience.Restart();
        MixedFigures calm = load.Run(FewPictures, bench.Options.ApproachTime);
        double calmDelay = P99(audience, mode);
        int calmInstances = node.Instances.Count;

        // What scales has scaled when it is measured.
        load.Run(ManyPictures, bench.Options.ApproachTime);
        audience.Restart();
        MixedFigures full = load.Run(ManyPictures, bench.Options.ApproachTime);
        IReadOnlyList<int> instances = node.Instances;
        var sample = new Sample(calm, full, calmDelay, P99(audience, mode), audience.Lookers.Sum(static viewer => viewer.Missed), calmInstances, instances.Count,
            instances.Sum(static process => MemoryUse.Of(process).Proportional) / Mebibyte);
        if (publisher.Error is { } error)
            throw new UaasException(Failure.Lost, $"{mode}: the publisher was cut off: {error}");
        bench.Say($"  {mode}: pages {calm.Pages:N0}/s, p99 {calm.PageP99:N1} ms; with pictures saturated {full.Pages:N0}/s, p99 {full.PageP99:N1} ms, {full.Pictures:N1} pictures/s, {sample.FullInstances} instances, {sample.Memory:N0} MiB");
        return sample;
    }

    private static double P99(Audience audience, string mode)
    {
        double[] delays = [.. audience.Lookers.SelectMany(static viewer => viewer.Delays).Order()];
        return delays.Length > 0 ? Results.Summary.Percentile(delays, 99) : throw new UaasException(Failure.Lost, $"{mode}: no picture of the live stream arrives");
    }

    private void Tell(Workbench bench)
    {
        Add(bench, "pages, calm", "1/s", Better.More, static sample => sample.Calm.Pages);
        Add(bench, "pages, calm, p99", "ms", Better.Less, static sample => sample.Calm.PageP99);
        Add(bench, "live picture's delay, calm, p99", "ms", Better.Less, static sample => sample.CalmDelay);
        Add(bench, "pages, pictures saturated", "1/s", Better.More, static sample => sample.Full.Pages);
        Add(bench, "pages, pictures saturated, p50", "ms", Better.Less, static sample => sample.Full.PageP50);
        Add(bench, "pages, pictures saturated, p99", "ms", Better.Less, static sample => sample.Full.PageP99);
        Add(bench, "pictures made, saturated", "1/s", Better.More, static sample => sample.Full.Pictures);
        Add(bench, "films, pictures saturated", "MB/s", Better.More, static sample => sample.Full.Films);
        Add(bench, "live picture's delay, pictures saturated, p99", "ms", Better.Less, static sample => sample.FullDelay);
        Add(bench, "live pictures missed, pictures saturated", "", Better.Less, static sample => sample.Missed);
        Add(bench, "requests that failed", "", Better.Less, static sample => sample.Calm.Failed + sample.Full.Failed);
        Add(bench, "instances, calm", "", Better.Less, static sample => sample.CalmInstances);
        Add(bench, "instances, pictures saturated", "", Better.Less, static sample => sample.FullInstances);
        Add(bench, "memory of all instances (PSS), pictures saturated", "MiB", Better.Less, static sample => sample.Memory);
    }

    private void Add(Workbench bench, string what, string unit, Better better, Func<Sample, double> figure) => bench.Report.Add(
        new Comparison(Name, what, unit, better).WithOurs(Split, _samples[Split].Select(figure)).WithPeer(Combined, _samples[Combined].Select(figure)));

    private sealed record Sample(MixedFigures Calm, MixedFigures Full, double CalmDelay, double FullDelay, int Missed, int CalmInstances, int FullInstances, double Memory);
}
