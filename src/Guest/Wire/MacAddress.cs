// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Wire;

/// <summary>An IEEE 802 MAC address: 48 bits, the first byte on the wire highest.</summary>
public readonly struct MacAddress(ulong value) : IEquatable<MacAddress>
{
    /// <summary>Bytes an address takes on the wire.</summary>
    public const int Size = 6;

    /// <summary>The address in the low 48 bits.</summary>
    public ulong Value { get; } = value & 0xFFFF_FFFF_FFFF;

    /// <summary>ff:ff:ff:ff:ff:ff, every station on the link.</summary>
    public static MacAddress Broadcast => new(0xFFFF_FFFF_FFFF);

    /// <summary>Whether the group bit is set (multicast or broadcast).</summary>
    public bool IsGroup => (Value >> 40 & 1) != 0;

    /// <summary>Reads an address from the first six bytes of <paramref name="source"/>.</summary>
    public static MacAddress Read(ReadOnlySpan<byte> source)
    {
        return new MacAddress((ulong)BinaryPrimitives.ReadUInt32BigEndian(source) << 16 | BinaryPrimitives.ReadUInt16BigEndian(source[4..]));
    }

    /// <summary>Writes the address to the first six bytes of <paramref name="destination"/>.</summary>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)(Value >> 16));
        BinaryPrimitives.WriteUInt16BigEndian(destination[4..], (ushort)Value);
    }

    /// <inheritdoc/>
    public bool Equals(MacAddress other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is MacAddress other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)(Value ^ Value >> 32);

    /// <summary>Whether two addresses are the same.</summary>
    public static bool operator ==(MacAddress left, MacAddress right) => left.Value == right.Value;

    /// <summary>Whether two addresses differ.</summary>
    public static bool operator !=(MacAddress left, MacAddress right) => left.Value != right.Value;
}
