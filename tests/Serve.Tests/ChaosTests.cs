// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Host.Tests;
using Uaas.Host.Tests.Cli;

namespace Uaas.Serve.Tests;

/// <summary>Processes of all kinds are killed in an order that a seed gives, under load. The long run is <c>./uaas bench master --only chaos</c>.</summary>
[Trait("Needs", "namespaces, the http image")]
public sealed class ChaosTests
{
    private const string Page = "<p>from zero";
    private const string Tender = "uaas-spt";
    private const int Seed = 4;
    private const int Clients = 3;

    private static readonly string[] s_victims = [Tender, Tender, Tender, "serve-master", "serve-master", "serve-front", "serve-agent"];

    // Goes up when a front is about to be killed, and again when another serves: odd while requests may be on one that dies.
    private int _frontDeaths;

    [ServiceFact]
    public async Task Whatever_is_killed_comes_back_loses_nothing_else_and_leaves_nothing()
    {
        await using Served served = await Served.StartAsync("min: 2, max: 2");
        await UntilWholeAsync(served);
        var processes = new List<KnownProcess>();
        using var over = new CancellationTokenSource();
        Task<List<string>>[] load = [.. Enumerable.Range(0, Clients).Select(_ => LoadAsync(served, over.Token))];
        string[] order = [.. s_victims, .. s_victims];
        new Random(Seed).Shuffle(order);
        foreach (string victim in order)
        {
            processes.AddRange(served.Processes());
            await KillAsync(served, victim);
        }
        await UntilWholeAsync(served);
        await over.CancelAsync();
        List<string> lost = [.. (await Task.WhenAll(load)).SelectMany(one => one)];
        Assert.True(lost.Count == 0, $"lost beside what was on a front that died: {string.Join("; ", lost.Take(5))}\n{served.Log}");
        processes.AddRange(served.Processes());
        Assert.Equal(2, served.Processes().Count(process => process.Name == Tender));
        Assert.Equal(0, await served.EndAsync("INT"));
        Assert.Empty(await ProcessTree.LeftAsync(processes));
    }

    private static Task UntilWholeAsync(Served served) => served.UntilAsync(instances => instances.Count == 2 && instances.All(instance => instance.State == "running"));

    /// <summary>Kills one, and waits until the service answers again.</summary>
    private async Task KillAsync(Served served, string victim)
    {
        bool hasFront = victim is "serve-front" or "serve-agent";
        if (hasFront)
            Interlocked.Increment(ref _frontDeaths);
        KnownProcess? process = victim == Tender ? served.Processes().Where(one => one.Name == Tender).Cast<KnownProcess?>().FirstOrDefault() : await served.ProcessAsync(victim);
        if (process is { } there)
        {
            // Until the last of them is gone, its connections are there, and lead nowhere.
            List<KnownProcess> dying = [there, .. ProcessTree.Below(there.Id)];
            Served.Kill(there);
            Assert.Empty(await ProcessTree.LeftAsync(dying));
        }
        await AnswerAsync(served);
        if (hasFront)
            Interlocked.Increment(ref _frontDeaths);
    }

    private static async Task AnswerAsync(Served served)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                Assert.Equal(Page, await served.Client.GetStringAsync(served.Url));
                return;
            }
            catch (HttpRequestException) when (attempt < 100)
            {
                await Task.Delay(50);
            }
        }
    }

    /// <summary>Asks until it is told to stop; what failed although no front died meanwhile.</summary>
    private async Task<List<string>> LoadAsync(Served served, CancellationToken over)
    {
        var lost = new List<string>();
        while (!over.IsCancellationRequested)
        {
            int before = Volatile.Read(ref _frontDeaths);
            string failure = await AskAsync(served);
            if (failure.Length > 0 && before % 2 == 0 && Volatile.Read(ref _frontDeaths) == before)
                lost.Add(failure);
        }
        return lost;
    }

    private static async Task<string> AskAsync(Served served)
    {
        try
        {
            using HttpResponseMessage response = await served.Client.GetAsync(served.Url);
            string body = await response.Content.ReadAsStringAsync();
            return response.IsSuccessStatusCode && body == Page ? "" : $"{(int)response.StatusCode}: {body}";
        }
        catch (HttpRequestException e)
        {
            return e.Message;
        }
    }
}
