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
        return match.Success ? TimeSpan.FromMilliseconds(double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)) : null;
    }

    [GeneratedRegex(@"\bready .*\bboot_ms=(\d+(?:\.\d+)?)")]
    private static partial Regex Pattern();
}
