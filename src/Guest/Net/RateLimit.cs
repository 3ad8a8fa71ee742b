// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Net;

/// <summary>At most so many events in each second; the rest are refused.</summary>
internal struct RateLimit(int perSecond)
{
    private readonly int _perSecond = perSecond;
    private long _secondEnds;
    private int _left;

    /// <summary>Takes one event if there is room for it.</summary>
    public bool TryTake(long now)
    {
        if (now >= _secondEnds)
        {
            _secondEnds = now + Nanoseconds.PerSecond;
            _left = _perSecond;
        }

        if (_left == 0) return false;
        _left--;
        return true;
    }
}
