// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders;

/// <summary>Reads numbers from text.</summary>
public static class Number
{
    /// <summary>Reads decimal digits, and nothing else, as a number of at most <paramref name="maximum"/>.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, uint maximum, out uint value)
    {
        ulong sum = 0;
        value = 0;
        if (text.Length is 0 or > 10) return false;
        for (int i = 0; i < text.Length; i++)
        {
            uint digit = (uint)text[i] - '0';
            if (digit > 9) return false;
            sum = sum * 10 + digit;
        }

        if (sum > maximum) return false;
        value = (uint)sum;
        return true;
    }

    /// <summary>Reads a unicast MAC address, six pairs of hexadecimal digits with colons between; its first byte is the highest of 48 bits.</summary>
    public static bool TryParseMac(ReadOnlySpan<byte> text, out ulong mac)
    {
        mac = 0;
        if (text.Length != 17) return false;
        for (int i = 0; i < 17; i++)
        {
            if (i % 3 == 2)
            {
                if (text[i] != ':') return false;
                continue;
            }

            int digit = HexDigit(text[i]);
            if (digit < 0) return false;
            mac = mac << 4 | (uint)digit;
        }

        return mac != 0 && (mac >> 40 & 1) == 0;
    }

    private static int HexDigit(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => character - '0',
        >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => character - 'A' + 10,
        _ => -1,
    };
}
