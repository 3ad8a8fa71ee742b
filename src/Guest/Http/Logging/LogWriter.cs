// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Wire;

namespace Uaas.Http;

/// <summary>Writes the pieces of a log line. The room is as large as all pieces at their longest.</summary>
internal ref struct LogWriter(Span<byte> room, bool json)
{
    private readonly Span<byte> _room = room;

    /// <summary>Bytes written so far.</summary>
    public int Position { get; set; }

    /// <summary>Whether strings are escaped as JSON asks.</summary>
    public bool IsJson { get; } = json;

    /// <summary>Writes trusted text as it is. The source may lie behind the position in the same room.</summary>
    public void Raw(scoped ReadOnlySpan<byte> text)
    {
        text.CopyTo(_room[Position..]);
        Position += text.Length;
    }

    /// <summary>Writes a number of 0 or more.</summary>
    public void Number(long value)
    {
        Span<byte> digits = stackalloc byte[Digits.MaxLength];
        Raw(Digits.Format(value, digits));
    }

    /// <summary>Writes an address in dotted form.</summary>
    public void Address(Ipv4Address address)
    {
        for (int shift = 24; shift >= 0; shift -= 8)
        {
            Number(address.Value >> shift & 0xFF);
            if (shift > 0) Raw("."u8);
        }
    }

    /// <summary>Writes "name":"value", for a JSON object; nothing where the value is empty.</summary>
    public void Member(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, int max)
    {
        if (value.Length == 0) return;
        Raw("\""u8);
        Raw(name);
        Raw("\":\""u8);
        Escaped(value, max);
        Raw("\","u8);
    }

    /// <summary>Writes text from outside, escaped, and cut before it grows beyond <paramref name="max"/> bytes.</summary>
    public void Escaped(scoped ReadOnlySpan<byte> text, int max)
    {
        Span<byte> escape = stackalloc byte[6];
        int end = Position + max;
        for (int i = 0; i < text.Length; i++)
        {
            scoped ReadOnlySpan<byte> bytes = text[i] is >= 0x20 and < 0x7F and not ((byte)'"' or (byte)'\\') ? text.Slice(i, 1) : Escape(text[i], escape);
            if (Position + bytes.Length > end) return;
            Raw(bytes);
        }
    }

    /// <summary>A byte as \xHH, or for JSON as \u00HH (a byte above 0x7F becomes the Latin-1 character of that number).</summary>
    private readonly ReadOnlySpan<byte> Escape(byte value, Span<byte> room)
    {
        ReadOnlySpan<byte> prefix = IsJson ? "\\u00"u8 : "\\x"u8;
        prefix.CopyTo(room);
        room[prefix.Length] = "0123456789abcdef"u8[value >> 4];
        room[prefix.Length + 1] = "0123456789abcdef"u8[value & 15];
        return room[..(prefix.Length + 2)];
    }
}
