// SPDX-License-Identifier: Apache-2.0

using System;
using System.Globalization;
using System.IO;

namespace Uaas.Bench.Clients;

/// <summary>What one run of wrk found.</summary>
/// <param name="Requests">Answers that came.</param>
/// <param name="Duration">In what time.</param>
/// <param name="Bytes">Of how many bytes.</param>
/// <param name="Errors">Connections, reads, writes, statuses and deadlines that went wrong.</param>
/// <param name="MedianMicroseconds">Half of the answers came within this.</param>
/// <param name="P99Microseconds">99 of 100 came within this.</param>
/// <param name="GreatestMicroseconds">All came within this.</param>
internal sealed record WrkResult(
    long Requests, TimeSpan Duration, long Bytes, long Errors, long MedianMicroseconds, long P99Microseconds, long GreatestMicroseconds)
{
    private const string Marker = "uaas-report ";
    private const int Numbers = 7;

    /// <summary>Answers per second.</summary>
    internal double RequestsPerSecond => Requests / Duration.TotalSeconds;

    /// <summary>Reads the line that report.lua makes wrk print.</summary>
    /// <exception cref="InvalidDataException">It is not there.</exception>
    internal static WrkResult Parse(string output)
    {
        int start = output.IndexOf(Marker, StringComparison.Ordinal);
        if (start < 0)
            throw new InvalidDataException($"wrk did not report: {output.Trim()}");
        string[] words = output[(start + Marker.Length)..].Split('\n')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length != Numbers)
            throw new InvalidDataException($"wrk reported {words.Length} numbers, not {Numbers}");
        long[] numbers = Array.ConvertAll(words, word => long.Parse(word, CultureInfo.InvariantCulture));
        return new WrkResult(numbers[0], TimeSpan.FromMicroseconds(numbers[1]), numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]);
    }
}
