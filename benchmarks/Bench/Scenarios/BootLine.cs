// SPDX-License-Identifier: Apache-2.0

using System;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Uaas.Bench.Scenarios;

/// <summary>The line in which a service says how long it took from its first instruction to ready.</summary>
internal static partial class BootLine
{
    /// <summary>That time; null where no line tells it.</summary>
    internal static TimeSpan? Parse(string log)
    {
        Match match = Pattern().Match(log);
        return match.Success ? TimeSpan.FromMicroseconds(double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)) : null;
    }

    [GeneratedRegex(@"ready.*?\b(\d+(?:\.\d+)?) (?:us|µs)\b")]
    private static partial Regex Pattern();
}
