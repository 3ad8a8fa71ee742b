// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using Uaas.Wire;

namespace Uaas.Devices.Lanes;

/// <summary>
/// Which frames may pass between two linked instances: the same that the node's packet filter lets pass between their taps. IPv4 TCP from one to the other, to a port
/// that a declared link leads to; back from there whatever opens no connection.
/// </summary>
internal sealed class LaneRules
{
    private const int PacketOffset = NetworkDevice.EthernetHeaderSize;
    private const int TypeOffset = 12;
    private const ushort Ipv4Type = 0x0800;
    private const byte Version4 = 0x40;
    private const int FragmentOffset = PacketOffset + 6;
    private const ushort FragmentMask = 0x3FFF; // more fragments, and where this one belongs
    private const int ProtocolOffset = PacketOffset + 9;
    private const int SourceOffset = PacketOffset + 12;
    private const int DestinationOffset = PacketOffset + 16;

    private readonly ushort[] _ownPorts = new ushort[LaneLayout.PortsMax];
    private readonly ushort[] _peerPorts = new ushort[LaneLayout.PortsMax];
    private int _ownPortCount;
    private int _peerPortCount;
    private uint _peer;

    /// <summary>Follows an entry of the directory from now on: <see cref="LaneLayout.EntrySize"/> bytes that the node alone writes.</summary>
    internal void Follow(ReadOnlySpan<byte> entry)
    {
        _peer = BinaryPrimitives.ReadUInt32LittleEndian(entry[LaneLayout.PeerOffset..]);
        _ownPortCount = ReadPorts(entry, LaneLayout.OwnPortCountOffset, LaneLayout.OwnPortsOffset, _ownPorts);
        _peerPortCount = ReadPorts(entry, LaneLayout.PeerPortCountOffset, LaneLayout.PeerPortsOffset, _peerPorts);
    }

    /// <summary>Whether a frame to send is for the other, and allowed.</summary>
    internal bool MaySend(ReadOnlySpan<byte> frame) => Allows(frame, DestinationOffset, _peerPorts.AsSpan(0, _peerPortCount), _ownPorts.AsSpan(0, _ownPortCount));

    /// <summary>Whether a frame that came is the other's, and allowed.</summary>
    internal bool MayReceive(ReadOnlySpan<byte> frame) => Allows(frame, SourceOffset, _ownPorts.AsSpan(0, _ownPortCount), _peerPorts.AsSpan(0, _peerPortCount));

    private bool Allows(ReadOnlySpan<byte> frame, int peerOffset, ReadOnlySpan<ushort> reached, ReadOnlySpan<ushort> answering)
    {
        if (frame.Length < PacketOffset + Ipv4Packet.HeaderSize + TcpSegment.HeaderSize
            || BinaryPrimitives.ReadUInt32BigEndian(frame[peerOffset..]) != _peer
            || BinaryPrimitives.ReadUInt16BigEndian(frame[TypeOffset..]) != Ipv4Type
            || (frame[PacketOffset] & 0xF0) != Version4
            || (BinaryPrimitives.ReadUInt16BigEndian(frame[FragmentOffset..]) & FragmentMask) != 0
            || frame[ProtocolOffset] != (byte)IpProtocol.Tcp)
            return false;

        int header = (frame[PacketOffset] & 0xF) * 4;
        if (header < Ipv4Packet.HeaderSize || frame.Length < PacketOffset + header + TcpSegment.HeaderSize) return false;
        ReadOnlySpan<byte> segment = frame[(PacketOffset + header)..];
        if (Contains(reached, BinaryPrimitives.ReadUInt16BigEndian(segment[2..]))) return true;
        TcpFlags opening = (TcpFlags)segment[13] & (TcpFlags.Syn | TcpFlags.Ack);
        return opening != TcpFlags.Syn && Contains(answering, BinaryPrimitives.ReadUInt16BigEndian(segment));
    }

    private static int ReadPorts(ReadOnlySpan<byte> entry, int countOffset, int offset, ushort[] ports)
    {
        int count = Math.Min((int)BinaryPrimitives.ReadUInt16LittleEndian(entry[countOffset..]), ports.Length);
        for (int i = 0; i < count; i++) ports[i] = BinaryPrimitives.ReadUInt16LittleEndian(entry[(offset + 2 * i)..]);
        return count;
    }

    private static bool Contains(ReadOnlySpan<ushort> ports, ushort port)
    {
        foreach (ushort each in ports)
        {
            if (each == port) return true;
        }

        return false;
    }
}
