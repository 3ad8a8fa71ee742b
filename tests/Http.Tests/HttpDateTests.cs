// SPDX-License-Identifier: Apache-2.0

using System;
using System.Globalization;
using System.Text;

namespace Uaas.Http.Tests;

/// <summary>Dates, with .NET's own calendar as the oracle.</summary>
public class HttpDateTests
{
    private const long Now = 1_790_000_000; // September 2026

    [Fact]
    public void Writing_agrees_with_dotnet_and_reading_undoes_it()
    {
        Random random = new(1);
        byte[] text = new byte[HttpDate.Length];
        for (int i = 0; i < 20_000; i++)
        {
            long seconds = i switch { 0 => 0, 1 => HttpDate.MaxValue, _ => random.NextInt64(HttpDate.MaxValue) };
            HttpDate.Write(seconds, text);
            Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("R", CultureInfo.InvariantCulture), Encoding.ASCII.GetString(text));
            Assert.True(HttpDate.TryRead(text, Now, out long read));
            Assert.Equal(seconds, read);
        }
    }

    [Theory]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT", 784111777)]
    [InlineData("Sunday, 06-Nov-94 08:49:37 GMT", 784111777)]
    [InlineData("Sun Nov  6 08:49:37 1994", 784111777)]
    [InlineData("Wed Nov 16 08:49:37 1994", 784975777)]
    [InlineData("Thu, 29 Feb 2024 23:59:60 GMT", 1709251200)]
    [InlineData("Thu, 01 Jan 1970 00:00:00 GMT", 0)]
    [InlineData("Wed, 31 Dec 1969 23:59:59 GMT", -1)]
    [InlineData("Sat, 01 Jan 0000 00:00:00 GMT", -62167219200)]
    [InlineData("Wednesday, 09-Nov-76 00:00:00 GMT", 3372105600)]
    [InlineData("Tuesday, 09-Nov-77 00:00:00 GMT", 247881600)]
    public void Good_dates_are_read(string text, long expected)
    {
        Assert.True(HttpDate.TryRead(Encoding.ASCII.GetBytes(text), Now, out long seconds));
        Assert.Equal(expected, seconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 UTC")]
    [InlineData("Sun, 06 Nov 1994 08:49:37")]
    [InlineData("Xun, 06 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:49:37 GMT ")]
    [InlineData("Sun, 06 nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 31 Nov 1994 08:49:37 GMT")]
    [InlineData("Wed, 29 Feb 2023 08:49:37 GMT")]
    [InlineData("Sun, 00 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, 06 Nov 1994 24:00:00 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:60:00 GMT")]
    [InlineData("Sun, 06 Nov 1994 08:49:61 GMT")]
    [InlineData("Sun, 6 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun, +6 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun,006 Nov 1994 08:49:37 GMT")]
    [InlineData("Sun Nov 06 08:49:37 94")]
    [InlineData("Sun Nov  6 08:49:37 199x")]
    [InlineData("Sunday, 06-Nov-1994 08:49:37 GMT")]
    [InlineData("Sunda, 06-Nov-94 08:49:37 GMT")]
    [InlineData("Sundayy, 06-Nov-94 08:49:37 GMT")]
    [InlineData("Sunday, 06 Nov 94 08:49:37 GMT")]
    [InlineData(",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,")]
    public void Bad_dates_are_not(string text) => Assert.False(HttpDate.TryRead(Encoding.ASCII.GetBytes(text), Now, out _));

    [Fact]
    public void Every_day_survives_the_calendar()
    {
        DateTime epoch = new(1970, 1, 1);
        for (int days = 0; days <= (new DateTime(9999, 12, 31) - epoch).Days; days += 13)
        {
            CivilDate date = CivilDate.FromDays(days);
            DateTime expected = epoch.AddDays(days);
            Assert.Equal((expected.Year, expected.Month, expected.Day), (date.Year, date.Month, date.Day));
            Assert.Equal(days, date.ToDays());
        }
    }
}
