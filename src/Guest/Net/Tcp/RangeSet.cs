// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Net.Tcp;

/// <summary>Stream offsets from <see cref="Start"/> up to but not including <see cref="End"/>.</summary>
internal struct OffsetRange
{
    public long Start;
    public long End;
}

/// <summary>
/// A bounded set of stream offsets as sorted, disjoint ranges: what the peer has beyond a hole (the scoreboard of RFC 6675), or what we have. Its storage is
/// borrowed from a pool while the set is not empty.
/// </summary>
internal struct RangeSet(RangePool pool)
{
    private readonly RangePool _pool = pool;
    private int _set = -1;

    /// <summary>How many ranges there are.</summary>
    public int Count { get; private set; }

    /// <summary>The range at <paramref name="index"/>, lowest first.</summary>
    public readonly OffsetRange this[int index] => Ranges[index];

    /// <summary>The offset after the highest range; 0 when there is none.</summary>
    public readonly long Highest => Count == 0 ? 0 : Ranges[Count - 1].End;

    private readonly Span<OffsetRange> Ranges => Count == 0 ? default : _pool.Ranges(_set);

    /// <summary>Forgets everything.</summary>
    public void Clear() => SetCount(0);

    /// <summary>Adds offsets; false when that would take one range too many, or all storage is lent.</summary>
    public bool Add(long start, long end)
    {
        if (_set < 0 && !_pool.TryTake(out _set)) return false;
        Span<OffsetRange> ranges = _pool.Ranges(_set);
        int from = 0;
        while (from < Count && ranges[from].End < start) from++;
        int to = from;
        while (to < Count && ranges[to].Start <= end)
        {
            start = Math.Min(start, ranges[to].Start);
            end = Math.Max(end, ranges[to].End);
            to++;
        }

        // Ranges [from, to) melt into one.
        if (from == to && Count == ranges.Length) return false;
        ranges[to..Count].CopyTo(ranges[(from + 1)..]);
        ranges[from] = new OffsetRange { Start = start, End = end };
        Count += 1 - (to - from);
        return true;
    }

    /// <summary>Forgets what lies below <paramref name="offset"/>.</summary>
    public void RemoveBelow(long offset)
    {
        if (Count == 0) return;
        Span<OffsetRange> ranges = Ranges;
        int gone = 0;
        while (gone < Count && ranges[gone].End <= offset) gone++;
        if (gone > 0)
        {
            ranges[gone..Count].CopyTo(ranges);
            SetCount(Count - gone);
        }

        if (Count > 0 && ranges[0].Start < offset) ranges[0].Start = offset;
    }

    /// <summary>How many offsets of [<paramref name="from"/>, <paramref name="to"/>) are in the set.</summary>
    public readonly long CountWithin(long from, long to)
    {
        Span<OffsetRange> ranges = Ranges;
        long count = 0;
        for (int i = 0; i < Count; i++) count += Math.Max(0, Math.Min(ranges[i].End, to) - Math.Max(ranges[i].Start, from));
        return count;
    }

    /// <summary>
    /// The first offset at or after <paramref name="from"/> that is not in the set, and where that hole ends (long.MaxValue when nothing follows).
    /// </summary>
    public readonly long NextHole(long from, out long end)
    {
        Span<OffsetRange> ranges = Ranges;
        end = long.MaxValue;
        for (int i = 0; i < Count; i++)
        {
            if (ranges[i].End <= from) continue;
            if (ranges[i].Start > from)
            {
                end = ranges[i].Start;
                break;
            }

            from = ranges[i].End;
        }

        return from;
    }

    private void SetCount(int count)
    {
        Count = count;
        if (count > 0 || _set < 0) return;
        _pool.Return(_set);
        _set = -1;
    }
}
