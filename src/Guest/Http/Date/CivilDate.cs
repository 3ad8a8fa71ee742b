// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Http;

/// <summary>A day of the Gregorian calendar. Only <see cref="TryCreate"/> and <see cref="FromDays"/> make one, so it is always a day that exists.</summary>
public readonly struct CivilDate
{
    private const int DaysPerEra = 146_097;

    /// <summary>Days from 1 March of the year 0 to 1 January 1970.</summary>
    private const int EpochDays = 719_468;

    private CivilDate(int year, int month, int day)
    {
        Year = year;
        Month = month;
        Day = day;
    }

    /// <summary>The year, 0 to 9999.</summary>
    public int Year { get; }

    /// <summary>The month, 1 to 12.</summary>
    public int Month { get; }

    /// <summary>The day of the month, from 1.</summary>
    public int Day { get; }

    /// <summary>The day of the given numbers, if there is one.</summary>
    public static bool TryCreate(int year, int month, int day, out CivilDate date)
    {
        bool exists = year is >= 0 and <= 9999 && month is >= 1 and <= 12 && day >= 1 && day <= DaysIn(year, month);
        date = exists ? new CivilDate(year, month, day) : new CivilDate(1970, 1, 1);
        return exists;
    }

    /// <summary>
    /// The day that lies <paramref name="days"/> after 1 January 1970. Counting starts on 1 March, so that the leap day ends a year, and goes by eras of
    /// 400 years, after which the calendar repeats itself.
    /// </summary>
    public static CivilDate FromDays(int days)
    {
        int shifted = days + EpochDays;
        int era = shifted / DaysPerEra;
        int dayOfEra = shifted - era * DaysPerEra;
        int yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        int dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        int monthFromMarch = (5 * dayOfYear + 2) / 153;
        int day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1;
        int month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
        int year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0);
        return new CivilDate(year, month, day);
    }

    /// <summary>Days from 1 January 1970 to this one; negative before it.</summary>
    public int ToDays()
    {
        int year = Month <= 2 ? Year - 1 : Year;
        int monthFromMarch = Month > 2 ? Month - 3 : Month + 9;
        int dayOfYear = (153 * monthFromMarch + 2) / 5 + Day - 1;
        // The year 0 begins in the era before the first: division must round down.
        int era = (year + 400) / 400 - 1;
        int yearOfEra = year - era * 400;
        int dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
        return era * DaysPerEra + dayOfEra - EpochDays;
    }

    private static int DaysIn(int year, int month)
    {
        if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
        return month is 4 or 6 or 9 or 11 ? 30 : 31;
    }
}
