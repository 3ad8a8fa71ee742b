// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Net.Testing;
using Uaas.Wire;

namespace Uaas.Fuzz.Network;

/// <summary>Good frames, one or more of each kind.</summary>
internal static class FrameSeeds
{
    public static readonly MacAddress Station = new(0x02_0000_0000_02);
    public static readonly MacAddress PeerStation = new(0x02_0000_0000_01);
    public static readonly Ipv4Address Address = new(0x0A09_0002);
    public static readonly Ipv4Address Peer = new(0x0A09_0001);

    public const ushort TcpPort = 80;
    public const ushort UdpPort = 53;

    /// <summary>Whole frames.</summary>
    public static IReadOnlyList<byte[]> All { get; } =
    [
        Frames.Arp(PeerStation, MacAddress.Broadcast, ArpOperation.Request, Peer, default, Address),
        Frames.Arp(PeerStation, Station, ArpOperation.Reply, Peer, Station, Address),
        Frames.Echo(PeerStation, Station, Peer, Address, new byte[56]),
        Frames.Udp(PeerStation, Station, Peer, Address, 4_000, UdpPort, new byte[100]),
        Frames.Udp(PeerStation, Station, Peer, Address, 4_000, 54, new byte[10]),
        Frames.Fragment(PeerStation, Station, Peer, Address, IpProtocol.Udp, 7, 0, true, new byte[64]),
        Frames.Fragment(PeerStation, Station, Peer, Address, IpProtocol.Udp, 7, 64, false, new byte[30]),
        Tcp(TcpFlags.Syn, 1_000, 0, 0),
        Tcp(TcpFlags.Ack, 1_001, 0, 0),
        Tcp(TcpFlags.Ack | TcpFlags.Psh, 1_001, 0, 100),
        Tcp(TcpFlags.Ack | TcpFlags.Fin, 1_001, 0, 0),
        Tcp(TcpFlags.Rst, 1_001, 0, 0),
    ];

    /// <summary>What frames carry, from its own header on.</summary>
    public static IReadOnlyList<byte[]> Payloads { get; } = MakePayloads();

    private static byte[] Tcp(TcpFlags flags, uint sequence, uint acknowledgment, int length) => Frames.Tcp(PeerStation, Station, Peer, Address, new TcpTemplate
    {
        SourcePort = 50_000,
        DestinationPort = TcpPort,
        Sequence = sequence,
        Acknowledgment = acknowledgment,
        Flags = flags,
        Window = 60_000,
        MaximumSegmentSize = (flags & TcpFlags.Syn) != 0 ? (ushort)1_460 : (ushort)0,
        WindowScale = (flags & TcpFlags.Syn) != 0 ? (sbyte)7 : (sbyte)-1,
        SackPermitted = (flags & TcpFlags.Syn) != 0,
        Timestamps = true,
        Timestamp = 1_000,
        SackBlocks = (flags & TcpFlags.Psh) != 0 ? [(5u, 10u), (20u, 30u)] : [],
        Payload = new byte[length],
    });

    private static List<byte[]> MakePayloads()
    {
        List<byte[]> payloads = [Frames.DhcpReply(DhcpMessageType.Offer, 1, Station, Address, Peer, 3_600)];
        foreach (byte[] frame in All)
        {
            payloads.Add(frame[EthernetFrame.HeaderSize..]);
            if (Ipv4Packet.TryParse(frame.AsSpan(EthernetFrame.HeaderSize), out Ipv4Packet packet)) payloads.Add(packet.Payload.ToArray());
        }

        return payloads;
    }
}
