// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Platform;

/// <summary>A monotonic clock made of the processor's time stamp counter and its frequency.</summary>
internal struct TimeStampClock
{
    // Nanoseconds of one tick, with 32 bits of fraction.
    private readonly ulong _nanosecondsPerTick;

    /// <param name="frequency">Ticks a second; at least 1 MHz, so that the factor fits.</param>
    internal TimeStampClock(ulong frequency) => _nanosecondsPerTick = (1_000_000_000ul << 32) / Math.Max(frequency, 1_000_000);

    /// <summary>Nanoseconds since the counter was zero.</summary>
    internal readonly long Now
    {
        get
        {
            ulong high = Math.BigMul(Processor.ReadTimeStampCounter(), _nanosecondsPerTick, out ulong low);
            return (long)(high << 32 | low >> 32);
        }
    }
}
