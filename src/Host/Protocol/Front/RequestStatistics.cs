// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;

namespace Uaas.Protocol.Front;

/// <summary>What became of a service's requests, counted since the front began: how long they took, and how they were answered.</summary>
/// <param name="Buckets">How many took no longer than each of <see cref="Bounds"/> but longer than the one before; the last: longer than all.</param>
/// <param name="SumMicroseconds">How long all took together.</param>
/// <param name="Codes">How many were answered with a status of 1xx, 2xx, 3xx, 4xx, 5xx.</param>
public sealed record RequestStatistics(IReadOnlyList<long> Buckets, long SumMicroseconds, IReadOnlyList<long> Codes)
{
    /// <summary>Classes of statuses.</summary>
    public const int CodeClasses = 5;

    private static readonly double[] Limits = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    /// <summary>The bounds of the buckets, in seconds.</summary>
    public static IReadOnlyList<double> Bounds => Limits;

    /// <summary>Nothing so far.</summary>
    public static RequestStatistics None { get; } = new(new long[Limits.Length + 1], 0, new long[CodeClasses]);

    /// <summary>The bucket of a time.</summary>
    public static int BucketOf(TimeSpan time)
    {
        double seconds = time.TotalSeconds;
        int bucket = 0;
        while (bucket < Limits.Length && seconds > Limits[bucket])
            bucket++;
        return bucket;
    }

    /// <summary>Reads what a STATS line says.</summary>
    /// <exception cref="FormatException">It says something else.</exception>
    public static RequestStatistics Read(FrontLine line) => new(Numbers(line, "seconds", Limits.Length + 1), line.Number("sum_us"), Numbers(line, "codes", CodeClasses));

    /// <summary>These and others together.</summary>
    public RequestStatistics Plus(RequestStatistics other) => Combine(other, 1);

    /// <summary>What has come since former ones of the same front; all where that has begun anew.</summary>
    public RequestStatistics Since(RequestStatistics former)
    {
        RequestStatistics difference = Combine(former, -1);
        foreach (long count in difference.Buckets)
        {
            if (count < 0)
                return this;
        }
        return difference;
    }

    private RequestStatistics Combine(RequestStatistics other, int sign)
    {
        long[] buckets = new long[Limits.Length + 1], codes = new long[CodeClasses];
        for (int i = 0; i < buckets.Length; i++)
            buckets[i] = Buckets[i] + sign * other.Buckets[i];
        for (int i = 0; i < codes.Length; i++)
            codes[i] = Codes[i] + sign * other.Codes[i];
        return new RequestStatistics(buckets, SumMicroseconds + sign * other.SumMicroseconds, codes);
    }

    private static long[] Numbers(FrontLine line, string key, int count)
    {
        string[] words = line.Text(key).Split(',');
        if (words.Length != count)
            throw new FormatException($"STATS: {key} has {words.Length} numbers, not {count}");
        long[] numbers = new long[count];
        for (int i = 0; i < count; i++)
        {
            if (!long.TryParse(words[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
                throw new FormatException($"STATS: '{words[i]}' is no number");
        }
        return numbers;
    }
}
