// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using Uaas.Linux;

namespace Uaas.Master.Storage;

/// <summary>What has happened. Events are numbered and shown at once and stored a moment later, so that nobody waits for the disk.</summary>
public sealed class History : IAsyncDisposable
{
    private const int Capacity = 16_384;
    private const int AtOnce = 512;
    private const int Looks = 100;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(20);

    private readonly Store _store;
    private readonly TimeProvider _clock;

    // Whoever adds an event goes on at once: it only sets the timer after which the event is stored, with all that have come by then.
    private readonly Channel<StoredEvent> _pending = Channel.CreateBounded<StoredEvent>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true, AllowSynchronousContinuations = true });
    private readonly Task _writing;
    private long _last;
    private long _written;

    /// <param name="store">Where events are kept.</param>
    /// <param name="clock">The clock that they are given their time by.</param>
    public History(Store store, TimeProvider clock)
    {
        _store = store;
        _clock = clock;
        _last = _written = store.LastEvent();
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Called with each event as it happens. Must not block.</summary>
    public event Action<StoredEvent>? Happened;

    /// <summary>Called with what is to be said when events cannot be stored.</summary>
    public event Action<string>? Failed;

    /// <summary>Adds an event.</summary>
    public void Add(string? service, string? instance, string kind, string message)
    {
        var one = new StoredEvent(Interlocked.Increment(ref _last), _clock.GetUtcNow(), service, instance, kind, message);
        _pending.Writer.TryWrite(one);
        Happened?.Invoke(one);
    }

    /// <summary>Completes when what has happened by now is stored; after a second all the same, where the disk does not take it.</summary>
    public async Task WrittenAsync(CancellationToken cancellation)
    {
        long last = Interlocked.Read(ref _last);
        for (int look = 0; look < Looks && Interlocked.Read(ref _written) < last; look++)
            await Task.Delay(LookEvery, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _pending.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
    }

    private async Task WriteAsync()
    {
        var batch = new List<StoredEvent>();
        while (await _pending.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            await Task.Delay(Moment).ConfigureAwait(false);
            while (batch.Count < AtOnce && _pending.Reader.TryRead(out StoredEvent? one))
                batch.Add(one);
            try
            {
                _store.AddEvents(batch);
            }
            catch (UaasException e)
            {
                Failed?.Invoke($"{batch.Count} events are lost: {e.Message}");
            }
            if (batch.Count > 0)
                Interlocked.Exchange(ref _written, batch[^1].Id);
            batch.Clear();
        }
    }
}
