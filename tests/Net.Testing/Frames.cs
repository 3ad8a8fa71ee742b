// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Uaas.Wire;

namespace Uaas.Net.Testing;

/// <summary>A TCP segment to be made.</summary>
public sealed record TcpTemplate
{
    /// <summary>Sender's port.</summary>
    public ushort SourcePort { get; init; }

    /// <summary>Receiver's port.</summary>
    public ushort DestinationPort { get; init; }

    /// <summary>SEG.SEQ.</summary>
    public uint Sequence { get; init; }

    /// <summary>SEG.ACK.</summary>
    public uint Acknowledgment { get; init; }

    /// <summary>Control bits.</summary>
    public TcpFlags Flags { get; init; } = TcpFlags.Ack;

    /// <summary>Window, not scaled.</summary>
    public ushort Window { get; init; } = 65_535;

    /// <summary>MSS option; 0 for none.</summary>
    public ushort MaximumSegmentSize { get; init; }

    /// <summary>Window scale option; -1 for none.</summary>
    public sbyte WindowScale { get; init; } = -1;

    /// <summary>SACK-permitted option.</summary>
    public bool SackPermitted { get; init; }

    /// <summary>Timestamps option.</summary>
    public bool Timestamps { get; init; }

    /// <summary>TSval.</summary>
    public uint Timestamp { get; init; }

    /// <summary>TSecr.</summary>
    public uint TimestampEcho { get; init; }

    /// <summary>Blocks of a SACK option.</summary>
    public IReadOnlyList<(uint Left, uint Right)> SackBlocks { get; init; } = [];

    /// <summary>Data.</summary>
    public byte[] Payload { get; init; } = [];
}

/// <summary>Makes whole frames.</summary>
public static class Frames
{
    /// <summary>An ARP packet.</summary>
    public static byte[] Arp(MacAddress from, MacAddress to, ArpOperation operation, Ipv4Address sender, MacAddress targetHardware, Ipv4Address target)
    {
        byte[] frame = new byte[EthernetFrame.HeaderSize + ArpPacket.Size];
        EthernetFrame.Write(frame, to, from, EtherType.Arp);
        ArpPacket.Write(frame.AsSpan(EthernetFrame.HeaderSize), operation, from, sender, targetHardware, target);
        return frame;
    }

    /// <summary>An IPv4 packet.</summary>
    public static byte[] Ipv4(MacAddress from, MacAddress to, Ipv4Address source, Ipv4Address destination, IpProtocol protocol, ReadOnlySpan<byte> payload) =>
        Fragment(from, to, source, destination, protocol, 0, 0, false, payload);

    /// <summary>A fragment of an IPv4 packet.</summary>
    public static byte[] Fragment(MacAddress from, MacAddress to, Ipv4Address source, Ipv4Address destination, IpProtocol protocol, ushort identification, int offset,
        bool more, ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[EthernetFrame.HeaderSize + Ipv4Packet.HeaderSize + payload.Length];
        EthernetFrame.Write(frame, to, from, EtherType.Ipv4);
        Ipv4Packet.WriteFragment(frame.AsSpan(EthernetFrame.HeaderSize), source, destination, protocol, payload.Length, identification, offset, more);
        payload.CopyTo(frame.AsSpan(EthernetFrame.HeaderSize + Ipv4Packet.HeaderSize));
        return frame;
    }

    /// <summary>An echo request.</summary>
    public static byte[] Echo(MacAddress from, MacAddress to, Ipv4Address source, Ipv4Address destination, ReadOnlySpan<byte> data)
    {
        byte[] message = new byte[IcmpMessage.HeaderSize + data.Length];
        data.CopyTo(message.AsSpan(IcmpMessage.HeaderSize));
        IcmpMessage.Write(message, IcmpType.EchoRequest, 0, 0x1234_0001);
        return Ipv4(from, to, source, destination, IpProtocol.Icmp, message);
    }

    /// <summary>A datagram.</summary>
    public static byte[] Udp(MacAddress from, MacAddress to, Ipv4Address source, Ipv4Address destination, ushort sourcePort, ushort destinationPort, ReadOnlySpan<byte> payload)
    {
        byte[] datagram = new byte[UdpDatagram.HeaderSize + payload.Length];
        payload.CopyTo(datagram.AsSpan(UdpDatagram.HeaderSize));
        UdpDatagram.Write(datagram, source, destination, sourcePort, destinationPort);
        return Ipv4(from, to, source, destination, IpProtocol.Udp, datagram);
    }

    /// <summary>A segment.</summary>
    public static byte[] Tcp(MacAddress from, MacAddress to, Ipv4Address source, Ipv4Address destination, TcpTemplate template)
    {
        byte[] options = Options(template);
        byte[] segment = new byte[TcpSegment.HeaderSize + options.Length + template.Payload.Length];
        TcpSegment.Write(segment, template.SourcePort, template.DestinationPort, template.Sequence, template.Acknowledgment, template.Flags, template.Window, options.Length);
        options.CopyTo(segment.AsSpan(TcpSegment.HeaderSize));
        template.Payload.CopyTo(segment.AsSpan(TcpSegment.HeaderSize + options.Length));
        TcpSegment.WriteChecksum(segment, source, destination);
        return Ipv4(from, to, source, destination, IpProtocol.Tcp, segment);
    }

    /// <summary>A DHCP server's message, from its own header on.</summary>
    public static byte[] DhcpReply(DhcpMessageType type, uint transaction, MacAddress client, Ipv4Address yours, Ipv4Address server, uint leaseSeconds)
    {
        byte[] message = new byte[300];
        message[0] = 2;
        message[1] = 1;
        message[2] = 6;
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), transaction);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(16), yours.Value);
        client.Write(message.AsSpan(28));
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(236), 0x6382_5363);
        byte[] options =
        [
            53, 1, (byte)type,
            54, 4, .. Bytes(server.Value),
            51, 4, .. Bytes(leaseSeconds),
            1, 4, 255, 255, 255, 0,
            3, 4, .. Bytes(server.Value),
            255,
        ];
        options.CopyTo(message.AsSpan(240));
        return message;
    }

    private static byte[] Bytes(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Options(TcpTemplate template)
    {
        byte[] options = new byte[80];
        int length = 0;
        if (template.MaximumSegmentSize != 0)
        {
            TcpOptions.WriteSyn(options, template.MaximumSegmentSize, template.WindowScale, template.SackPermitted, template.Timestamps, template.Timestamp, template.TimestampEcho);
            length = TcpOptions.SynSize(template.WindowScale, template.SackPermitted, template.Timestamps);
        }
        else if (template.Timestamps)
        {
            TcpOptions.WriteTimestamps(options, template.Timestamp, template.TimestampEcho);
            length = TcpOptions.TimestampsSize;
        }

        int blocks = template.SackBlocks.Count;
        if (blocks > 0)
        {
            TcpOptions.WriteSackHead(options.AsSpan(length), blocks);
            for (int i = 0; i < blocks; i++) TcpOptions.WriteSackBlock(options.AsSpan(length), i, template.SackBlocks[i].Left, template.SackBlocks[i].Right);
            length += TcpOptions.SackSize(blocks);
        }

        return options[..length];
    }
}
