// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Content;

namespace Uaas.Http.Static;

/// <summary>The strong entity tag (RFC 9110, 8.8.3) of a representation: the 128 bits of its hash as 22 digits of base 64, in quotation marks.</summary>
internal static class EntityTag
{
    /// <summary>Bytes of a tag with its quotation marks.</summary>
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
}
