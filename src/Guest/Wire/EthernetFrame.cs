// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Wire;

/// <summary>What an Ethernet frame carries (IEEE 802 EtherType).</summary>
public enum EtherType : ushort
{
    /// <summary>IPv4.</summary>
    Ipv4 = 0x0800,

    /// <summary>Address resolution for IPv4.</summary>
    Arp = 0x0806,

    /// <summary>IPv6.</summary>
    Ipv6 = 0x86DD,
}

/// <summary>An Ethernet II frame: destination, source, type, payload; no frame check sequence.</summary>
public readonly ref struct EthernetFrame
{
    /// <summary>Bytes before the payload.</summary>
    public const int HeaderSize = 14;

    private readonly ReadOnlySpan<byte> _bytes;

    private EthernetFrame(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Receiving station.</summary>
    public MacAddress Destination => MacAddress.Read(_bytes);

    /// <summary>Sending station.</summary>
    public MacAddress Source => MacAddress.Read(_bytes[6..]);

    /// <summary>Protocol of the payload.</summary>
    public EtherType Type => (EtherType)BinaryPrimitives.ReadUInt16BigEndian(_bytes[12..]);

    /// <summary>What is carried, padding included.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[HeaderSize..];

    /// <summary>Takes a frame; false when it is shorter than its header.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out EthernetFrame frame)
    {
        frame = new EthernetFrame(bytes);
        return bytes.Length >= HeaderSize;
    }

    /// <summary>Writes a header to the start of <paramref name="destination"/>.</summary>
    public static void Write(Span<byte> destination, MacAddress to, MacAddress from, EtherType type)
    {
        Span<byte> header = destination[..HeaderSize];
        to.Write(header);
        from.Write(header[6..]);
        BinaryPrimitives.WriteUInt16BigEndian(header[12..], (ushort)type);
    }
}
