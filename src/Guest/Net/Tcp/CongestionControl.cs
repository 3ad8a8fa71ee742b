// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Net.Tcp;

/// <summary>How much may be under way: slow start and congestion avoidance of RFC 5681 with NewReno's response to loss, counting bytes (RFC 3465).</summary>
internal struct CongestionControl
{
    private const int InitialSegments = 10;
    private const int LeastThresholdSegments = 2;
    private const long MaximumWindow = 1 << 30;

    private long _acknowledgedSinceGrowth;

    /// <summary>The congestion window in bytes.</summary>
    public long Window { get; private set; }

    /// <summary>The slow start threshold in bytes.</summary>
    public long Threshold { get; private set; }

    /// <summary>Begins anew: ten segments (RFC 6928).</summary>
    public void Reset(int segmentSize)
    {
        Window = (long)InitialSegments * segmentSize;
        Threshold = MaximumWindow;
        _acknowledgedSinceGrowth = 0;
    }

    /// <summary>New data was acknowledged while the window was what held the sender back.</summary>
    public void Acknowledged(long bytes, int segmentSize)
    {
        if (Window < Threshold)
        {
            Window = Math.Min(Window + bytes, MaximumWindow);
            return;
        }

        _acknowledgedSinceGrowth += bytes;
        if (_acknowledgedSinceGrowth < Window) return;
        _acknowledgedSinceGrowth -= Window;
        Window = Math.Min(Window + segmentSize, MaximumWindow);
    }

    /// <summary>Loss was found while data kept flowing (RFC 5681, equation 4).</summary>
    public void Lost(long inFlight, int segmentSize)
    {
        Threshold = Math.Max(inFlight / 2, (long)LeastThresholdSegments * segmentSize);
        Window = Threshold;
        _acknowledgedSinceGrowth = 0;
    }

    /// <summary>Recovery from loss is complete: no burst of what the window has room for by now (RFC 6582, 3.2, step 3).</summary>
    public void Recovered(long inFlight, int segmentSize) => Window = Math.Min(Threshold, Math.Max(inFlight, segmentSize) + segmentSize);

    /// <summary>A retransmission timeout: begin with one segment. The threshold is set by the first of a row only (RFC 5681, 3.1).</summary>
    public void TimedOut(long inFlight, int segmentSize, bool first)
    {
        if (first) Threshold = Math.Max(inFlight / 2, (long)LeastThresholdSegments * segmentSize);
        Window = segmentSize;
        _acknowledgedSinceGrowth = 0;
    }

    /// <summary>Nothing was sent for longer than a timeout: what was learnt about the path is old (RFC 5681, 4.1).</summary>
    public void RestartAfterIdle(int segmentSize) => Window = Math.Min(Window, (long)InitialSegments * segmentSize);
}
