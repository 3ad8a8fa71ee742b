// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Media.Live;

/// <summary>
/// Turns a publisher's timestamps of 32 bits, which wrap, jump and begin anew with each publisher, into milliseconds that go on and on.
/// </summary>
public struct StreamClock
{
    /// <summary>Milliseconds between what was before a jump and what comes behind it.</summary>
    public const int Gap = 20;

    /// <summary>The largest step back that is taken for packets out of order, in milliseconds.</summary>
    public const int MaxBack = 2_000;

    /// <summary>The largest step forward that is taken for silence, in milliseconds.</summary>
    public const int MaxForward = 60_000;

    private long _position;
    private long _latest;
    private uint _raw;
    private bool _isBroken;
    private bool _isRunning;

    /// <summary>The next timestamp has nothing to do with those before: another publisher.</summary>
    public void Break() => _isBroken = _isRunning;

    /// <summary>Milliseconds since the stream began.</summary>
    /// <param name="raw">The publisher's timestamp.</param>
    public long Read(uint raw)
    {
        int step = (int)(raw - _raw);
        if (!_isRunning) _position = 0;
        else if (_isBroken || step is < -MaxBack or > MaxForward) _position = _latest + Gap;
        else _position = Math.Max(0, _position + step);
        _isRunning = true;
        _isBroken = false;
        _raw = raw;
        _latest = Math.Max(_latest, _position);
        return _position;
    }
}
