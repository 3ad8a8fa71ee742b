// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Net;

/// <summary>Time is a <see langword="long"/> of nanoseconds of a monotonic clock; these make such numbers readable.</summary>
public static class Nanoseconds
{
    /// <summary>Nanoseconds in a microsecond.</summary>
    public const long PerMicrosecond = 1_000;

    /// <summary>Nanoseconds in a millisecond.</summary>
    public const long PerMillisecond = 1_000_000;

    /// <summary>Nanoseconds in a second.</summary>
    public const long PerSecond = 1_000_000_000;

    /// <summary>A deadline that never comes.</summary>
    public const long Never = long.MaxValue;
}
