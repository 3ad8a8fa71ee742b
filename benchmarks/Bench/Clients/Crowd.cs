// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Threading;
using System.Threading.Tasks;

namespace Uaas.Bench.Clients;

/// <summary>A request that failed.</summary>
/// <param name="Path">What was asked for.</param>
/// <param name="Began">When it began, as a <see cref="Stopwatch"/> timestamp.</param>
/// <param name="Ended">When it had failed.</param>
internal sealed record FailedRequest(string Path, long Began, long Ended);

/// <summary>Clients that ask without a pause, or with one, until they are told to stop; each keeps its connection (<see cref="KeepAliveClient"/>).</summary>
internal sealed class Crowd
{
    private const int MostFailures = 100_000;

    private readonly CancellationTokenSource _over = new();
    private readonly ConcurrentQueue<FailedRequest> _failures = new();
    private readonly List<Task> _clients = [];
    private long _answered;

    /// <summary>Requests that were answered.</summary>
    internal long Answered => Interlocked.Read(ref _answered);

    /// <summary>Those that were not.</summary>
    internal IReadOnlyCollection<FailedRequest> Failures => _failures;

    /// <summary>Lets so many more clients ask.</summary>
    internal void Add(int clients, IPEndPoint server, string path, int size, TimeSpan pause) =>
        _clients.AddRange(Enumerable.Range(0, clients).Select(_ => Task.Run(() => AskAsync(server, path, size, pause))));

    /// <summary>Has them stop, and waits until the last has its answer.</summary>
    internal void Stop()
    {
        _over.Cancel();
        Task.WaitAll([.. _clients]);
    }

    private async Task AskAsync(IPEndPoint server, string path, int size, TimeSpan pause)
    {
        using var client = new KeepAliveClient(null, server, path, size);
        while (!_over.IsCancellationRequested)
        {
            long began = Stopwatch.GetTimestamp();
            if (await client.TryAsync().ConfigureAwait(false))
                Interlocked.Increment(ref _answered);
            else if (_failures.Count < MostFailures)
                _failures.Enqueue(new FailedRequest(path, began, Stopwatch.GetTimestamp()));
            if (pause > TimeSpan.Zero)
                await Task.Delay(pause).ConfigureAwait(false);
        }
    }
}
