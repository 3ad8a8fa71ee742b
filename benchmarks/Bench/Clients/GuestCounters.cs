// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Net;
using System.Text;

namespace Uaas.Bench.Clients;

/// <summary>What an instance counts itself: its metrics, in the text form of Prometheus.</summary>
internal static class GuestCounters
{
    private const int ManagementPort = 9090;

    /// <summary>Reads them, in the calling thread's network namespace.</summary>
    internal static IReadOnlyDictionary<string, double> Read(IPAddress instance) =>
        Parse(Encoding.UTF8.GetString(PlainFetch.Get(new IPEndPoint(instance, ManagementPort), "/metrics")));

    /// <summary>Values by name; labels are part of the name.</summary>
    internal static IReadOnlyDictionary<string, double> Parse(string text)
    {
        var counters = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int space = line.LastIndexOf(' ');
            if (line[0] != '#' && space > 0 && double.TryParse(line[(space + 1)..], CultureInfo.InvariantCulture, out double value))
                counters[line[..space]] = value;
        }
        return counters;
    }
}
