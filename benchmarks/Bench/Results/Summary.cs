// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;

namespace Uaas.Bench.Results;

/// <summary>What several rounds gave.</summary>
/// <param name="Median">The middle one: what noise on the machine moves least.</param>
/// <param name="Least">The smallest.</param>
/// <param name="P99">99 of 100 are not greater; the greatest, where there are fewer than 100.</param>
/// <param name="Greatest">The greatest.</param>
/// <param name="Count">How many there were.</param>
internal sealed record Summary(double Median, double Least, double P99, double Greatest, int Count)
{
    /// <summary>Summarises at least one sample.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    internal static Summary Of(IEnumerable<double> samples)
    {
        double[] sorted = [.. samples.Order()];
        if (sorted.Length == 0)
            throw new ArgumentException("nothing was measured", nameof(samples));
        return new Summary(Percentile(sorted, 50), sorted[0], Percentile(sorted, 99), sorted[^1], sorted.Length);
    }

    /// <summary>Nearest rank, except that the median of an even count lies between the two in the middle.</summary>
    internal static double Percentile(ReadOnlySpan<double> sorted, int percent)
    {
        int rank = (int)Math.Ceiling(sorted.Length * percent / 100.0);
        bool between = percent == 50 && sorted.Length % 2 == 0;
        return between ? (sorted[rank - 1] + sorted[rank]) / 2 : sorted[Math.Max(rank, 1) - 1];
    }
}
