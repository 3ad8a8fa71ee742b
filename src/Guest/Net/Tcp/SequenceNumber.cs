// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Net.Tcp;

/// <summary>A TCP sequence number: 32 bits that wrap. Order is by the shorter way around (RFC 9293, 3.4): meaningful within 2^31.</summary>
public readonly struct SequenceNumber(uint value) : IEquatable<SequenceNumber>
{
    /// <summary>The number on the wire.</summary>
    public uint Value { get; } = value;

    /// <summary>The number <paramref name="distance"/> octets on.</summary>
    public static SequenceNumber operator +(SequenceNumber number, int distance) => new(number.Value + (uint)distance);

    /// <summary>How many octets <paramref name="left"/> lies after <paramref name="right"/>; negative when before.</summary>
    public static int operator -(SequenceNumber left, SequenceNumber right) => (int)(left.Value - right.Value);

    /// <summary>Whether left comes before right.</summary>
    public static bool operator <(SequenceNumber left, SequenceNumber right) => left - right < 0;

    /// <summary>Whether left comes after right.</summary>
    public static bool operator >(SequenceNumber left, SequenceNumber right) => left - right > 0;

    /// <summary>Whether left does not come after right.</summary>
    public static bool operator <=(SequenceNumber left, SequenceNumber right) => left - right <= 0;

    /// <summary>Whether left does not come before right.</summary>
    public static bool operator >=(SequenceNumber left, SequenceNumber right) => left - right >= 0;

    /// <summary>Whether both are the same.</summary>
    public static bool operator ==(SequenceNumber left, SequenceNumber right) => left.Value == right.Value;

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(SequenceNumber left, SequenceNumber right) => left.Value != right.Value;

    /// <inheritdoc/>
    public bool Equals(SequenceNumber other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SequenceNumber other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Value;
}
