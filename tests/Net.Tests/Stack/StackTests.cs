// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Net.Testing;
using Uaas.Wire;
using Xunit;

namespace Uaas.Net.Tests.Stack;

/// <summary>Below TCP: neighbours, routes, fragments, echoes, datagrams.</summary>
public sealed class StackTests
{
    private static readonly MacAddress Station = new(0x02_0000_0000_02);
    private static readonly MacAddress PeerStation = new(0x02_0000_0000_01);
    private static readonly Ipv4Address Address = new(0x0A00_0002);
    private static readonly Ipv4Address Peer = new(0x0A00_0001);
    private static readonly Ipv4Address Far = new(0x0808_0808);

    private readonly MemoryDevice _device = new(Station);
    private long _now = Nanoseconds.PerSecond;

    [Fact]
    public void A_request_for_our_address_is_answered()
    {
        NetworkStack stack = Make();
        Arrive(stack, Frames.Arp(PeerStation, MacAddress.Broadcast, ArpOperation.Request, Peer, default, Address));
        Assert.True(EthernetFrame.TryParse(_device.Sent.Dequeue().Bytes, out EthernetFrame frame));
        Assert.Equal(PeerStation, frame.Destination);
        Assert.True(ArpPacket.TryParse(frame.Payload, out ArpPacket reply));
        Assert.Equal((ArpOperation.Reply, Station, Address), (reply.Operation, reply.SenderHardware, reply.SenderProtocol));
        Arrive(stack, Frames.Arp(PeerStation, MacAddress.Broadcast, ArpOperation.Request, Peer, default, Far));
        Assert.Empty(_device.Sent);
    }

    [Fact]
    public void An_unknown_neighbour_is_asked_for_once_a_second()
    {
        NetworkStack stack = Make();
        UdpSocket socket = stack.Udp.Bind(1, 1, 100)!;
        stack.Poll(_now);
        Assert.Equal(TransmitResult.NoNeighbour, socket.Send(Peer, 2, [1]));
        Assert.Equal(TransmitResult.NoNeighbour, socket.Send(Peer, 2, [1]));
        Assert.Single(_device.Sent);
        stack.Poll(_now += Nanoseconds.PerSecond);
        socket.Send(Peer, 2, [1]);
        Assert.Equal(2, _device.Sent.Count);
    }

    [Fact]
    public void A_stale_neighbour_is_asked_while_it_is_used_and_forgotten_if_silent()
    {
        NetworkStack stack = Make();
        UdpSocket socket = stack.Udp.Bind(1, 1, 100)!;
        Arrive(stack, Frames.Arp(PeerStation, Station, ArpOperation.Reply, Peer, Station, Address));
        Assert.Equal(TransmitResult.Ok, socket.Send(Peer, 2, [1]));
        stack.Poll(_now += 40 * Nanoseconds.PerSecond);
        _device.Sent.Clear();
        Assert.Equal(TransmitResult.Ok, socket.Send(Peer, 2, [1]));
        Assert.Equal(2, _device.Sent.Count);
        for (int i = 0; i < 3; i++)
        {
            stack.Poll(_now += 2 * Nanoseconds.PerSecond);
            socket.Send(Peer, 2, [1]);
        }

        Assert.Equal(TransmitResult.NoNeighbour, socket.Send(Peer, 2, [1]));
    }

    [Fact]
    public void The_gateway_is_learnt_from_what_comes_through_it()
    {
        NetworkStack stack = Make(new NetworkConfiguration { Address = Address, PrefixLength = 32, Gateway = new Ipv4Address(0xA9FE_0001) });
        Arrive(stack, Frames.Echo(PeerStation, Station, Far, Address, [1, 2]));
        Assert.True(EthernetFrame.TryParse(_device.Sent.Dequeue().Bytes, out EthernetFrame frame));
        Assert.Equal((PeerStation, EtherType.Ipv4), (frame.Destination, frame.Type));
        Assert.Empty(_device.Sent);
    }

