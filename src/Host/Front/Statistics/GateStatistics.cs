// SPDX-License-Identifier: Apache-2.0

using System;
using System.Threading;
using Uaas.Protocol.Front;

namespace Uaas.Front.Statistics;

/// <summary>Counts what becomes of a service's requests. To count one takes three additions and no lock.</summary>
internal sealed class GateStatistics
{
    private readonly long[] _buckets = new long[RequestStatistics.Bounds.Count + 1];
    private readonly long[] _codes = new long[RequestStatistics.CodeClasses];
    private long _sumMicroseconds;
    private int _isChanged;

    /// <summary>A request is over.</summary>
    internal void Add(TimeSpan took, int status)
    {
        Interlocked.Increment(ref _buckets[RequestStatistics.BucketOf(took)]);
        Interlocked.Increment(ref _codes[Math.Clamp(status / 100, 1, _codes.Length) - 1]);
        Interlocked.Add(ref _sumMicroseconds, (long)took.TotalMicroseconds);
        Volatile.Write(ref _isChanged, 1);
    }

    /// <summary>All that was counted; null where nothing has been since this was last asked for.</summary>
    internal RequestStatistics? TakeChange() =>
        Interlocked.Exchange(ref _isChanged, 0) == 0 ? null : new RequestStatistics([.. _buckets], Interlocked.Read(ref _sumMicroseconds), [.. _codes]);
}
