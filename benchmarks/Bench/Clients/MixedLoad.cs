// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Bench.Servers;
using Uaas.Linux;

namespace Uaas.Bench.Clients;

/// <summary>What a mixed load found in a while.</summary>
internal sealed record MixedFigures
{
    /// <summary>Pages a second.</summary>
    internal double Pages { get; init; }

    /// <summary>Milliseconds to a page, half of them.</summary>
    internal double PageP50 { get; init; }

    /// <summary>Milliseconds to a page, 99 of 100.</summary>
    internal double PageP99 { get; init; }

    /// <summary>Pictures that were made, a second.</summary>
    internal double Pictures { get; init; }

    /// <summary>MB of films a second.</summary>
    internal double Films { get; init; }

    /// <summary>Requests that were not answered as they should be.</summary>
    internal int Failed { get; init; }
}

/// <summary>Readers of pages, of pictures and of films, each asking again when it has been answered; films four times a second.</summary>
/// <param name="site">The address of all.</param>
internal sealed class MixedLoad(IPEndPoint site) : IDisposable
{
    private const int PageReaders = 4;
    private const int FilmReaders = 2;

    private static readonly TimeSpan s_filmEvery = TimeSpan.FromMilliseconds(250);

    private static int s_pictures;

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 64 }) { BaseAddress = new Uri($"http://{site}/"), Timeout = TimeSpan.FromSeconds(30) };
    private readonly List<double> _pageTimes = [];
    private long _pictures;
    private long _filmBytes;
    private int _failed;

    /// <summary>Waits until a page, a picture and a film have been answered: all services are up.</summary>
    /// <exception cref="UaasException">One is not in time.</exception>
    internal void AwaitAll(TimeSpan within)
    {
        long start = Stopwatch.GetTimestamp();
        foreach (string path in new[] { Site.Small.Path, $"/{PhotoSite.Photo}?w=500", $"/vod/{ApproachNode.Film}" })
        {
            while (ReadAsync(path).GetAwaiter().GetResult() == 0)
            {
                if (Stopwatch.GetElapsedTime(start) > within)
                    throw new UaasException(Failure.Boot, $"http://{site}{path} does not answer");
                Thread.Sleep(50);
            }
        }
    }

    /// <summary>Lets all of them ask for a while.</summary>
    /// <param name="pictureReaders">How many ask for pictures.</param>
    /// <param name="time">For how long.</param>
    internal MixedFigures Run(int pictureReaders, TimeSpan time)
    {
        _pageTimes.Clear();
        (_pictures, _filmBytes, _failed) = (0, 0, 0);
        using var over = new CancellationTokenSource(time);
        long start = Stopwatch.GetTimestamp();
        Task.WaitAll([
            .. Enumerable.Range(0, PageReaders).Select(_ => Repeat(ReadPageAsync, over.Token)),
            .. Enumerable.Range(0, pictureReaders).Select(_ => Repeat(ReadPictureAsync, over.Token)),
            .. Enumerable.Range(0, FilmReaders).Select(_ => Repeat(ReadFilmAsync, over.Token)),
        ]);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double[] sorted = [.. _pageTimes.Order()];
        return new MixedFigures
        {
            Pages = sorted.Length / seconds,
            PageP50 = Results.Summary.Percentile(sorted, 50),
            PageP99 = Results.Summary.Percentile(sorted, 99),
            Pictures = _pictures / seconds,
            Films = _filmBytes / seconds / 1e6,
            Failed = _failed,
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static Task Repeat(Func<Task> once, CancellationToken over) => Task.Run(async () =>
    {
        while (!over.IsCancellationRequested)
            await once().ConfigureAwait(false);
    });

    private async Task ReadPageAsync()
    {
        long start = Stopwatch.GetTimestamp();
        await ReadAsync(Site.Small.Path).ConfigureAwait(false);
        double time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        lock (_pageTimes)
            _pageTimes.Add(time);
    }

    // An offset that changes nothing makes a request that was not answered before.
    private async Task ReadPictureAsync()
    {
        int number = Interlocked.Increment(ref s_pictures);
        if (await ReadAsync(string.Create(CultureInfo.InvariantCulture, $"/{PhotoSite.Photo}?w=500&q=75&g=no:{number % 10_000}:{number / 10_000}")).ConfigureAwait(false) > 0)
            Interlocked.Increment(ref _pictures);
    }

    private async Task ReadFilmAsync()
    {
        long start = Stopwatch.GetTimestamp();
        Interlocked.Add(ref _filmBytes, await ReadAsync($"/vod/{ApproachNode.Film}").ConfigureAwait(false));
        TimeSpan left = s_filmEvery - Stopwatch.GetElapsedTime(start);
        if (left > TimeSpan.Zero)
            await Task.Delay(left).ConfigureAwait(false);
    }

    private async Task<int> ReadAsync(string path)
    {
        try
        {
            return (await _client.GetByteArrayAsync(new Uri(path, UriKind.Relative)).ConfigureAwait(false)).Length;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            Interlocked.Increment(ref _failed);
            return 0;
        }
    }
}
