// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Wire;

/// <summary>An IPv4 address, kept in host order: 10.0.0.1 is 0x0A000001.</summary>
public readonly struct Ipv4Address(uint value) : IEquatable<Ipv4Address>
{
    /// <summary>Bytes an address takes on the wire.</summary>
    public const int Size = 4;

    /// <summary>The address in host order.</summary>
    public uint Value { get; } = value;

    /// <summary>0.0.0.0, "this host" (RFC 1122, 3.2.1.3).</summary>
    public static Ipv4Address Any => new(0);

    /// <summary>255.255.255.255, the limited broadcast.</summary>
    public static Ipv4Address Broadcast => new(0xFFFF_FFFF);

    /// <summary>Whether this is a multicast address, 224.0.0.0/4.</summary>
    public bool IsMulticast => Value >> 28 == 0xE;

    /// <summary>Whether this is a loopback address, 127.0.0.0/8.</summary>
    public bool IsLoopback => Value >> 24 == 127;

    /// <inheritdoc/>
    public bool Equals(Ipv4Address other) => Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Ipv4Address other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Value;

    /// <summary>Whether two addresses are the same.</summary>
    public static bool operator ==(Ipv4Address left, Ipv4Address right) => left.Value == right.Value;

    /// <summary>Whether two addresses differ.</summary>
    public static bool operator !=(Ipv4Address left, Ipv4Address right) => left.Value != right.Value;
}
