// SPDX-License-Identifier: Apache-2.0

using System.Globalization;

namespace Uaas.Bench.Results;

/// <summary>A bar: a limit on our median, absolute or as a multiple of a peer's.</summary>
/// <param name="Limit">The limit.</param>
/// <param name="Peer">The peer that the limit is a multiple of; null for an absolute limit.</param>
internal sealed record Goal(double Limit, string? Peer = null)
{
    /// <summary>The bar in words.</summary>
    internal string Describe(Comparison comparison)
    {
        string sign = comparison.Better == Better.More ? "≥" : "≤";
        string limit = Limit.ToString("0.###", CultureInfo.InvariantCulture);
        return Peer is null ? $"{sign} {limit} {comparison.Unit}".TrimEnd() : $"{sign} {limit} × {Peer}";
    }

    /// <summary>Whether it is reached; null where it was not measured.</summary>
    internal bool? IsMet(Comparison comparison)
    {
        double? value = Peer is null ? comparison.Ours?.Summary.Median : comparison.RatioTo(Peer);
        return value is null ? null : comparison.Better == Better.More ? value >= Limit : value <= Limit;
    }
}
