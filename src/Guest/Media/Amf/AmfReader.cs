// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Media.Amf;

/// <summary>The types of AMF0 (Adobe, Action Message Format AMF 0, 2.1) that RTMP commands have.</summary>
public enum AmfType : byte
{
    /// <summary>An IEEE 754 double.</summary>
    Number = 0,

    /// <summary>One byte.</summary>
    Boolean = 1,

    /// <summary>UTF-8 of at most 65,535 bytes.</summary>
    String = 2,

    /// <summary>Pairs of name and value.</summary>
    Object = 3,

    /// <summary>Nothing.</summary>
    Null = 5,

    /// <summary>No value.</summary>
    Undefined = 6,

    /// <summary>Pairs with a count that says nothing: it ends as an object does.</summary>
    EcmaArray = 8,

    /// <summary>The end of an object.</summary>
    ObjectEnd = 9,

    /// <summary>Values without names.</summary>
    StrictArray = 10,

    /// <summary>Milliseconds since 1970 and a time zone.</summary>
    Date = 11,

    /// <summary>UTF-8 with a length of 32 bits.</summary>
    LongString = 12,
}

/// <summary>
/// Reads AMF0 values in order. Each method returns false at what is malformed, cut short or of another type, and then stays where it was.
/// </summary>
/// <param name="bytes">The values.</param>
public ref struct AmfReader(ReadOnlySpan<byte> bytes)
{
    private const int MaxDepth = 8;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    /// <summary>Whether nothing is left.</summary>
    public readonly bool IsAtEnd => Position == _bytes.Length;

    /// <summary>What is left.</summary>
    public readonly ReadOnlySpan<byte> Rest => _bytes[Position..];

    /// <summary>Reads a number as its bits: guests do not calculate with fractions.</summary>
    public bool TryReadNumber(out ulong bits)
    {
        bits = 0;
        if (!Is(AmfType.Number) || Rest.Length < 9) return false;
        bits = BinaryPrimitives.ReadUInt64BigEndian(Rest[1..]);
        Position += 9;
        return true;
    }

    /// <summary>Reads a string.</summary>
    public bool TryReadString(out ReadOnlySpan<byte> text)
    {
        text = default;
        if (!Is(AmfType.String) || !TryReadName(1, out text)) return false;
        Position += 3 + text.Length;
        return true;
    }

    /// <summary>Reads past one value of any type.</summary>
    public bool TrySkip()
    {
        int start = Position;
        if (TrySkip(MaxDepth)) return true;
        Position = start;
        return false;
    }

    /// <summary>Finds a string property of the object (or ECMA array) that comes next, without reading past it. The first of that name counts.</summary>
    public readonly bool TryFindString(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        AmfReader reader = this;
        value = default;
        if (!reader.TryEnter()) return false;
        while (reader.TryReadKey(out ReadOnlySpan<byte> key))
        {
            if (key.SequenceEqual(name)) return reader.TryReadString(out value);
            if (!reader.TrySkip()) return false;
        }

        return false;
    }

    /// <summary>Whether the object (or ECMA array) that comes next has a property of that name.</summary>
    public readonly bool HasProperty(ReadOnlySpan<byte> name)
    {
        AmfReader reader = this;
        if (!reader.TryEnter()) return false;
        while (reader.TryReadKey(out ReadOnlySpan<byte> key))
        {
            if (key.SequenceEqual(name)) return true;
            if (!reader.TrySkip()) return false;
        }

        return false;
    }

    private readonly bool Is(AmfType type) => Position < _bytes.Length && _bytes[Position] == (byte)type;

    private readonly bool TryReadName(int at, out ReadOnlySpan<byte> name)
    {
        name = default;
        ReadOnlySpan<byte> rest = Rest;
        if (rest.Length < at + 2) return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(rest[at..]);
        if (rest.Length - at - 2 < length) return false;
        name = rest.Slice(at + 2, length);
        return true;
    }

    /// <summary>Reads up to the first property of the object (or ECMA array) that comes next.</summary>
    public bool TryEnter()
    {
        if (Is(AmfType.Object)) return TryAdvance(1);
        return Is(AmfType.EcmaArray) && TryAdvance(5);
    }

    /// <summary>Reads the name of the next property. False at the end of the object, which is read, and at what is malformed.</summary>
    public bool TryReadKey(out ReadOnlySpan<byte> key)
    {
        if (!TryReadName(0, out key)) return false;
        Position += 2 + key.Length;
        if (!key.IsEmpty || !Is(AmfType.ObjectEnd)) return true;
        Position++;
        _ended = true;
        return false;
    }

    private bool _ended;

    private bool TryAdvance(long count)
    {
        if (Rest.Length < count) return false;
        Position += (int)count;
        return true;
    }

    private bool TrySkip(int depth)
    {
        if (IsAtEnd || depth == 0) return false;
        ReadOnlySpan<byte> rest = Rest;
        switch ((AmfType)rest[0])
        {
            case AmfType.Number: return TryAdvance(9);
            case AmfType.Boolean: return TryAdvance(2);
            case AmfType.String: return rest.Length >= 3 && TryAdvance(3 + BinaryPrimitives.ReadUInt16BigEndian(rest[1..]));
            case AmfType.Null or AmfType.Undefined: return TryAdvance(1);
            case AmfType.Object or AmfType.EcmaArray: return TryEnter() && TrySkipProperties(depth - 1);
            case AmfType.StrictArray: return TrySkipArray(depth - 1);
            case AmfType.Date: return TryAdvance(11);
            case AmfType.LongString: return rest.Length >= 5 && TryAdvance(5L + BinaryPrimitives.ReadUInt32BigEndian(rest[1..]));
            default: return false;
        }
    }

    private bool TrySkipProperties(int depth)
    {
        _ended = false;
        while (TryReadKey(out _))
        {
            if (!TrySkip(depth)) return false;
            _ended = false;
        }

        return _ended;
    }

    private bool TrySkipArray(int depth)
    {
        if (Rest.Length < 5) return false;
        uint count = BinaryPrimitives.ReadUInt32BigEndian(Rest[1..]);
        if (!TryAdvance(5)) return false;
        // Each value takes a byte at least, so that a count that lies ends with the bytes.
        for (uint i = 0; i < count; i++)
        {
            if (!TrySkip(depth)) return false;
        }

        return true;
    }
}
