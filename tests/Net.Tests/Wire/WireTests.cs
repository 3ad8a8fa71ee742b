// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Net.Testing;
using Uaas.Wire;
using Xunit;

namespace Uaas.Net.Tests.Wire;

/// <summary>What is written is read back, and what is malformed is refused at once.</summary>
public sealed class WireTests
{
    private static readonly MacAddress A = new(0x02_1234_5678_9A);
    private static readonly MacAddress B = new(0x02_0000_0000_01);
    private static readonly Ipv4Address From = new(0xC0A8_0101);
    private static readonly Ipv4Address To = new(0xC0A8_01FE);

    [Fact]
    public void An_arp_packet_is_read_back()
    {
        byte[] bytes = Frames.Arp(A, B, ArpOperation.Request, From, B, To);
        Assert.True(EthernetFrame.TryParse(bytes, out EthernetFrame frame));
        Assert.Equal(A, frame.Source);
        Assert.Equal(B, frame.Destination);
        Assert.True(ArpPacket.TryParse(frame.Payload, out ArpPacket packet));
        Assert.Equal(ArpOperation.Request, packet.Operation);
        Assert.Equal((A, From, To), (packet.SenderHardware, packet.SenderProtocol, packet.TargetProtocol));
    }

    [Theory]
    [InlineData(1, 2)] // hardware type
    [InlineData(2, 9)] // protocol type
    [InlineData(4, 8)] // hardware length
    [InlineData(7, 3)] // operation
    public void A_strange_arp_packet_is_refused(int at, byte value)
    {
        byte[] packet = Frames.Arp(A, B, ArpOperation.Request, From, B, To)[EthernetFrame.HeaderSize..];
        packet[at] = value;
        Assert.False(ArpPacket.TryParse(packet, out _));
    }

    [Fact]
    public void An_ipv4_packet_is_read_back_without_the_padding_of_its_frame()
    {
        byte[] bytes = [.. Frames.Fragment(A, B, From, To, IpProtocol.Udp, 77, 1_480, true, new byte[8]), 0, 0, 0];
        Assert.True(Ipv4Packet.TryParse(bytes.AsSpan(EthernetFrame.HeaderSize), out Ipv4Packet packet));
        Assert.Equal((From, To, IpProtocol.Udp), (packet.Source, packet.Destination, packet.Protocol));
        Assert.Equal((77, 1_480, true, true), (packet.Identification, packet.FragmentOffset, packet.MoreFragments, packet.IsFragment));
        Assert.Equal(8, packet.Payload.Length);
    }

    [Theory]
    [InlineData(0, 0x65)] // version
    [InlineData(0, 0x44)] // header too short
    [InlineData(0, 0x4F)] // header longer than the packet
    [InlineData(3, 19)] // total length shorter than the header
    [InlineData(3, 200)] // total length longer than what is there
    public void A_malformed_ipv4_packet_is_refused(int at, byte value)
    {
        byte[] packet = Frames.Ipv4(A, B, From, To, IpProtocol.Udp, new byte[8])[EthernetFrame.HeaderSize..];
        packet[at] = value;
        packet[10] = packet[11] = 0;
        int headerLength = Math.Min((packet[0] & 0xF) * 4, packet.Length);
        ushort checksum = InternetChecksum.Complete(InternetChecksum.Sum(packet.AsSpan(0, headerLength)));
        (packet[10], packet[11]) = ((byte)(checksum >> 8), (byte)checksum);
        Assert.False(Ipv4Packet.TryParse(packet, out _));
    }

