// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http.Static;

/// <summary>What a Range field comes to.</summary>
internal enum RangeResult
{
    /// <summary>It is not understood, or asks for too much: all is sent.</summary>
    Ignored,

    /// <summary>There are ranges to send.</summary>
    Satisfiable,

    /// <summary>No range that it asks for is there: 416.</summary>
    Unsatisfiable,
}

/// <summary>A range of bytes, both ends included.</summary>
internal readonly struct ByteRange(long first, long last)
{
    /// <summary>Offset of the first byte.</summary>
    public long First { get; } = first;

    /// <summary>Offset of the last byte.</summary>
    public long Last { get; } = last;

    /// <summary>Bytes in it, at least 1.</summary>
    public long Length => Last - First + 1;
}

/// <summary>The ranges that one request asks for (RFC 9110, section 14).</summary>
internal sealed class ByteRanges
{
    /// <summary>Ranges of one request at most; a client that asks for more is given everything.</summary>
    public const int Capacity = 16;

    private readonly ByteRange[] _ranges = new ByteRange[Capacity];

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The ranges, in the order asked for.</summary>
    public ReadOnlySpan<ByteRange> Ranges => _ranges.AsSpan(0, Count);

    /// <summary>Reads the value of a Range field for a representation of <paramref name="length"/> bytes.</summary>
    public RangeResult Read(ReadOnlySpan<byte> value, long length)
    {
        Count = 0;
        int equals = value.IndexOf((byte)'=');
        if (equals < 0 || !Ascii.EqualsIgnoreCase(value.Slice(0, equals), "bytes"u8))
        {
            return RangeResult.Ignored;
        }

        ReadOnlySpan<byte> rest = value.Slice(equals + 1);
        bool any = false;
        long total = 0;
        while (rest.Length != 0)
        {
            int comma = rest.IndexOf((byte)',');
            ReadOnlySpan<byte> spec = Ascii.Trim(comma < 0 ? rest : rest.Slice(0, comma));
            rest = comma < 0 ? default : rest.Slice(comma + 1);
            if (spec.Length == 0)
            {
                continue;
            }

            if (!TryReadSpec(spec, length, out ByteRange range, out bool satisfiable) || (satisfiable && Count == Capacity))
            {
                return RangeResult.Ignored;
            }

            any = true;
            if (satisfiable)
            {
                _ranges[Count++] = range;
                total += range.Length;
            }
        }

        if (!any || total > length)
        {
            // Ranges that overlap so much that together they are longer than the whole are a waste, or an attack (RFC 9110, 14.2 and 17.15).
            return RangeResult.Ignored;
        }

        return Count == 0 ? RangeResult.Unsatisfiable : RangeResult.Satisfiable;
    }

    private static bool TryReadSpec(ReadOnlySpan<byte> spec, long length, out ByteRange range, out bool satisfiable)
    {
        range = default;
        satisfiable = false;
        int dash = spec.IndexOf((byte)'-');
        if (dash < 0)
        {
            return false;
        }

        ReadOnlySpan<byte> left = spec.Slice(0, dash);
        ReadOnlySpan<byte> right = spec.Slice(dash + 1);
        if (left.Length == 0)
        {
            // The last bytes; of an empty representation there are none to name.
            if (!Digits.TryRead(right, out long suffix) || length == 0)
            {
                return false;
            }

            satisfiable = suffix > 0;
            range = new ByteRange(length - Math.Min(suffix, length), length - 1);
            return true;
        }

        long last = long.MaxValue;
        if (!Digits.TryRead(left, out long first) || (right.Length != 0 && !Digits.TryRead(right, out last)) || last < first)
        {
            return false;
        }

        satisfiable = first < length;
        range = new ByteRange(first, Math.Min(last, length - 1));
        return true;
    }
}
