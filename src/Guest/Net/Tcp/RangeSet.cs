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
/// A bounded set of stream offsets as sorted, disjoint ranges: what the peer has beyond a hole (the scoreboard of RFC 6675), or what we have. Its storage is a
/// piece of a table that many connections share, so that a set that is never used touches no memory.
/// </summary>
internal struct RangeSet(OffsetRange[] table, int first, int capacity)
{
    private readonly OffsetRange[] _table = table;
    private readonly int _first = first;
    private readonly int _capacity = capacity;

    /// <summary>How many ranges there are.</summary>
    public int Count { get; private set; }

    /// <summary>The range at <paramref name="index"/>, lowest first.</summary>
    public readonly OffsetRange this[int index] => Ranges[index];

    /// <summary>The offset after the highest range; 0 when there is none.</summary>
    public readonly long Highest => Count == 0 ? 0 : Ranges[Count - 1].End;

    private readonly Span<OffsetRange> Ranges => _table.AsSpan(_first, _capacity);

    /// <summary>Forgets everything.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds offsets; false when that would take one range too many.</summary>
    public bool Add(long start, long end)
    {
        Span<OffsetRange> ranges = Ranges;
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
        if (from == to)
        {
            if (Count == _capacity) return false;
            ranges[from..Count].CopyTo(ranges[(from + 1)..]);
            Count++;
        }
        else
        {
            ranges[to..Count].CopyTo(ranges[(from + 1)..]);
            Count -= to - from - 1;
        }

        ranges[from] = new OffsetRange { Start = start, End = end };
        return true;
    }

    /// <summary>Forgets what lies below <paramref name="offset"/>.</summary>
    public void RemoveBelow(long offset)
    {
        Span<OffsetRange> ranges = Ranges;
        int gone = 0;
        while (gone < Count && ranges[gone].End <= offset) gone++;
        if (gone > 0)
        {
            ranges[gone..Count].CopyTo(ranges);
            Count -= gone;
        }

        if (Count > 0 && ranges[0].Start < offset) ranges[0].Start = offset;
    }

    /// <summary>How many offsets of [<paramref name="from"/>, <paramref name="to"/>) are in the set.</summary>
    public readonly long CountWithin(long from, long to)
    {
        long count = 0;
        for (int i = 0; i < Count; i++)
        {
            OffsetRange range = Ranges[i];
            count += Math.Max(0, Math.Min(range.End, to) - Math.Max(range.Start, from));
        }

        return count;
    }

    /// <summary>The first offset at or after <paramref name="from"/> that is not in the set, and where that hole ends (long.MaxValue when nothing follows).</summary>
    public readonly long NextHole(long from, out long end)
    {
        end = long.MaxValue;
        for (int i = 0; i < Count; i++)
        {
            OffsetRange range = Ranges[i];
            if (range.End <= from) continue;
            if (range.Start > from)
            {
                end = range.Start;
                break;
            }

            from = range.End;
        }

        return from;
    }
}