    [Fact]
    public void Any_altered_bit_of_an_ipv4_header_is_noticed()
    {
        byte[] packet = Frames.Ipv4(A, B, From, To, IpProtocol.Udp, new byte[8])[EthernetFrame.HeaderSize..];
        for (int bit = 0; bit < Ipv4Packet.HeaderSize * 8; bit++)
        {
            packet[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.False(Ipv4Packet.TryParse(packet, out _));
            packet[bit / 8] ^= (byte)(1 << bit % 8);
        }

        Assert.True(Ipv4Packet.TryParse(packet, out _));
    }

    [Fact]
    public void Ipv4_options_are_skipped()
    {
        byte[] packet = new byte[32];
        packet[0] = 0x46;
        packet[3] = 32;
        packet[9] = (byte)IpProtocol.Udp;
        packet[20] = 1;
        packet[24] = 0xAB;
        ushort checksum = InternetChecksum.Complete(InternetChecksum.Sum(packet.AsSpan(0, 24)));
        (packet[10], packet[11]) = ((byte)(checksum >> 8), (byte)checksum);
        Assert.True(Ipv4Packet.TryParse(packet, out Ipv4Packet parsed));
        Assert.Equal(0xAB, parsed.Payload[0]);
        Assert.Equal(8, parsed.Payload.Length);
    }

    [Fact]
    public void A_datagram_is_read_back_and_its_checksum_may_be_absent()
    {
        byte[] datagram = new byte[UdpDatagram.HeaderSize + 5];
        Pattern.Fill(datagram.AsSpan(UdpDatagram.HeaderSize), 3);
        UdpDatagram.Write(datagram, From, To, 1_000, 53);
        Assert.True(UdpDatagram.TryParse(datagram, From, To, false, out UdpDatagram parsed));
        Assert.Equal((1_000, 53, 5), (parsed.SourcePort, parsed.DestinationPort, parsed.Payload.Length));
        datagram[9] ^= 1;
        Assert.False(UdpDatagram.TryParse(datagram, From, To, false, out _));
        Assert.True(UdpDatagram.TryParse(datagram, From, To, true, out _));
        datagram[6] = datagram[7] = 0;
        Assert.True(UdpDatagram.TryParse(datagram, From, To, false, out _));
        datagram[5] = 200;
        Assert.False(UdpDatagram.TryParse(datagram, From, To, true, out _));
    }

    [Fact]
    public void A_segment_is_read_back_with_its_options()
    {
        byte[] frame = Frames.Tcp(A, B, From, To, new TcpTemplate
        {
            SourcePort = 1,
            DestinationPort = 2,
            Sequence = 3,
            Acknowledgment = 4,
            Flags = TcpFlags.Syn | TcpFlags.Ack,
            Window = 5,
            MaximumSegmentSize = 1_460,
            WindowScale = 9,
            SackPermitted = true,
            Timestamps = true,
            Timestamp = 6,
            TimestampEcho = 7,
            Payload = [8],
        });
        byte[] segment = frame[(EthernetFrame.HeaderSize + Ipv4Packet.HeaderSize)..];
        Assert.True(TcpSegment.TryParse(segment, From, To, false, out TcpSegment parsed));
        Assert.Equal((1, 2, 3u, 4u, 5), (parsed.SourcePort, parsed.DestinationPort, parsed.Sequence, parsed.Acknowledgment, parsed.Window));
        Assert.Equal(TcpFlags.Syn | TcpFlags.Ack, parsed.Flags);
        TcpOptions options = parsed.Options;
        Assert.Equal((1_460, 9, true, true, 6u, 7u), (options.MaximumSegmentSize, options.WindowScale, options.SackPermitted, options.HasTimestamps, options.Timestamp, options.TimestampEcho));
        Assert.Equal([8], parsed.Payload.ToArray());
        segment[20] ^= 1;
        Assert.False(TcpSegment.TryParse(segment, From, To, false, out _));
    }

    [Theory]
    [InlineData(new byte[] { 2 })] // length missing
    [InlineData(new byte[] { 2, 0, 0, 0 })] // length zero
    [InlineData(new byte[] { 2, 1, 0, 0 })] // length less than its own two bytes
    [InlineData(new byte[] { 99, 5, 0, 0 })] // runs over the end
    [InlineData(new byte[] { 2, 3, 0, 0 })] // MSS of the wrong length
    [InlineData(new byte[] { 3, 4, 0, 0 })] // window scale of the wrong length
    [InlineData(new byte[] { 4, 3, 0, 0 })] // SACK permitted of the wrong length
    [InlineData(new byte[] { 5, 6, 0, 0, 0, 0, 0, 0 })] // half a SACK block
    [InlineData(new byte[] { 8, 9, 0, 0, 0, 0, 0, 0, 0, 0 })] // timestamps of the wrong length
    public void Malformed_options_are_refused(byte[] options) => Assert.False(TcpOptions.TryParse(options, out _));

    [Fact]
    public void Unknown_options_are_skipped_and_nothing_is_read_after_the_end()
    {
        Assert.True(TcpOptions.TryParse([1, 99, 4, 7, 7, 2, 4, 1, 0, 0, 3, 0, 0], out TcpOptions options));
        Assert.Equal(256, options.MaximumSegmentSize);
        Assert.Equal(-1, options.WindowScale);
        Assert.True(TcpOptions.TryParse([3, 3, 200, 0], out options));
        Assert.Equal(14, options.WindowScale);
    }

    [Fact]
    public void An_offer_is_read()
    {
        byte[] bytes = Frames.DhcpReply(DhcpMessageType.Offer, 9, A, To, From, 100);
        Assert.True(DhcpMessage.TryParseReply(bytes, out DhcpMessage message));
        Assert.Equal((DhcpMessageType.Offer, 9u, 100u), (message.Type, message.TransactionId, message.LeaseSeconds));
        Assert.Equal((A, To, From, From), (message.ClientHardware, message.YourAddress, message.Server, message.Router));
        Assert.Equal(0xFFFF_FF00u, message.SubnetMask.Value);
        for (int length = 0; length < 240; length++) Assert.False(DhcpMessage.TryParseReply(bytes.AsSpan(0, length), out _));
    }
}
