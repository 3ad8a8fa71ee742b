// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>The time as the server sees it. The service's main loop sets it before it lets the network run.</summary>
public sealed class HttpClock
{
    private readonly byte[] _dateLine = new byte[DateLinePrefixLength + HttpDate.Length + 2];
    private long _unixSeconds = -1;

    private const int DateLinePrefixLength = 6;

    /// <summary>Starts the clock at 1 January 1970.</summary>
    public HttpClock()
    {
        "Date: "u8.CopyTo(_dateLine);
        "\r\n"u8.CopyTo(_dateLine.AsSpan(DateLinePrefixLength + HttpDate.Length));
        Set(0, 0);
    }

    /// <summary>Nanoseconds of the monotonic clock.</summary>
    public long Now { get; private set; }

    /// <summary>Seconds of the wall clock since 1 January 1970, UTC.</summary>
    public long UnixSeconds => _unixSeconds;

    /// <summary>The field line "Date: …" of this second, with its CRLF.</summary>
    public ReadOnlySpan<byte> DateLine => _dateLine;

    /// <summary>The time of this second as an IMF-fixdate.</summary>
    public ReadOnlySpan<byte> Date => _dateLine.AsSpan(DateLinePrefixLength, HttpDate.Length);

    /// <summary>Sets both times. Costs next to nothing within one second.</summary>
    /// <param name="now">Nanoseconds of the monotonic clock.</param>
    /// <param name="unixSeconds">Seconds since 1 January 1970, UTC; from 0 to the end of the year 9999.</param>
    public void Set(long now, long unixSeconds)
    {
        Now = now;
        if (unixSeconds == _unixSeconds) return;
        _unixSeconds = unixSeconds;
        HttpDate.Write(unixSeconds, _dateLine.AsSpan(DateLinePrefixLength, HttpDate.Length));
    }
}
