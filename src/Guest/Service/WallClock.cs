// SPDX-License-Identifier: Apache-2.0

using Uaas.Platform;

namespace Uaas.Service;

/// <summary>The time of day, asked of the machine now and then and counted on from there: asking costs a system call on some platforms.</summary>
public sealed class WallClock
{
    private const long Second = 1_000_000_000;
    private const long Refresh = 10 * Second;

    private long _offset;
    private long _nextRefresh = long.MinValue;

    /// <summary>Seconds since 1970 at <paramref name="now"/> of the monotonic clock.</summary>
    public long UnixSeconds(long now)
    {
        if (now >= _nextRefresh)
        {
            _offset = Machine.UtcNow - now;
            _nextRefresh = now + Refresh;
        }

        return (now + _offset) / Second;
    }
}
