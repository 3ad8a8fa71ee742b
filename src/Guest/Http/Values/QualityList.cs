// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>
/// Goes through a list in which each element may have a weight (RFC 9110, 12.4.2), such as Accept-Encoding or Accept. An element whose weight breaks
/// the grammar is skipped: the client gets what it would have got without it.
/// </summary>
public ref struct QualityList(ReadOnlySpan<byte> value)
{
    /// <summary>The weight of an element that says none: thousandths.</summary>
    public const int MaxQuality = 1000;

    private ListReader _list = new(value);

    /// <summary>The next element without its parameters, and its weight in thousandths; false at the end.</summary>
    public bool TryNext(out ReadOnlySpan<byte> element, out int quality)
    {
        while (_list.TryNext(out ReadOnlySpan<byte> whole))
        {
            int semicolon = whole.IndexOf((byte)';');
            element = Ascii.Trim(semicolon < 0 ? whole : whole[..semicolon]);
            if (element.Length == 0) continue;
            if (TryFindWeight(semicolon < 0 ? default : whole[(semicolon + 1)..], out quality)) return true;
        }

        element = default;
        quality = 0;
        return false;
    }

    /// <summary>Looks for the weight among parameters; the others are let pass.</summary>
    private static bool TryFindWeight(ReadOnlySpan<byte> parameters, out int quality)
    {
        quality = MaxQuality;
        while (parameters.Length > 0)
        {
            int semicolon = parameters.IndexOf((byte)';');
            ReadOnlySpan<byte> parameter = Ascii.Trim(semicolon < 0 ? parameters : parameters[..semicolon]);
            parameters = semicolon < 0 ? default : parameters[(semicolon + 1)..];
            if (parameter.Length >= 2 && (parameter[0] | 0x20) == 'q' && parameter[1] == '=') return TryReadQuality(parameter[2..], out quality);
        }

        return true;
    }

    /// <summary>Reads "0.5", "1", "0.123"; at most three decimals, at most 1.</summary>
    public static bool TryReadQuality(ReadOnlySpan<byte> text, out int quality)
    {
        quality = 0;
        if (text.Length is 0 or > 5 || text[0] is not ((byte)'0' or (byte)'1')) return false;
        quality = (text[0] - '0') * MaxQuality;
        if (text.Length == 1) return true;
        if (text[1] != '.') return false;
        int scale = MaxQuality / 10;
        for (int i = 2; i < text.Length; i++, scale /= 10)
        {
            if (!Ascii.IsDigit(text[i])) return false;
            quality += (text[i] - '0') * scale;
        }

        return quality <= MaxQuality;
    }
}
