// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Data.Sqlite;
using Uaas.Configuration;
using Uaas.Host.Tests;
using Uaas.Linux;
using Uaas.Master.Control;

namespace Uaas.Serve.Tests;

/// <summary>The master is killed again and again while it is told what is wanted: what it has acknowledged is there, and nothing is there by half.</summary>
[Trait("Needs", "namespaces, the http image")]
public sealed class StoreDeathTests
{
    private const int Deaths = 8;

    [ServiceFact]
    public async Task What_was_acknowledged_survives_the_death_of_the_master_at_any_instant()
    {
        await using Served served = await Served.StartAsync("min: 0, max: 1");
        string folder = Path.Combine(Path.GetDirectoryName(served.State)!, "small");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "index.html"), "small");
        var random = new Random(20_261);
        int state = 1;
        for (int death = 0; death < Deaths; death++)
        {
            int round = state;
            using var stop = new CancellationTokenSource();
            Task<(int Acknowledged, int Tried)> applying = Task.Run(() => ApplyAsync(served, folder, round, stop.Token));
            await Task.Delay(random.Next(150));
            Served.Kill(await served.ProcessAsync("serve-master"));
            await stop.CancelAsync();
            (int acknowledged, int tried) = await applying;
            ServiceView[] services = [await RetryAsync(() => served.ServiceAsync("site")), await RetryAsync(() => served.ServiceAsync("twin"), acknowledged == 1)];
            state = services[0].Max;
            Assert.True(state == acknowledged || state == tried, $"{state} is neither {acknowledged}, which was acknowledged, nor {tried}, which was tried");
            Assert.All(services, service => Assert.True(service is null || service.Max == state));
        }
        Assert.Equal(0, await served.EndAsync("INT"));
        using var database = new SqliteConnection($"Data Source={Path.Combine(served.State, "uaas.db")};Pooling=false");
        database.Open();
        using SqliteCommand check = database.CreateCommand();
        check.CommandText = "PRAGMA integrity_check";
        Assert.Equal("ok", check.ExecuteScalar());
        check.CommandText = "SELECT COUNT(*) FROM service LEFT JOIN revision ON revision.service = service.id AND revision.number = service.wanted WHERE revision.number IS NULL";
        Assert.Equal(0L, check.ExecuteScalar());
        Assert.DoesNotContain(Directory.GetFiles(Path.Combine(served.State, "content")), file => Path.GetFileName(file).StartsWith('.'));
    }

    /// <summary>Applies one change after the other, each of two services together, until one fails or it is called off: the last that was acknowledged, and the last that was tried.</summary>
    private static async Task<(int Acknowledged, int Tried)> ApplyAsync(Served served, string folder, int from, CancellationToken stop)
    {
        int acknowledged = from;
        int tried = from;
        try
        {
            while (!stop.IsCancellationRequested)
            {
                tried++;
                string service = $"{{ image: http, content: {folder}, vmm: spt, scale: {{ max: {tried} }} }}";
                await served.Api.ApplyAsync(ConfigurationReader.Parse($"services:\n  site: {service}\n  twin: {service}\n", "test", folder, _ => PathKind.Directory));
                acknowledged = tried;
            }
        }
        catch (Exception e) when (e is UaasException or IOException or HttpRequestException)
        {
            // It was on its way to the master that was killed.
        }
        return (acknowledged, tried);
    }

    private static async Task<ServiceView> RetryAsync(Func<Task<ServiceView>> ask, bool mayBeMissing = false)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return await ask();
            }
            catch (UaasException e) when (mayBeMissing && e.Failure == Failure.NotFound)
            {
                return null!;
            }
            catch (Exception e) when (attempt < 20 && e is UaasException { Failure: Failure.Daemon } or IOException or HttpRequestException)
            {
                await Task.Delay(50);
            }
        }
    }
}
