// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Threading;
using Uaas.Bench.Machine;

namespace Uaas.Bench.Clients.Video;

/// <summary>
/// Any number of viewers of one stream, cheap enough not to be what is measured: a few of them look at every picture as it comes, for delay and loss; of the others
/// the kernel throws away what they get, many a time, now and then.
/// </summary>
internal sealed class Audience : IDisposable
{
    private const int MaxLookers = 20;
    private const int Patience = 100;

    private static readonly TimeSpan Nap = TimeSpan.FromMilliseconds(50);

    private readonly List<VideoViewer> _viewers = [];
    private readonly EventSet _lookers = new();
    private readonly EventSet _others = new();
    private readonly List<Thread> _threads = [];
    private volatile bool _isOver;

    /// <summary>Seats so many viewers, in the calling thread's network namespace; those that look are spread among them.</summary>
    internal Audience(IPEndPoint server, PlayKind kind, int count, int processor)
    {
        _threads.Add(new Thread(() => Processors.Bound(processor, Look)) { IsBackground = true, Name = "lookers" });
        _threads.Add(new Thread(() => Processors.Bound(processor, Discard)) { IsBackground = true, Name = "viewers" });
        int every = Math.Max(1, count / MaxLookers);
        // The list does not move while the threads read it.
        _viewers.Capacity = count;
        foreach (Thread thread in _threads)
            thread.Start();
        for (int i = 0; i < count; i++)
        {
            bool looks = i % every == 0;
            var viewer = new VideoViewer(server, kind, looks);
            _viewers.Add(viewer);
            viewer.Begin();
            (looks ? _lookers : _others).Add(viewer.Descriptor, i);
        }
    }

    /// <summary>All viewers.</summary>
    internal IReadOnlyList<VideoViewer> Viewers => _viewers;

    /// <summary>Those that look at each picture.</summary>
    internal IEnumerable<VideoViewer> Lookers => _viewers.Where((_, i) => i % Math.Max(1, _viewers.Count / MaxLookers) == 0);

    /// <summary>Viewers whose connection has ended, and those that got a tenth less than most.</summary>
    internal int Dropped
    {
        get
        {
            long[] bytes = [.. _viewers.Select(viewer => viewer.Bytes).Order()];
            return _viewers.Count(viewer => viewer.IsOver || viewer.Bytes < bytes[bytes.Length / 2] * 9 / 10);
        }
    }

    /// <summary>Forgets what was counted so far.</summary>
    internal void Restart() => _viewers.ForEach(viewer => viewer.Restart());

    /// <inheritdoc/>
    public void Dispose()
    {
        _isOver = true;
        _threads.ForEach(thread => thread.Join());
        _viewers.ForEach(viewer => viewer.Dispose());
        _lookers.Dispose();
        _others.Dispose();
    }

    private object? Look()
    {
        while (!_isOver)
            _lookers.Wait(Patience, i => Take(_lookers, i));
        return null;
    }

    private object? Discard()
    {
        while (!_isOver)
        {
            _others.Wait(Patience, i => Take(_others, i));
            Thread.Sleep(Nap);
        }
        return null;
    }

    private void Take(EventSet set, int number)
    {
        VideoViewer viewer = _viewers[number];
        viewer.Take();
        if (viewer.IsOver)
            set.Remove(viewer.Descriptor);
    }
}
