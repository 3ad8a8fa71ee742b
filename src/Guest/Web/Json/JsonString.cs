// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;

namespace Uaas.Web;

/// <summary>Strings of JSON (RFC 8259, 7).</summary>
internal static class JsonString
{
    /// <summary>
    /// Bytes before the closing quote of the string that <paramref name="text"/> begins inside of; -1 where it does not close, or has what a string cannot: control
    /// characters, unknown escapes, bytes that are no UTF-8, surrogates without their other half.
    /// </summary>
    internal static int Length(ReadOnlySpan<byte> text, out bool hasEscapes)
    {
        hasEscapes = false;
        for (int i = 0; i < text.Length;)
        {
            byte value = text[i];
            if (value == '"') return i;
            if (value < 0x20) return -1;
            int length;
            if (value == '\\')
            {
                hasEscapes = true;
                length = ReadEscape(text[i..], out _);
            }
            else
            {
                length = Utf8.SequenceLength(text[i..]);
            }

            if (length == 0) return -1;
            i += length;
        }

        return -1;
    }

    /// <summary>Writes what a string, known to be one, means. False where it does not fit.</summary>
    internal static bool TryDecode(ReadOnlySpan<byte> raw, Span<byte> destination, out int length)
    {
        length = 0;
        for (int i = 0; i < raw.Length;)
        {
            if (raw[i] == '\\')
            {
                i += ReadEscape(raw[i..], out int character);
                int written = Utf8.Write(character, destination[length..]);
                if (written == 0) return false;
                length += written;
            }
            else
            {
                if (length == destination.Length) return false;
                destination[length++] = raw[i++];
            }
        }

        return true;
    }

    /// <summary>Whether a string, known to be one, means <paramref name="text"/>.</summary>
    internal static bool AreEqual(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> text)
    {
        Span<byte> character = stackalloc byte[4];
        for (int i = 0; i < raw.Length;)
        {
            int length = 1;
            if (raw[i] == '\\')
            {
                i += ReadEscape(raw[i..], out int code);
                length = Utf8.Write(code, character);
            }
            else
            {
                character[0] = raw[i++];
            }

            if (text.Length < length || !text[..length].SequenceEqual(character[..length])) return false;
            text = text[length..];
        }

        return text.IsEmpty;
    }

    /// <summary>Reads the escape that <paramref name="text"/> begins with, a pair of surrogates as one, and returns its length; 0 where it is none.</summary>
    private static int ReadEscape(ReadOnlySpan<byte> text, out int character)
    {
        character = 0;
        if (text.Length < 2) return 0;
        switch (text[1])
        {
            case (byte)'"' or (byte)'\\' or (byte)'/': character = text[1]; return 2;
            case (byte)'b': character = '\b'; return 2;
            case (byte)'f': character = '\f'; return 2;
            case (byte)'n': character = '\n'; return 2;
            case (byte)'r': character = '\r'; return 2;
            case (byte)'t': character = '\t'; return 2;
            case (byte)'u': break;
            default: return 0;
        }

        if (!TryReadUnit(text, out character)) return 0;
        if (character is < 0xD800 or > 0xDFFF) return 6;
        if (character > 0xDBFF || !TryReadUnit(text[6..], out int low) || low is < 0xDC00 or > 0xDFFF) return 0;
        character = 0x10000 + ((character - 0xD800) << 10) + (low - 0xDC00);
        return 12;
    }

    /// <summary>Reads "\u12AB".</summary>
    private static bool TryReadUnit(ReadOnlySpan<byte> text, out int unit)
    {
        unit = 0;
        if (text.Length < 6 || text[0] != '\\' || text[1] != 'u') return false;
        for (int i = 2; i < 6; i++)
        {
            int digit = Ascii.HexValue(text[i]);
            if (digit < 0) return false;
            unit = unit << 4 | digit;
        }

        return true;
    }
}
