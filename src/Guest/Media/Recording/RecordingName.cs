// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;
using Uaas.Http;
using Uaas.Media.Live;

namespace Uaas.Media.Recording;

/// <summary>What a recording is called: the stream, and when it began, in UTC: <c>film-20261128T091500Z.flv</c>.</summary>
internal static class RecordingName
{
    /// <summary>Bytes of a name at most.</summary>
    internal const int MaxLength = LiveStream.MaxName + TailLength;

    private const int TailLength = 21;
    private const int SecondsPerDay = 86_400;

    // What stands between the digits of a tail.
    private static ReadOnlySpan<byte> Tail => "-00000000T000000Z.flv"u8;

    /// <summary>Writes the name of a recording.</summary>
    internal static void Write(ref LineBuilder text, ReadOnlySpan<byte> stream, long start)
    {
        var date = CivilDate.FromDays((int)(start / SecondsPerDay));
        int second = (int)(start % SecondsPerDay);
        text.Append(stream);
        text.Append("-"u8);
        AppendDate(ref text, date.Year, date.Month, date.Day, default);
        text.Append("T"u8);
        AppendDigits(ref text, second / 3600, 2);
        AppendDigits(ref text, second / 60 % 60, 2);
        AppendDigits(ref text, second % 60, 2);
        text.Append("Z.flv"u8);
    }

    /// <summary>Writes a time as in ISO 8601.</summary>
    internal static void WriteTime(ref LineBuilder text, long start)
    {
        var date = CivilDate.FromDays((int)(start / SecondsPerDay));
        int second = (int)(start % SecondsPerDay);
        AppendDate(ref text, date.Year, date.Month, date.Day, "-"u8);
        text.Append("T"u8);
        AppendDigits(ref text, second / 3600, 2);
        text.Append(":"u8);
        AppendDigits(ref text, second / 60 % 60, 2);
        text.Append(":"u8);
        AppendDigits(ref text, second % 60, 2);
        text.Append("Z"u8);
    }

    /// <summary>Reads a name; false where it is none.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> stream, out long start)
    {
        stream = default;
        start = 0;
        if (name.Length <= TailLength) return false;
        ReadOnlySpan<byte> tail = name[^TailLength..];
        for (int i = 0; i < TailLength; i++)
        {
            bool isDigit = tail[i] is >= (byte)'0' and <= (byte)'9';
            if (Tail[i] == '0' ? !isDigit : tail[i] != Tail[i]) return false;
        }

        int hour = Number(tail.Slice(10, 2));
        int minute = Number(tail.Slice(12, 2));
        int second = Number(tail.Slice(14, 2));
        if (hour > 23 || minute > 59 || second > 59 || !CivilDate.TryCreate(Number(tail.Slice(1, 4)), Number(tail.Slice(5, 2)), Number(tail.Slice(7, 2)), out CivilDate date)) return false;
        start = (long)date.ToDays() * SecondsPerDay + hour * 3600 + minute * 60 + second;
        stream = name[..^TailLength];
        return start >= 0 && StreamTable.IsName(stream);
    }

    private static void AppendDate(ref LineBuilder text, int year, int month, int day, ReadOnlySpan<byte> between)
    {
        AppendDigits(ref text, year, 4);
        text.Append(between);
        AppendDigits(ref text, month, 2);
        text.Append(between);
        AppendDigits(ref text, day, 2);
    }

    private static void AppendDigits(ref LineBuilder text, int value, int count)
    {
        Span<byte> digits = stackalloc byte[4];
        for (int i = count - 1; i >= 0; i--)
        {
            digits[i] = (byte)('0' + value % 10);
            value /= 10;
        }

        text.Append(digits[..count]);
    }

    private static int Number(ReadOnlySpan<byte> digits)
    {
        int value = 0;
        for (int i = 0; i < digits.Length; i++) value = value * 10 + digits[i] - '0';
        return value;
    }
}
