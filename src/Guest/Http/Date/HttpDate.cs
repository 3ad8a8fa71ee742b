// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>Dates as HTTP writes them (RFC 9110, 5.6.7), as seconds since 1 January 1970, UTC.</summary>
public static class HttpDate
{
    /// <summary>Bytes of an IMF-fixdate: "Sun, 06 Nov 1994 08:49:37 GMT".</summary>
    public const int Length = 29;

    /// <summary>The last second that can be written: the end of the year 9999.</summary>
    public const long MaxValue = 253_402_300_799;

    private const int SecondsPerDay = 86_400;

    /// <summary>1 January 1970 was a Thursday: days since Sunday.</summary>
    private const int FirstWeekday = 4;

    private static ReadOnlySpan<byte> Weekdays => "SunMonTueWedThuFriSat"u8;

    private static ReadOnlySpan<byte> LongWeekdays => "Sunday   Monday   Tuesday  WednesdayThursday Friday   Saturday "u8;

    private static ReadOnlySpan<byte> Months => "JanFebMarAprMayJunJulAugSepOctNovDec"u8;

    /// <summary>Writes the IMF-fixdate of <paramref name="unixSeconds"/>, which is held to 0 … <see cref="MaxValue"/>.</summary>
    public static void Write(long unixSeconds, Span<byte> destination)
    {
        long seconds = Math.Min(Math.Max(unixSeconds, 0), MaxValue);
        int days = (int)(seconds / SecondsPerDay);
        int time = (int)(seconds - (long)days * SecondsPerDay);
        CivilDate date = CivilDate.FromDays(days);
        Weekdays.Slice((days + FirstWeekday) % 7 * 3, 3).CopyTo(destination);
        ", "u8.CopyTo(destination[3..]);
        WriteTwo(date.Day, destination[5..]);
        destination[7] = (byte)' ';
        Months.Slice((date.Month - 1) * 3, 3).CopyTo(destination[8..]);
        destination[11] = (byte)' ';
        WriteTwo(date.Year / 100, destination[12..]);
        WriteTwo(date.Year % 100, destination[14..]);
        destination[16] = (byte)' ';
        WriteTwo(time / 3600, destination[17..]);
        destination[19] = (byte)':';
        WriteTwo(time / 60 % 60, destination[20..]);
        destination[22] = (byte)':';
        WriteTwo(time % 60, destination[23..]);
        " GMT"u8.CopyTo(destination[25..]);
    }

    /// <summary>
    /// Reads a date in any of the three formats. A two-digit year that would lie more than 50 years after <paramref name="now"/> is of the century before,
    /// as RFC 9110 asks. The weekday must be one, but need not be the right one.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> text, long now, out long unixSeconds)
    {
        unixSeconds = 0;
        if (text.Length == Length && text[3] == ',') return TryReadFixdate(text, out unixSeconds);
        if (text.Length == 24 && text[3] == ' ') return TryReadAsctime(text, out unixSeconds);
        return TryReadRfc850(text, now, out unixSeconds);
    }

    /// <summary>"Sun, 06 Nov 1994 08:49:37 GMT".</summary>
    private static bool TryReadFixdate(ReadOnlySpan<byte> text, out long unixSeconds)
    {
        unixSeconds = 0;
        return Index(Weekdays, text[..3]) >= 0 && text[4] == ' ' && text[7] == ' ' && text[11] == ' ' && text[16] == ' ' &&
            text[25..].SequenceEqual(" GMT"u8) &&
            TryNumber(text.Slice(5, 2), out int day) && TryNumber(text.Slice(12, 4), out int year) &&
            TryCompose(year, Index(Months, text.Slice(8, 3)) + 1, day, text.Slice(17, 8), out unixSeconds);
    }

    /// <summary>"Sun Nov  6 08:49:37 1994".</summary>
    private static bool TryReadAsctime(ReadOnlySpan<byte> text, out long unixSeconds)
    {
        unixSeconds = 0;
        ReadOnlySpan<byte> dayText = text[8] == ' ' ? text.Slice(9, 1) : text.Slice(8, 2);
        return Index(Weekdays, text[..3]) >= 0 && text[7] == ' ' && text[10] == ' ' && text[19] == ' ' &&
            TryNumber(dayText, out int day) && TryNumber(text.Slice(20, 4), out int year) &&
            TryCompose(year, Index(Months, text.Slice(4, 3)) + 1, day, text.Slice(11, 8), out unixSeconds);
    }

    /// <summary>"Sunday, 06-Nov-94 08:49:37 GMT".</summary>
    private static bool TryReadRfc850(ReadOnlySpan<byte> text, long now, out long unixSeconds)
    {
        unixSeconds = 0;
        int comma = text.IndexOf((byte)',');
        if (comma < 6 || comma > 9 || text.Length != comma + 24 || !IsLongWeekday(text[..comma])) return false;
        ReadOnlySpan<byte> rest = text[(comma + 1)..];
        if (rest[0] != ' ' || rest[3] != '-' || rest[7] != '-' || rest[10] != ' ' || !rest[19..].SequenceEqual(" GMT"u8)) return false;
        if (!TryNumber(rest.Slice(1, 2), out int day) || !TryNumber(rest.Slice(8, 2), out int year)) return false;
        int thisYear = CivilDate.FromDays((int)(Math.Min(Math.Max(now, 0), MaxValue) / SecondsPerDay)).Year;
        year += thisYear / 100 * 100;
        if (year > thisYear + 50) year -= 100;
        return TryCompose(year, Index(Months, rest.Slice(4, 3)) + 1, day, rest.Slice(11, 8), out unixSeconds);
    }

    private static bool TryCompose(int year, int month, int day, ReadOnlySpan<byte> time, out long unixSeconds)
    {
        unixSeconds = 0;
        if (time[2] != ':' || time[5] != ':') return false;
        if (!TryNumber(time[..2], out int hour) || !TryNumber(time.Slice(3, 2), out int minute) || !TryNumber(time.Slice(6, 2), out int second)) return false;
        if (hour > 23 || minute > 59 || second > 60 || !CivilDate.TryCreate(year, month, day, out CivilDate date)) return false;
        unixSeconds = (long)date.ToDays() * SecondsPerDay + hour * 3600 + minute * 60 + second;
        return true;
    }

    private static bool IsLongWeekday(ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < LongWeekdays.Length; i += 9)
        {
            ReadOnlySpan<byte> day = LongWeekdays.Slice(i, 9);
            if (day.StartsWith(text) && (text.Length == 9 || day[text.Length] == ' ')) return true;
        }

        return false;
    }

    /// <summary>Which three-letter name of <paramref name="names"/> the text is; -1 if none.</summary>
    private static int Index(ReadOnlySpan<byte> names, ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < names.Length; i += 3)
        {
            if (names.Slice(i, 3).SequenceEqual(text)) return i / 3;
        }

        return -1;
    }

    private static bool TryNumber(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (!Ascii.IsDigit(text[i])) return false;
            value = value * 10 + (text[i] - '0');
        }

        return true;
    }

    private static void WriteTwo(int value, Span<byte> destination)
    {
        destination[0] = (byte)('0' + value / 10);
        destination[1] = (byte)('0' + value % 10);
    }
}
