// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Wire;

namespace Uaas.Boot;

/// <summary>Reads the values of boot arguments; each is taken whole or not at all.</summary>
public static class ArgumentValue
{
    /// <summary>A decimal number of at most <paramref name="maximum"/>, digits only.</summary>
    public static bool TryParseNumber(ReadOnlySpan<byte> text, ulong maximum, out ulong value)
    {
        value = 0;
        if (text.IsEmpty || text.Length > 20) return false;
        foreach (byte character in text)
        {
            int digit = character - '0';
            if ((uint)digit > 9) return false;
            if (value > (ulong.MaxValue - (uint)digit) / 10) return false;
            value = value * 10 + (uint)digit;
        }

        return value <= maximum;
    }

    /// <summary>An IPv4 address in dotted decimal, four parts of 0 to 255 without leading zeroes.</summary>
    public static bool TryParseAddress(ReadOnlySpan<byte> text, out Ipv4Address address)
    {
        uint value = 0;
        address = default;
        for (int part = 0; part < 4; part++)
        {
            int end = part < 3 ? text.IndexOf((byte)'.') : text.Length;
            if (end is < 1 or > 3 || (end > 1 && text[0] == (byte)'0')) return false;
            if (!TryParseNumber(text[..end], 255, out ulong number)) return false;
            value = value << 8 | (uint)number;
            text = part < 3 ? text[(end + 1)..] : default;
        }

        address = new Ipv4Address(value);
        return true;
    }

    /// <summary>An IPv4 address with its prefix, as in 10.77.0.2/32.</summary>
    public static bool TryParsePrefix(ReadOnlySpan<byte> text, out Ipv4Address address, out int prefixLength)
    {
        prefixLength = 0;
        address = default;
        int slash = text.IndexOf((byte)'/');
        if (slash < 0 || !TryParseAddress(text[..slash], out address)) return false;
        if (!TryParseNumber(text[(slash + 1)..], 32, out ulong length)) return false;
        prefixLength = (int)length;
        return true;
    }
}
