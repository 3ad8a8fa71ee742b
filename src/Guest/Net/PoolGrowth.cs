// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Net;

/// <summary>
/// How pools grow whose objects are made when first needed and kept for good: by a quarter at a time. So memory is taken while ever more clients come, and a
/// number of them that goes up and down a little takes none.
/// </summary>
public static class PoolGrowth
{
    private const int Part = 4;

    /// <summary>How many objects there are to be, once <paramref name="made"/> are not enough.</summary>
    /// <param name="made">Objects that there are.</param>
    /// <param name="bound">Objects at most.</param>
    public static int Next(int made, int bound) => Math.Min(bound, made + Math.Max(1, made / Part));
}
