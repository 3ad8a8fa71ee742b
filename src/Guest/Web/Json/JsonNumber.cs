// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;

namespace Uaas.Web;

/// <summary>Numbers of JSON (RFC 8259, 6).</summary>
internal static class JsonNumber
{
    /// <summary>Bytes of the number that <paramref name="text"/> begins with; 0 for none.</summary>
    internal static int Length(ReadOnlySpan<byte> text)
    {
        int i = text.Length > 0 && text[0] == '-' ? 1 : 0;
        int whole = Digits(text[i..]);
        if (whole == 0 || (whole > 1 && text[i] == '0')) return 0;
        i += whole;
        if (i < text.Length && text[i] == '.')
        {
            int fraction = Digits(text[(i + 1)..]);
            if (fraction == 0) return 0;
            i += 1 + fraction;
        }

        if (i == text.Length || (text[i] | 0x20) != 'e') return i;
        int sign = i + 1 < text.Length && text[i + 1] is (byte)'+' or (byte)'-' ? 1 : 0;
        int exponent = Digits(text[(i + 1 + sign)..]);
        return exponent == 0 ? 0 : i + 1 + sign + exponent;
    }

    /// <summary>Reads a number, known to be one, that is whole and fits.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> number, out long value)
    {
        value = 0;
        bool negative = number[0] == '-';
        ReadOnlySpan<byte> digits = negative ? number[1..] : number;
        ulong magnitude = 0;
        ulong most = negative ? 1UL << 63 : long.MaxValue;
        for (int i = 0; i < digits.Length; i++)
        {
            if (!Ascii.IsDigit(digits[i])) return false;
            ulong digit = (ulong)(digits[i] - '0');
            if (magnitude > (most - digit) / 10) return false;
            magnitude = magnitude * 10 + digit;
        }

        value = negative ? (long)(0 - magnitude) : (long)magnitude;
        return true;
    }

    private static int Digits(ReadOnlySpan<byte> text)
    {
        int count = 0;
        while (count < text.Length && Ascii.IsDigit(text[count])) count++;
        return count;
    }
}