    [Fact]
    public void Without_a_route_nothing_is_sent()
    {
        NetworkStack stack = Make();
        UdpSocket socket = stack.Udp.Bind(1, 1, 100)!;
        Assert.Equal(TransmitResult.NoRoute, socket.Send(Far, 2, [1]));
        Assert.Empty(_device.Sent);
        Assert.Equal(1, stack.Counters.DroppedNoRoute);
    }

    [Fact]
    public void The_neighbour_cache_is_bounded_and_keeps_the_latest()
    {
        NeighbourCache cache = new(4);
        for (uint i = 1; i <= 100; i++) cache.Confirm(new Ipv4Address(i), new MacAddress(i), i, create: true);
        for (uint i = 97; i <= 100; i++) Assert.Equal(NeighbourState.Known, cache.Resolve(new Ipv4Address(i), 101, out _));
        Assert.Equal(NeighbourState.Ask, cache.Resolve(new Ipv4Address(1), 101, out _));
    }

    [Fact]
    public void What_is_not_for_us_is_dropped()
    {
        NetworkStack stack = Make();
        Arrive(stack, Frames.Echo(PeerStation, new MacAddress(0x02_0000_0000_77), Peer, Address, []));
        Arrive(stack, Frames.Echo(PeerStation, Station, Peer, Far, []));
        Arrive(stack, Frames.Echo(PeerStation, Station, Address, Address, []));
        Arrive(stack, Frames.Echo(PeerStation, Station, new Ipv4Address(0x7F00_0001), Address, []));
        Arrive(stack, Frames.Echo(PeerStation, MacAddress.Broadcast, Peer, Address, []));
        Assert.Empty(_device.Sent);
        Assert.Equal(5, stack.Counters.DroppedNotForUs);
    }

    [Theory]
    [InlineData(new[] { 0, 1, 2 })]
    [InlineData(new[] { 2, 1, 0 })]
    [InlineData(new[] { 1, 1, 0, 2 })]
    [InlineData(new[] { 2, 0, 2, 1 })]
    public void Fragments_are_put_together_in_any_order(int[] order)
    {
        NetworkStack stack = Make();
        UdpSocket socket = stack.Udp.Bind(53, 1, 4_000)!;
        byte[][] fragments = Fragments(1, 3_500);
        foreach (int i in order) Arrive(stack, fragments[i]);
        byte[] received = new byte[4_000];
        Assert.True(socket.TryReceive(received, out int length, out Ipv4Address from, out _));
        Assert.Equal((3_500, Peer), (length, from));
        Assert.True(Pattern.Matches(received.AsSpan(0, length), 0));
    }

    [Fact]
    public void Overlapping_fragments_give_the_packet_up()
    {
        NetworkStack stack = Make();
        UdpSocket socket = stack.Udp.Bind(53, 1, 4_000)!;
        byte[][] fragments = Fragments(1, 3_500);
        Arrive(stack, fragments[0]);
        Arrive(stack, Frames.Fragment(PeerStation, Station, Peer, Address, IpProtocol.Udp, 1, 1_472, true, new byte[1_480]));
        Arrive(stack, fragments[1]);
        Arrive(stack, fragments[2]);
        Assert.Equal(0, socket.Available);
        Assert.True(stack.Counters.DroppedFragments > 0);
    }

    [Fact]
    public void A_fragment_beyond_the_largest_packet_is_dropped()
    {
        NetworkStack stack = Make();
        Arrive(stack, Frames.Fragment(PeerStation, Station, Peer, Address, IpProtocol.Udp, 1, 65_528, false, new byte[100]));
        Assert.Equal(1, stack.Counters.DroppedFragments);
    }

