// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Devices.Virtio;

/// <summary>A queue with one request at a time, for drivers whose calls complete before they return.</summary>
internal sealed class SynchronousQueue(VirtioTransport transport, int index, VirtQueue queue, CompletionWaiter waiter)
{
    // Looks at the used ring before going to sleep: a request served from the host's page cache is back sooner than a sleeper wakes.
    private const int SpinCount = 2_000;

    // Seconds of silence after which the device is given up.
    private const int SilenceMax = 30;

    private readonly VirtioTransport _transport = transport;
    private readonly int _index = index;
    private readonly VirtQueue _queue = queue;
    private readonly CompletionWaiter _waiter = waiter;

    /// <summary>
    /// Has the device do one request. False when the device broke the rules or fell silent, now or earlier: it is then reset and owns none of our memory.
    /// </summary>
    /// <param name="chain">The request's pieces, lent to the device for the call.</param>
    /// <param name="written">Bytes the device says it wrote.</param>
    public bool TryComplete(ReadOnlySpan<VirtBuffer> chain, out uint written)
    {
        written = 0;
        if (!_queue.TryAdd(chain, out _))
        {
            return false;
        }

        _queue.Publish();
        if (_queue.NeedsNotification())
        {
            _transport.Notify(_index);
        }

        if (WaitUntilReady() && _queue.TryTake(out _, out written))
        {
            return true;
        }

        _queue.Break();
        VirtioSetup.Fail(_transport, VirtioError.None);
        return false;
    }

    private bool WaitUntilReady()
    {
        for (int spin = 0; spin < SpinCount; spin++)
        {
            if (_queue.ReadyCount != 0)
            {
                return true;
            }
        }

        int silence = 0;
        while (_queue.ArmInterrupt() && silence < SilenceMax)
        {
            silence += _waiter.WaitForInterrupt() ? 0 : 1;
        }

        _queue.DisarmInterrupt();
        return silence < SilenceMax;
    }
}
