// SPDX-License-Identifier: Apache-2.0

using System;
using System.Threading;

namespace Uaas.Front.Health;

/// <summary>How instances of a service are asked whether they are well.</summary>
/// <param name="Path">What they are asked for; a status below 500 is well.</param>
/// <param name="Every">How often.</param>
/// <param name="Failures">So many failures in a row are too many.</param>
internal sealed record HealthCheck(string Path, TimeSpan Every, int Failures);

/// <summary>What came of asking an instance.</summary>
internal sealed class ProbeState
{
    private long _next;
    private int _isAsked;
    private int _failures;

    /// <summary>Whether it is to be asked now. Who hears so asks it, and calls <see cref="End"/>.</summary>
    internal bool IsDue(TimeSpan every)
    {
        long now = Environment.TickCount64;
        if (now < Volatile.Read(ref _next) || Interlocked.Exchange(ref _isAsked, 1) == 1)
            return false;
        Volatile.Write(ref _next, now + (long)every.TotalMilliseconds);
        return true;
    }

    /// <summary>It has been asked.</summary>
    internal void End() => Volatile.Write(ref _isAsked, 0);

    /// <summary>It is well; whether it was not, the last time.</summary>
    internal bool Succeed() => Interlocked.Exchange(ref _failures, 0) > 0;

    /// <summary>It is not well; how often in a row.</summary>
    internal int Fail() => Interlocked.Increment(ref _failures);
}
