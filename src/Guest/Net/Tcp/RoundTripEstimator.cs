// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Net.Tcp;

/// <summary>Smoothed round-trip time and the retransmission timeout that follows from it (RFC 6298). Times in nanoseconds.</summary>
internal struct RoundTripEstimator
{
    private const long InitialTimeout = Nanoseconds.PerSecond;
    private const long MaximumTimeout = 60 * Nanoseconds.PerSecond;
    private const long ClockGranularity = Nanoseconds.PerMillisecond;
    private const int MaxBackoff = 10;

    private readonly long _minimum;
    private long _smoothed;
    private long _variation;
    private long _timeout;
    private int _backoff;

    public RoundTripEstimator(long minimumTimeout)
    {
        _minimum = minimumTimeout;
        _timeout = InitialTimeout;
    }

    /// <summary>Smoothed round-trip time; 0 before the first measurement.</summary>
    public readonly long Smoothed => _smoothed;

    /// <summary>The timeout for a segment sent now.</summary>
    public readonly long Timeout => Math.Min(_timeout << _backoff, MaximumTimeout);

    /// <summary>Takes a measurement of a segment that was sent just once (Karn).</summary>
    public void Measure(long roundTrip)
    {
        if (_smoothed == 0)
        {
            _smoothed = Math.Max(roundTrip, 1);
            _variation = roundTrip / 2;
        }
        else
        {
            _variation += (Math.Abs(_smoothed - roundTrip) - _variation) / 4;
            _smoothed = Math.Max(_smoothed + (roundTrip - _smoothed) / 8, 1);
        }

        _timeout = Math.Max(_smoothed + Math.Max(ClockGranularity, 4 * _variation), _minimum);
    }

    /// <summary>Doubles the timeout: a segment was not acknowledged in time.</summary>
    public void BackOff() => _backoff = Math.Min(_backoff + 1, MaxBackoff);

    /// <summary>Ends doubling: the peer is heard again.</summary>
    public void EndBackOff() => _backoff = 0;
}
