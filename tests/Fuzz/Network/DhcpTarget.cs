// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Uaas.Devices;
using Uaas.Net;
using Uaas.Net.Testing;
using Uaas.Wire;

namespace Uaas.Fuzz.Network;

/// <summary>A DHCP server gone wrong, talking to a stack that wants an address. The transaction is always right, so that replies are looked at.</summary>
internal sealed class DhcpTarget : IFuzzTarget
{
    private readonly StackBed _bed = new(dhcp: true);
    private uint _transaction;

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        Frames.DhcpReply(DhcpMessageType.Offer, 0, FrameSeeds.Station, FrameSeeds.Address, FrameSeeds.Peer, 3_600),
        Frames.DhcpReply(DhcpMessageType.Ack, 0, FrameSeeds.Station, FrameSeeds.Address, FrameSeeds.Peer, 3_600),
        Frames.DhcpReply(DhcpMessageType.Nak, 0, FrameSeeds.Station, default, FrameSeeds.Peer, 0),
    ];

    public void Run(ReadOnlySpan<byte> input)
    {
        byte[] message = input.ToArray();
        if (message.Length >= 8) BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), _transaction);
        byte[] frame = Frames.Udp(FrameSeeds.PeerStation, MacAddress.Broadcast, FrameSeeds.Peer, Ipv4Address.Broadcast, DhcpMessage.ServerPort, DhcpMessage.ClientPort, message);
        _bed.Device.Arrive(frame);
        _bed.Advance(Nanoseconds.PerSecond * (message.Length % 16));
        foreach (SentFrame sent in _bed.Device.Sent) NoteTransaction(sent.Bytes);
        _bed.Check();
    }

    private void NoteTransaction(byte[] frame)
    {
        const int Transaction = EthernetFrame.HeaderSize + Ipv4Packet.HeaderSize + UdpDatagram.HeaderSize + 4;
        if (frame.Length > Transaction + 4 && frame[23] == (byte)IpProtocol.Udp) _transaction = BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(Transaction));
    }
}
