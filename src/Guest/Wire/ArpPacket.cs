// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Wire;

/// <summary>What an ARP packet asks or says.</summary>
public enum ArpOperation : ushort
{
    /// <summary>Who has this address?</summary>
    Request = 1,

    /// <summary>I have it.</summary>
    Reply = 2,
}

/// <summary>An ARP packet for IPv4 on Ethernet (RFC 826).</summary>
public readonly ref struct ArpPacket
{
    /// <summary>Bytes of a packet.</summary>
    public const int Size = 28;

    // Hardware type Ethernet, protocol type IPv4, address lengths 6 and 4.
    private const ulong Ipv4OnEthernet = 0x0001_0800_0604;

    private readonly ReadOnlySpan<byte> _bytes;

    private ArpPacket(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Request or reply.</summary>
    public ArpOperation Operation => (ArpOperation)BinaryPrimitives.ReadUInt16BigEndian(_bytes[6..]);

    /// <summary>Station that sent this.</summary>
    public MacAddress SenderHardware => MacAddress.Read(_bytes[8..]);

    /// <summary>Address of the sender; 0.0.0.0 in a probe (RFC 5227).</summary>
    public Ipv4Address SenderProtocol => new(BinaryPrimitives.ReadUInt32BigEndian(_bytes[14..]));

    /// <summary>Address asked for, or told to.</summary>
    public Ipv4Address TargetProtocol => new(BinaryPrimitives.ReadUInt32BigEndian(_bytes[24..]));

    /// <summary>Takes a packet; false when it is short, of other address families, or neither request nor reply.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out ArpPacket packet)
    {
        packet = default;
        if (bytes.Length < Size || BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16 != Ipv4OnEthernet) return false;
        packet = new ArpPacket(bytes);
        return packet.Operation is ArpOperation.Request or ArpOperation.Reply;
    }

    /// <summary>Writes a packet to the start of <paramref name="destination"/>.</summary>
    public static void Write(Span<byte> destination, ArpOperation operation, MacAddress senderHardware, Ipv4Address senderProtocol,
        MacAddress targetHardware, Ipv4Address targetProtocol)
    {
        Span<byte> packet = destination[..Size];
        BinaryPrimitives.WriteUInt64BigEndian(packet, Ipv4OnEthernet << 16 | (ushort)operation);
        senderHardware.Write(packet[8..]);
        BinaryPrimitives.WriteUInt32BigEndian(packet[14..], senderProtocol.Value);
        targetHardware.Write(packet[18..]);
        BinaryPrimitives.WriteUInt32BigEndian(packet[24..], targetProtocol.Value);
    }
}
