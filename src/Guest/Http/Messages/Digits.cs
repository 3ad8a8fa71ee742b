// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>Numbers as HTTP writes them: decimal digits alone.</summary>
public static class Digits
{
    /// <summary>Digits of the largest number.</summary>
    public const int MaxLength = 19;

    /// <summary>Writes a number of 0 or more into <paramref name="room"/>, which has <see cref="MaxLength"/> bytes, and returns where in it the digits are.</summary>
    public static ReadOnlySpan<byte> Format(long value, Span<byte> room)
    {
        int start = MaxLength;
        ulong rest = (ulong)Math.Max(value, 0);
        do
        {
            ulong tenth = rest / 10;
            room[--start] = (byte)('0' + (int)(rest - tenth * 10));
            rest = tenth;
        }
        while (rest != 0);
        return room[start..MaxLength];
    }

    /// <summary>Reads one or more digits and nothing else. A number too large for a long is held to <see cref="long.MaxValue"/>, so it is beyond any limit.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        if (text.Length == 0) return false;
        for (int i = 0; i < text.Length; i++)
        {
            int digit = text[i] - '0';
            if ((uint)digit > 9) return false;
            value = value > (long.MaxValue - digit) / 10 ? long.MaxValue : value * 10 + digit;
        }

        return true;
    }
}
