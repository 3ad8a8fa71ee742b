// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>A media type (RFC 9110, 8.3.1): "text/html; charset=utf-8".</summary>
public readonly ref struct MediaType
{
    private MediaType(ReadOnlySpan<byte> type, ReadOnlySpan<byte> subtype, ReadOnlySpan<byte> parameters)
    {
        Type = type;
        Subtype = subtype;
        Parameters = parameters;
    }

    /// <summary>The type: a token.</summary>
    public ReadOnlySpan<byte> Type { get; }

    /// <summary>The subtype: a token.</summary>
    public ReadOnlySpan<byte> Subtype { get; }

    /// <summary>What is behind the first semicolon.</summary>
    public ReadOnlySpan<byte> Parameters { get; }

    /// <summary>Reads a media type, or a media range, of which "*" is a type too.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out MediaType mediaType)
    {
        mediaType = default;
        int semicolon = text.IndexOf((byte)';');
        ReadOnlySpan<byte> name = Ascii.Trim(semicolon < 0 ? text : text[..semicolon]);
        int slash = name.IndexOf((byte)'/');
        if (slash < 0 || !Ascii.IsToken(name[..slash]) || !Ascii.IsToken(name[(slash + 1)..])) return false;
        mediaType = new MediaType(name[..slash], name[(slash + 1)..], semicolon < 0 ? default : text[(semicolon + 1)..]);
        return true;
    }

    /// <summary>Whether it is the type and subtype given in small letters.</summary>
    public bool Is(ReadOnlySpan<byte> lowerType, ReadOnlySpan<byte> lowerSubtype) =>
        Ascii.EqualsIgnoreCase(Type, lowerType) && Ascii.EqualsIgnoreCase(Subtype, lowerSubtype);

    /// <summary>Whether this, as a range of an Accept field, covers the type and subtype given in small letters.</summary>
    public bool Covers(ReadOnlySpan<byte> lowerType, ReadOnlySpan<byte> lowerSubtype)
    {
        if (Type.SequenceEqual("*"u8)) return Subtype.SequenceEqual("*"u8);
        return Ascii.EqualsIgnoreCase(Type, lowerType) && (Subtype.SequenceEqual("*"u8) || Ascii.EqualsIgnoreCase(Subtype, lowerSubtype));
    }

    /// <summary>The value of a parameter whose name is given in small letters; without its quotation marks, if it has any and holds no escape.</summary>
    public bool TryGetParameter(ReadOnlySpan<byte> lowerName, out ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> rest = Parameters;
        while (rest.Length > 0)
        {
            int end = ParameterEnd(rest);
            ReadOnlySpan<byte> parameter = Ascii.Trim(rest[..end]);
            rest = end < rest.Length ? rest[(end + 1)..] : default;
            int equals = parameter.IndexOf((byte)'=');
            if (equals < 0 || !Ascii.EqualsIgnoreCase(parameter[..equals], lowerName)) continue;
            value = parameter[(equals + 1)..];
            if (Ascii.IsToken(value)) return true;
            if (value.Length < 2 || value[0] != '"' || value[^1] != '"' || value.Contains((byte)'\\')) return false;
            value = value[1..^1];
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>Where the next semicolon outside quotation marks is.</summary>
    private static int ParameterEnd(ReadOnlySpan<byte> text)
    {
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            if (quoted && text[i] == '\\') i++;
            else if (text[i] == '"') quoted = !quoted;
            else if (!quoted && text[i] == ';') return i;
        }

        return text.Length;
    }
}
