// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Crypto;

/// <summary>Base64 with padding (RFC 4648, 4).</summary>
public static class Base64
{
    private static ReadOnlySpan<byte> Alphabet => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8;

    /// <summary>Characters that so many bytes take.</summary>
    public static int EncodedLength(int count) => (count + 2) / 3 * 4;

    /// <summary>Writes <paramref name="data"/> as text; returns its characters.</summary>
    public static int Encode(ReadOnlySpan<byte> data, Span<byte> text)
    {
        int length = 0;
        for (int i = 0; i < data.Length; i += 3)
        {
            int left = data.Length - i;
            int bits = data[i] << 16 | (left > 1 ? data[i + 1] << 8 : 0) | (left > 2 ? data[i + 2] : 0);
            text[length++] = Alphabet[bits >> 18];
            text[length++] = Alphabet[bits >> 12 & 63];
            text[length++] = left > 1 ? Alphabet[bits >> 6 & 63] : (byte)'=';
            text[length++] = left > 2 ? Alphabet[bits & 63] : (byte)'=';
        }

        return length;
    }

    /// <summary>Bytes that a text stands for; -1 where it is not base64.</summary>
    public static int DecodedLength(ReadOnlySpan<byte> text)
    {
        if (text.Length % 4 != 0) return -1;
        int padding = 0;
        while (padding < 2 && padding < text.Length && text[text.Length - 1 - padding] == '=') padding++;
        for (int i = 0; i < text.Length - padding; i++)
        {
            if (Alphabet.IndexOf(text[i]) < 0) return -1;
        }

        return text.Length / 4 * 3 - padding;
    }
}