    [Fact]
    public void Packets_in_reassembly_are_bounded_and_age()
    {
        NetworkStack stack = Make();
        UdpSocket socket = stack.Udp.Bind(53, 8, 4_000)!;
        for (ushort id = 1; id <= 5; id++)
        {
            _now++;
            Arrive(stack, Fragments(id, 3_500)[0]);
        }

        Assert.Equal(1, stack.Counters.DroppedFragments);
        Finish(stack, 1);
        Assert.Equal(0, socket.Available);
        Finish(stack, 5);
        Assert.Equal(1, socket.Available);
        _now += 31 * Nanoseconds.PerSecond;
        Finish(stack, 4);
        Assert.Equal(1, socket.Available);
    }

    [Fact]
    public void A_closed_port_is_told_within_the_rate()
    {
        NetworkStack stack = Make(new NetworkConfiguration { Address = Address, PrefixLength = 24, ErrorsPerSecond = 3 });
        Arrive(stack, Frames.Arp(PeerStation, Station, ArpOperation.Reply, Peer, Station, Address));
        for (int i = 0; i < 10; i++) Arrive(stack, Frames.Udp(PeerStation, Station, Peer, Address, 1, 99, [1, 2, 3]));
        Assert.Equal(3, _device.Sent.Count);
        Assert.True(Ipv4Packet.TryParse(_device.Sent.Dequeue().Bytes.AsSpan(14), out Ipv4Packet packet));
        Assert.True(IcmpMessage.TryParse(packet.Payload, out IcmpMessage message));
        Assert.Equal((IcmpType.DestinationUnreachable, (byte)IcmpUnreachableCode.Port), (message.Type, message.Code));
        Assert.Equal(28, message.Body.Length);
    }

    [Fact]
    public void A_full_queue_drops_datagrams()
    {
        NetworkStack stack = Make();
        UdpSocket socket = stack.Udp.Bind(53, 2, 100)!;
        for (byte i = 0; i < 5; i++) Arrive(stack, Frames.Udp(PeerStation, Station, Peer, Address, 1, 53, [i]));
        Assert.Equal(2, socket.Available);
        Assert.Equal(3, stack.Counters.UdpQueueFull);
        byte[] buffer = new byte[1];
        List<byte> received = [];
        while (socket.TryReceive(buffer, out _, out _, out _)) received.Add(buffer[0]);
        Assert.Equal([0, 1], received);
        Assert.Null(stack.Udp.Bind(53, 1, 1));
    }

    [Fact]
    public void An_idle_stack_never_wants_to_be_woken()
    {
        NetworkStack stack = Make();
        Arrive(stack, Frames.Arp(PeerStation, MacAddress.Broadcast, ArpOperation.Request, Peer, default, Address));
        Arrive(stack, Frames.Echo(PeerStation, Station, Peer, Address, [1]));
        Assert.False(stack.Poll(_now));
        Assert.Equal(Nanoseconds.Never, stack.NextDeadline(_now));
    }

    private NetworkStack Make(NetworkConfiguration? configuration = null) =>
        new(_device, configuration ?? new NetworkConfiguration { Address = Address, PrefixLength = 24 }, 1, 2);

    private void Arrive(NetworkStack stack, byte[] frame)
    {
        _device.Arrive(frame);
        stack.Poll(_now);
    }

    private void Finish(NetworkStack stack, ushort identification)
    {
        byte[][] fragments = Fragments(identification, 3_500);
        Arrive(stack, fragments[1]);
        Arrive(stack, fragments[2]);
    }

    private static byte[][] Fragments(ushort identification, int length)
    {
        byte[] datagram = new byte[UdpDatagram.HeaderSize + length];
        Pattern.Fill(datagram.AsSpan(UdpDatagram.HeaderSize), 0);
        UdpDatagram.Write(datagram, Peer, Address, 1_000, 53);
        List<byte[]> fragments = [];
        for (int offset = 0; offset < datagram.Length; offset += 1_480)
        {
            int piece = Math.Min(1_480, datagram.Length - offset);
            fragments.Add(Frames.Fragment(PeerStation, Station, Peer, Address, IpProtocol.Udp, identification, offset, offset + piece < datagram.Length, datagram.AsSpan(offset, piece)));
        }

        return [.. fragments];
    }
}
