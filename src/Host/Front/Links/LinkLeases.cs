// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace Uaas.Front.Links;

/// <summary>
/// Who uses whom over a link, so that what is in use is not stopped for being idle. Connections between instances pass nobody who could count them: an
/// instance that was asked for counts as in use by the asker for as long as its link shows traffic, and a little longer.
/// </summary>
internal sealed class LinkLeases : IDisposable
{
    /// <summary>Pairs of asker and asked at a time. Beyond, a use is not kept note of.</summary>
    internal const int MaxLeases = 65_536;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan QuietFor = TimeSpan.FromSeconds(3);

    private readonly Lock _lock = new();
    private readonly Dictionary<(KnownInstance Asker, KnownInstance Asked), Lease> _leases = [];
    private readonly Func<IReadOnlyDictionary<uint, long>> _readTraffic;
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;

    /// <param name="readTraffic">Packets so far, by the instance's address.</param>
    /// <param name="clock">Time.</param>
    internal LinkLeases(Func<IReadOnlyDictionary<uint, long>> readTraffic, TimeProvider clock)
    {
        _readTraffic = readTraffic;
        _clock = clock;
        _timer = clock.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Pairs in use.</summary>
    internal int Count
    {
        get
        {
            lock (_lock)
                return _leases.Count;
        }
    }

    /// <summary>An asker was given an instance, which is begun on its behalf; it is ended here.</summary>
    internal void Begin(KnownInstance asker, KnownInstance asked)
    {
        bool isKept;
        lock (_lock)
        {
            isKept = _leases.Count < MaxLeases && _leases.TryAdd((asker, asked), new Lease(_clock.GetTimestamp()));
            if (!isKept && _leases.TryGetValue((asker, asked), out Lease? known))
                known.BusyAt = _clock.GetTimestamp();
            if (_leases.Count == 1 && isKept)
                _timer.Change(LookEvery, LookEvery);
        }
        if (!isKept)
            asked.Service.End(asked);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    /// <summary>Ends what has been quiet for long, and what has gone. With the last of them the looking ends too: an idle node does nothing.</summary>
    private void Look()
    {
        IReadOnlyDictionary<uint, long> traffic = _readTraffic();
        List<KnownInstance> over = [];
        lock (_lock)
        {
            foreach (((KnownInstance asker, KnownInstance asked), Lease lease) in _leases.ToList())
            {
                if (lease.IsOver(Packets(traffic, asked), _clock) || asked.Gone.IsCancellationRequested || asker.Gone.IsCancellationRequested)
                {
                    _leases.Remove((asker, asked));
                    over.Add(asked);
                }
            }
            if (_leases.Count == 0)
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
        foreach (KnownInstance instance in over)
            instance.Service.End(instance);
    }

    private static long Packets(IReadOnlyDictionary<uint, long> traffic, KnownInstance instance) =>
        traffic.GetValueOrDefault(LinkTraffic.Key(instance.Address.Address));

    private sealed class Lease(long now)
    {
        private long _packets = -1;

        internal long BusyAt { get; set; } = now;

        internal bool IsOver(long packets, TimeProvider clock)
        {
            if (packets != _packets)
                BusyAt = clock.GetTimestamp();
            _packets = packets;
            return clock.GetElapsedTime(BusyAt) >= QuietFor;
        }
    }
}
