// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace Uaas.Master.Control;

/// <summary>How long requests waited for an instance that was started for them, from the request to the first byte of the answer. In Prometheus's form: each bucket counts what is at most its bound.</summary>
public sealed class WakeHistogram
{
    private static readonly double[] Limits = [0.001, 0.0015, 0.002, 0.0025, 0.003, 0.004, 0.005, 0.0075, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5];

    private readonly Lock _lock = new();
    private readonly long[] _counts = new long[Limits.Length];
    private long _count;
    private double _sum;

    /// <summary>The bounds of the buckets, in seconds.</summary>
    public static IReadOnlyList<double> Bounds => Limits;

    /// <summary>Adds a wait.</summary>
    public void Add(double seconds)
    {
        lock (_lock)
        {
            _count++;
            _sum += seconds;
            for (int i = 0; i < Limits.Length; i++)
            {
                if (seconds <= Limits[i])
                    _counts[i]++;
            }
        }
    }

    /// <summary>The counts of the buckets, how many there were in all, and their sum in seconds.</summary>
    public (IReadOnlyList<long> Buckets, long Count, double Sum) Read()
    {
        lock (_lock)
            return (_counts.ToArray(), _count, _sum);
    }
}
