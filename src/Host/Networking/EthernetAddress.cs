// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net;

namespace Uaas.Networking;

/// <summary>A 48-bit Ethernet address.</summary>
/// <param name="value">Its value, the first byte on the wire being the most significant of the six.</param>
public readonly struct EthernetAddress(ulong value) : IEquatable<EthernetAddress>
{
    /// <summary>Bytes of an address.</summary>
    public const int Size = 6;

    private const ulong LocallyAdministered = 0x0200_0000_0000;

    /// <summary>The locally administered address that belongs to an IPv4 address of the node: 02:00 and its four bytes.</summary>
    public static EthernetAddress For(IPAddress address)
    {
        ulong value = 0;
        foreach (byte part in address.GetAddressBytes())
            value = value << 8 | part;
        return new EthernetAddress(LocallyAdministered | value);
    }

    /// <summary>Writes the six bytes as they go on the wire.</summary>
    public void WriteTo(Span<byte> destination)
    {
        for (int i = 0; i < Size; i++)
            destination[i] = Part(i);
    }

    /// <inheritdoc/>
    public bool Equals(EthernetAddress other) => value == other.GetValue();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is EthernetAddress other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => value.GetHashCode();

    /// <summary>Six pairs of hexadecimal digits with colons.</summary>
    public override string ToString() => $"{Part(0):x2}:{Part(1):x2}:{Part(2):x2}:{Part(3):x2}:{Part(4):x2}:{Part(5):x2}";

    private ulong GetValue() => value;

    private byte Part(int index) => (byte)(value >> 8 * (Size - 1 - index));
}
