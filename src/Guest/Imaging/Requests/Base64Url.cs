// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Imaging;

/// <summary>Base 64 with the alphabet for URLs (RFC 4648, section 5), with or without padding.</summary>
internal static class Base64Url
{
    /// <summary>Decodes; false where the text is none, or longer than there is room for. Slashes are passed over, as imgproxy lets them break long text.</summary>
    internal static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> destination, out int length)
    {
        length = 0;
        while (text.Length != 0 && text[^1] == '=') text = text[..^1];
        uint bits = 0;
        int count = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '/') continue;
            int value = ValueOf(text[i]);
            if (value < 0) return false;
            bits = bits << 6 | (uint)value;
            count += 6;
            if (count < 8) continue;
            if (length == destination.Length) return false;
            count -= 8;
            destination[length++] = (byte)(bits >> count);
        }

        return count < 6 && (bits & ((1u << count) - 1)) == 0;
    }

    private static int ValueOf(byte digit) => digit switch
    {
        >= (byte)'A' and <= (byte)'Z' => digit - 'A',
        >= (byte)'a' and <= (byte)'z' => digit - 'a' + 26,
        >= (byte)'0' and <= (byte)'9' => digit - '0' + 52,
        (byte)'-' => 62,
        (byte)'_' => 63,
        _ => -1,
    };
}
