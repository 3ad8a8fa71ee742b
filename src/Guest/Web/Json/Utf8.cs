// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Web;

/// <summary>UTF-8 as RFC 3629, 4 has it: no overlong forms, no surrogates, nothing above U+10FFFF.</summary>
internal static class Utf8
{
    /// <summary>Bytes of the character that <paramref name="text"/>, which is not empty, begins with: 1 to 4; 0 where it begins with none.</summary>
    internal static int SequenceLength(ReadOnlySpan<byte> text)
    {
        byte first = text[0];
        if (first < 0x80) return 1;
        int length = first switch
        {
            >= 0xC2 and <= 0xDF => 2,
            >= 0xE0 and <= 0xEF => 3,
            >= 0xF0 and <= 0xF4 => 4,
            _ => 0,
        };
        if (length == 0 || text.Length < length) return 0;
        byte least = first switch { 0xE0 => 0xA0, 0xF0 => 0x90, _ => 0x80 };
        byte most = first switch { 0xED => 0x9F, 0xF4 => 0x8F, _ => 0xBF };
        if (text[1] < least || text[1] > most) return 0;
        for (int i = 2; i < length; i++)
        {
            if ((text[i] & 0xC0) != 0x80) return 0;
        }

        return length;
    }

    /// <summary>Writes a character, which is no surrogate, and returns how many bytes it took; 0 where they do not fit.</summary>
    internal static int Write(int character, Span<byte> destination)
    {
        int length = character switch { < 0x80 => 1, < 0x800 => 2, < 0x10000 => 3, _ => 4 };
        if (destination.Length < length) return 0;
        if (length == 1)
        {
            destination[0] = (byte)character;
            return 1;
        }

        for (int i = length - 1; i > 0; i--, character >>= 6) destination[i] = (byte)(0x80 | (character & 0x3F));
        destination[0] = (byte)((0xF00 >> length) | character);
        return length;
    }
}
