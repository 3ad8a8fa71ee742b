// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>A part of a representation: from <paramref name="start"/> on, <paramref name="length"/> bytes, at least one, all of them there.</summary>
public readonly struct ByteRange(long start, long length)
{
    /// <summary>Offset of its first byte.</summary>
    public long Start { get; } = start;

    /// <summary>Bytes it has.</summary>
    public long Length { get; } = length;

    /// <summary>Offset of its last byte, as Content-Range writes it.</summary>
    public long Last => Start + Length - 1;
}

/// <summary>What a Range field comes to.</summary>
public enum ByteRangeResult : byte
{
    /// <summary>It is to be ignored: another unit, broken grammar, or more ranges than anyone has a reason for. The answer is the whole with 200.</summary>
    Ignored,

    /// <summary>There is at least one range that can be satisfied: 206.</summary>
    Satisfiable,

    /// <summary>No range can be satisfied: 416.</summary>
    Unsatisfiable,
}

/// <summary>Range requests (RFC 9110, 14).</summary>
public static class ByteRanges
{
    /// <summary>
    /// Reads a Range field for a representation of <paramref name="length"/> bytes. Ranges that cannot be satisfied are left out; more satisfiable ones than
    /// <paramref name="ranges"/> has room for, or ranges that together hold more bytes than the whole does, make the field ignored, for that is an attack (RFC 9110, 14.2).
    /// </summary>
    public static ByteRangeResult Read(ReadOnlySpan<byte> value, long length, Span<ByteRange> ranges, out int count)
    {
        count = 0;
        if (value.Length < 6 || !Ascii.EqualsIgnoreCase(value[..6], "bytes="u8)) return ByteRangeResult.Ignored;
        ListReader list = new(value[6..]);
        bool any = false;
        long total = 0;
        while (list.TryNext(out ReadOnlySpan<byte> text))
        {
            any = true;
            if (!TryReadOne(text, length, out ByteRange range)) return ByteRangeResult.Ignored;
            if (range.Length == 0) continue;
            if (count == ranges.Length) return ByteRangeResult.Ignored;
            ranges[count++] = range;
            total += range.Length;
            if (count > 1 && total > length) return ByteRangeResult.Ignored;
        }

        if (!any) return ByteRangeResult.Ignored;
        return count > 0 ? ByteRangeResult.Satisfiable : ByteRangeResult.Unsatisfiable;
    }

    /// <summary>Reads "0-499", "500-" or "-500". A range that cannot be satisfied has length 0.</summary>
    private static bool TryReadOne(ReadOnlySpan<byte> text, long length, out ByteRange range)
    {
        range = default;
        int dash = text.IndexOf((byte)'-');
        if (dash < 0) return false;
        ReadOnlySpan<byte> lastText = text[(dash + 1)..];
        if (dash == 0)
        {
            if (!Digits.TryRead(lastText, out long suffix)) return false;
            long taken = Math.Min(suffix, length);
            range = new ByteRange(length - taken, taken);
            return true;
        }

        long last = long.MaxValue;
        if (!Digits.TryRead(text[..dash], out long first)) return false;
        if (lastText.Length > 0 && (!Digits.TryRead(lastText, out last) || last < first)) return false;
        if (first < length) range = new ByteRange(first, Math.Min(last, length - 1) - first + 1);
        return true;
    }
}
