// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Http;

/// <summary>What HTTP's grammar asks of ASCII text (RFC 9110, 5.6; RFC 5234, B.1).</summary>
public static class Ascii
{
    /// <summary>The bit that tells a small letter from a capital one, in each of eight bytes.</summary>
    private const ulong CaseBits = 0x2020_2020_2020_2020;

    /// <summary>For each byte of ASCII whether it is a token character (RFC 9110, 5.6.2): its own small form, or 0.</summary>
    private static ReadOnlySpan<byte> TokenTable =>
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0, (byte)'!', 0, (byte)'#', (byte)'$', (byte)'%', (byte)'&', (byte)'\'', 0, 0, (byte)'*', (byte)'+', 0, (byte)'-', (byte)'.', 0,
        (byte)'0', (byte)'1', (byte)'2', (byte)'3', (byte)'4', (byte)'5', (byte)'6', (byte)'7', (byte)'8', (byte)'9', 0, 0, 0, 0, 0, 0,
        0, (byte)'a', (byte)'b', (byte)'c', (byte)'d', (byte)'e', (byte)'f', (byte)'g',
        (byte)'h', (byte)'i', (byte)'j', (byte)'k', (byte)'l', (byte)'m', (byte)'n', (byte)'o',
        (byte)'p', (byte)'q', (byte)'r', (byte)'s', (byte)'t', (byte)'u', (byte)'v', (byte)'w',
        (byte)'x', (byte)'y', (byte)'z', 0, 0, 0, (byte)'^', (byte)'_',
        (byte)'`', (byte)'a', (byte)'b', (byte)'c', (byte)'d', (byte)'e', (byte)'f', (byte)'g',
        (byte)'h', (byte)'i', (byte)'j', (byte)'k', (byte)'l', (byte)'m', (byte)'n', (byte)'o',
        (byte)'p', (byte)'q', (byte)'r', (byte)'s', (byte)'t', (byte)'u', (byte)'v', (byte)'w',
        (byte)'x', (byte)'y', (byte)'z', 0, (byte)'|', 0, (byte)'~', 0,
    ];

    /// <summary>Whether <paramref name="value"/> is a token character.</summary>
    public static bool IsToken(byte value)
    {
        ReadOnlySpan<byte> table = TokenTable;
        return value < table.Length && table[value] != 0;
    }

    /// <summary>Whether <paramref name="text"/> is a token: one or more token characters.</summary>
    public static bool IsToken(ReadOnlySpan<byte> text) => text.Length > 0 && TokenLength(text) == text.Length;

    /// <summary>How many token characters <paramref name="text"/> begins with.</summary>
    public static int TokenLength(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> table = TokenTable;
        int i = 0;
        while (i < text.Length && text[i] < table.Length && table[text[i]] != 0) i++;
        return i;
    }

    /// <summary>Whether <paramref name="value"/> is a decimal digit.</summary>
    public static bool IsDigit(byte value) => (uint)(value - '0') <= 9;

    /// <summary>Whether <paramref name="value"/> is optional white space inside a line: a space or a tab (RFC 9110, 5.6.3).</summary>
    public static bool IsBlank(byte value) => value is (byte)' ' or (byte)'\t';

    /// <summary>The value of a hexadecimal digit, or -1.</summary>
    public static int HexValue(byte value)
    {
        if (IsDigit(value)) return value - '0';
        int letter = (value | 0x20) - 'a';
        return (uint)letter <= 5 ? letter + 10 : -1;
    }

    /// <summary>The small form of a letter; any other byte as it is.</summary>
    public static byte ToLower(byte value) => (uint)(value - 'A') <= 25 ? (byte)(value | 0x20) : value;

    /// <summary><paramref name="text"/> without the spaces and tabs around it.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text)
    {
        int start = 0;
        int end = text.Length;
        while (start < end && IsBlank(text[start])) start++;
        while (end > start && IsBlank(text[end - 1])) end--;
        return text[start..end];
    }

    /// <summary>Whether <paramref name="text"/> is <paramref name="lower"/>, which is given in small letters, whatever the case of its own letters.</summary>
    public static bool EqualsIgnoreCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lower)
    {
        if (text.Length != lower.Length) return false;
        for (int i = 0; i < text.Length; i++)
        {
            if (ToLower(text[i]) != lower[i]) return false;
        }

        return true;
    }

    /// <summary>
    /// As <see cref="EqualsIgnoreCase"/>, for two tokens: quicker, because among token characters only letters, and the pair ^~ that no name of
    /// ours has, differ in the case bit alone.
    /// </summary>
    internal static bool TokenEquals(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lower)
    {
        if (text.Length != lower.Length) return false;
        int i = 0;
        for (; i <= text.Length - sizeof(ulong); i += sizeof(ulong))
        {
            ulong left = BinaryPrimitives.ReadUInt64LittleEndian(text[i..]) | CaseBits;
            if (left != (BinaryPrimitives.ReadUInt64LittleEndian(lower[i..]) | CaseBits)) return false;
        }

        for (; i < text.Length; i++)
        {
            if ((text[i] | 0x20) != (lower[i] | 0x20)) return false;
        }

        return true;
    }
}
