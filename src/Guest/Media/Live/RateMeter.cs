// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Media.Live;

/// <summary>The rate of a counter: its growth from one time of measuring to another at least <see cref="Interval"/> later, divided by the time between.</summary>
public struct RateMeter
{
    /// <summary>Nanoseconds over which a rate is taken at least.</summary>
    public const long Interval = 2L * 1_000_000_000;

    private const long Second = 1_000_000_000;

    private long _since;
    private long _total;
    private bool _isRunning;

    /// <summary>The rate over the last interval; 0 until one has passed.</summary>
    public long PerSecond { get; private set; }

    /// <summary>Tells the counter's value at a time in nanoseconds.</summary>
    public void Measure(long now, long total)
    {
        if (!_isRunning)
        {
            _isRunning = true;
            (_since, _total) = (now, total);
            return;
        }

        long elapsed = now - _since;
        if (elapsed < Interval) return;
        // Milliseconds, so that gigabytes a second do not overflow.
        PerSecond = (total - _total) * 1000 / (elapsed / (Second / 1000));
        (_since, _total) = (now, total);
    }
}
