// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Bench.Clients;
using Uaas.Bench.Machine;
using Uaas.Bench.Results;
using Uaas.Bench.Servers;

namespace Uaas.Bench.Scenarios;

/// <summary>nginx is reloaded every second under load: with the module, and plain as the control.</summary>
internal sealed class FrontReload : Scenario
{
    private const int Clients = 8;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    internal override string Name => "reload";

    internal override string Summary => "requests that fail while nginx is reloaded every second; clients retry only a closed idle connection";

    internal override void Run(Workbench bench)
    {
        string seconds = bench.Options.ReloadTime.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        var failures = new Comparison(Name, $"a reload a second, {seconds} s: failed requests", "requests", Better.Less);
        if (FrontBed.WhyMissing(bench) is { } missing)
        {
            bench.Report.Add(failures.WithoutOurs(missing));
            return;
        }
        using var bed = new FrontBed(bench, "front-reload");
        (long answered, long failed) = UnderReload(bench, bed.Module);
        (long plainAnswered, long plainFailed) = UnderReload(bench, bed.Plain);
        bench.Report.Add(failures.WithOurs(NginxFront.Module, [failed]).WithPeer(NginxFront.Plain, [plainFailed]).WithGoal(new Goal(0)));
        bench.Report.Add(new Comparison(Name, "answered requests meanwhile", "requests", Better.More).WithOurs(NginxFront.Module, [answered]).WithPeer(NginxFront.Plain, [plainAnswered]));
    }

    private static (long Answered, long Failed) UnderReload(Workbench bench, Server nginx)
    {
        using var over = new CancellationTokenSource();
        long answered = 0;
        long failed = 0;
        Task[] load = [.. Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            using var client = new KeepAliveClient(nginx.Clients, nginx.EndPoint, Site.Small.Path, Site.Small.Size);
            while (!over.IsCancellationRequested)
            {
                if (await client.TryAsync().ConfigureAwait(false))
                    Interlocked.Increment(ref answered);
                else
                    Interlocked.Increment(ref failed);
            }
        }))];
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < bench.Options.ReloadTime)
        {
            Thread.Sleep(Every);
            nginx.Signal(Native.Hangup);
        }
        over.Cancel();
        Task.WaitAll(load);
        bench.Say($"{nginx.Name}: {answered} answered, {failed} failed");
        return (answered, failed);
    }
}
