// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Numerics;

namespace Uaas.Media.Amf;

/// <summary>Writes AMF0 values into a buffer that is known to be large enough.</summary>
/// <param name="room">The buffer.</param>
public ref struct AmfWriter(Span<byte> room)
{
    private readonly Span<byte> _room = room;

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written.</summary>
    public readonly ReadOnlySpan<byte> Written => _room[..Length];

    /// <summary>Writes a whole number of 0 or more, exact up to 2^53.</summary>
    public void Number(ulong value) => NumberBits(ToDoubleBits(value));

    /// <summary>Writes a number given by the bits of its double.</summary>
    public void NumberBits(ulong bits)
    {
        Put(AmfType.Number);
        BinaryPrimitives.WriteUInt64BigEndian(_room[Length..], bits);
        Length += 8;
    }

    /// <summary>Writes a string of at most 65,535 bytes.</summary>
    public void String(ReadOnlySpan<byte> text)
    {
        Put(AmfType.String);
        Name(text);
    }

    /// <summary>Writes null.</summary>
    public void Null() => Put(AmfType.Null);

    /// <summary>Begins an object.</summary>
    public void BeginObject() => Put(AmfType.Object);

    /// <summary>Writes a property that is a string.</summary>
    public void Property(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Name(name);
        String(value);
    }

    /// <summary>Writes a property that is a whole number.</summary>
    public void Property(ReadOnlySpan<byte> name, ulong value)
    {
        Name(name);
        Number(value);
    }

    /// <summary>Writes a property that is an array of one string.</summary>
    public void ListProperty(ReadOnlySpan<byte> name, ReadOnlySpan<byte> only)
    {
        Name(name);
        Put(AmfType.StrictArray);
        BinaryPrimitives.WriteUInt32BigEndian(_room[Length..], 1);
        Length += 4;
        String(only);
    }

    /// <summary>Ends an object.</summary>
    public void EndObject()
    {
        Name(default);
        Put(AmfType.ObjectEnd);
    }

    /// <summary>The bits of the double nearest below a whole number.</summary>
    public static ulong ToDoubleBits(ulong value)
    {
        if (value == 0) return 0;
        const int MantissaBits = 52;
        const int Bias = 1023;
        int exponent = 63 - BitOperations.LeadingZeroCount(value);
        ulong mantissa = exponent <= MantissaBits ? value << (MantissaBits - exponent) : value >> (exponent - MantissaBits);
        return (ulong)(exponent + Bias) << MantissaBits | mantissa & ((1UL << MantissaBits) - 1);
    }

    private void Put(AmfType type) => _room[Length++] = (byte)type;

    private void Name(ReadOnlySpan<byte> text)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_room[Length..], (ushort)text.Length);
        text.CopyTo(_room[(Length + 2)..]);
        Length += 2 + text.Length;
    }
}
