// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Content;

namespace Uaas.Http.Static;

/// <summary>A strong entity tag (RFC 9110, 8.8.3) as it is written: the 128 bits of a representation's hash in base64url, in quotes.</summary>
internal static class EntityTag
{
    /// <summary>Bytes of a tag with its quotes.</summary>
    public const int Length = 24;

    private static ReadOnlySpan<byte> Digits => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"u8;

    /// <summary>Writes the tag of a representation to <paramref name="destination"/>, of <see cref="Length"/> bytes.</summary>
    public static void Write(in ContentRepresentation representation, Span<byte> destination)
    {
        ReadOnlySpan<byte> digits = Digits;
        ulong high = representation.TagHigh;
        ulong low = representation.TagLow;
        destination[Length - 1] = (byte)'"';
        destination[0] = (byte)'"';
        for (int i = Length - 2; i > 0; i--)
        {
            destination[i] = digits[(int)(low & 63)];
            low = (low >> 6) | (high << 58);
            high >>= 6;
        }
    }

    /// <summary>
    /// Whether a list of tags, or a star, names <paramref name="tag"/>. A weak tag never does in a strong comparison (RFC 9110, 8.8.3.2). What is no list of
    /// tags names nothing from where it stops being one.
    /// </summary>
    public static bool Names(ReadOnlySpan<byte> list, ReadOnlySpan<byte> tag, bool strong)
    {
        if (list.SequenceEqual("*"u8))
        {
            return true;
        }

        while (TryNext(ref list, out ReadOnlySpan<byte> element, out bool isWeak))
        {
            if (element.SequenceEqual(tag) && !(strong && isWeak))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes the next tag of a list; a comma within a tag's quotes belongs to it.</summary>
    private static bool TryNext(ref ReadOnlySpan<byte> list, out ReadOnlySpan<byte> tag, out bool isWeak)
    {
        tag = default;
        isWeak = false;
        while (list.Length != 0 && (list[0] == ',' || Ascii.IsBlank(list[0])))
        {
            list = list.Slice(1);
        }

        if (list.StartsWith("W/"u8))
        {
            isWeak = true;
            list = list.Slice(2);
        }

        if (list.Length < 2 || list[0] != '"')
        {
            return false;
        }

        int quote = list.Slice(1).IndexOf((byte)'"');
        if (quote < 0)
        {
            return false;
        }

        tag = list.Slice(0, quote + 2);
        list = list.Slice(quote + 2);
        return true;
    }
}
