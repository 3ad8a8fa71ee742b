// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Crypto;

namespace Uaas.Media.Live;

/// <summary>
/// Who may publish what. A text of lines "NAME KEY", where NAME may be "*" for every other name. Without any line everybody may publish everything; with some, a
/// name that has none is nobody's.
/// </summary>
public sealed class StreamKeys
{
    /// <summary>Bytes of the text at most.</summary>
    public const int MaxText = 16_384;

    /// <summary>Bytes of a key at most.</summary>
    public const int MaxKey = 128;

    private readonly byte[] _text;

    private StreamKeys(byte[] text) => _text = text;

    /// <summary>Keys that let everybody publish.</summary>
    public static StreamKeys CreateOpen() => new([]);

    /// <summary>Whether publishers have to say a key.</summary>
    public bool AreAsked => _text.Length > 0;

    private static ReadOnlySpan<byte> EveryName => "*"u8;

    /// <summary>Takes a text. False where a line is not a name, a blank and a key.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out StreamKeys? keys)
    {
        keys = null;
        ReadOnlySpan<byte> rest = text;
        while (TryTakeLine(ref rest, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> key))
        {
            bool isName = name.SequenceEqual(EveryName) || StreamTable.IsName(name);
            if (!isName || key.IsEmpty || key.Length > MaxKey || key.IndexOf((byte)' ') >= 0) return false;
        }

        if (!rest.IsEmpty) return false;
        keys = new StreamKeys(new byte[text.Length]);
        text.CopyTo(keys._text);
        return true;
    }

    /// <summary>Whether the key is the one for the name. How long it takes says nothing of how much of the key is right.</summary>
    public bool Allow(ReadOnlySpan<byte> name, ReadOnlySpan<byte> key)
    {
        if (!AreAsked) return true;
        scoped ReadOnlySpan<byte> rest = _text;
        scoped ReadOnlySpan<byte> wanted = default;
        while (TryTakeLine(ref rest, out ReadOnlySpan<byte> each, out ReadOnlySpan<byte> itsKey))
        {
            if (each.SequenceEqual(name))
            {
                wanted = itsKey;
                break;
            }

            if (each.SequenceEqual(EveryName)) wanted = itsKey;
        }

        return !wanted.IsEmpty && HmacSha256.AreEqual(wanted, key);
    }

    private static bool TryTakeLine(ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> key)
    {
        name = key = default;
        int end = text.IndexOf((byte)'\n');
        if (end < 0) return false;
        ReadOnlySpan<byte> line = text[..end];
        text = text[(end + 1)..];
        int blank = line.IndexOf((byte)' ');
        if (blank < 0) return true;
        name = line[..blank];
        key = line[(blank + 1)..];
        return true;
    }
}
