// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using Uaas.Net.Testing;
using Uaas.Wire;
using Xunit;

namespace Uaas.Net.Tests.Stack;

/// <summary>The DHCP client against a server whose every message the test writes.</summary>
public sealed class DhcpTests
{
    private static readonly MacAddress Station = new(0x02_0000_0000_02);
    private static readonly MacAddress ServerStation = new(0x02_0000_0000_01);
    private static readonly Ipv4Address Server = new(0x0A00_0001);
    private static readonly Ipv4Address Offered = new(0x0A00_0009);

    private readonly MemoryDevice _device = new(Station);
    private readonly NetworkStack _stack;
    private long _now = Nanoseconds.PerSecond;

    public DhcpTests()
    {
        _stack = new NetworkStack(_device, new NetworkConfiguration(), 1, 2);
        _stack.Poll(_now);
    }

    [Fact]
    public void An_address_is_had_in_four_messages()
    {
        Bind(3_600);
        Assert.Equal(DhcpState.Bound, _stack.Dhcp.State);
        Assert.Equal((Offered, 24, Server), (_stack.Interface.Address, _stack.Interface.PrefixLength, _stack.Interface.Gateway));
    }

    [Fact]
    public void A_silent_network_is_asked_ever_slower()
    {
        Next(DhcpMessageType.Discover);
        foreach (int seconds in new[] { 4, 8, 16, 32, 64, 64 })
        {
            long wait = _stack.NextDeadline(_now) - _now;
            Assert.InRange(wait, (seconds - 1) * Nanoseconds.PerSecond, (seconds + 1) * Nanoseconds.PerSecond);
            _stack.Poll(_now += wait);
            Next(DhcpMessageType.Discover);
        }
    }

    [Fact]
    public void A_refusal_begins_anew()
    {
        uint transaction = Next(DhcpMessageType.Discover);
        Reply(DhcpMessageType.Offer, transaction, 60);
        Next(DhcpMessageType.Request);
        Reply(DhcpMessageType.Nak, transaction, 0);
        Assert.Equal(DhcpState.Selecting, _stack.Dhcp.State);
        _stack.Poll(_now += 2 * Nanoseconds.PerSecond);
        Assert.NotEqual(transaction, Next(DhcpMessageType.Discover));
    }

    [Theory]
    [InlineData(1u, 0x02_0000_0000_02UL)]
    [InlineData(0u, 0x02_0000_0000_99UL)]
    public void A_message_for_another_is_ignored(uint otherTransaction, ulong client)
    {
        uint transaction = Next(DhcpMessageType.Discover);
        Deliver(Frames.DhcpReply(DhcpMessageType.Offer, transaction + otherTransaction, new MacAddress(client), Offered, Server, 60));
        Assert.Equal(DhcpState.Selecting, _stack.Dhcp.State);
    }

    [Fact]
    public void A_lease_is_renewed_at_half_its_time()
    {
        Bind(3_600);
        long renewal = _stack.NextDeadline(_now);
        Assert.Equal(_now + 1_800 * Nanoseconds.PerSecond, renewal);
        _device.Arrive(Frames.Arp(ServerStation, Station, ArpOperation.Reply, Server, Station, Offered));
        _stack.Poll(_now = renewal);
        uint transaction = Next(DhcpMessageType.Request);
        Assert.Equal(DhcpState.Renewing, _stack.Dhcp.State);
        Reply(DhcpMessageType.Ack, transaction, 3_600);
        Assert.Equal(DhcpState.Bound, _stack.Dhcp.State);
        Assert.Equal(_now + 1_800 * Nanoseconds.PerSecond, _stack.NextDeadline(_now));
    }

    [Fact]
    public void A_lease_that_nobody_renews_ends()
    {
        Bind(3_600);
        long end = _now + 3_600 * Nanoseconds.PerSecond;
        bool rebinding = false;
        while (_now < end)
        {
            Assert.Equal(Offered, _stack.Interface.Address);
            _stack.Poll(_now = Math.Min(_stack.NextDeadline(_now), end));
            rebinding |= _stack.Dhcp.State == DhcpState.Rebinding;
        }

        Assert.True(rebinding);
        Assert.Equal(Ipv4Address.Any, _stack.Interface.Address);
        Assert.Equal(DhcpState.Selecting, _stack.Dhcp.State);
    }

    private void Bind(uint lease)
    {
        uint transaction = Next(DhcpMessageType.Discover);
        Reply(DhcpMessageType.Offer, transaction, lease);
        Next(DhcpMessageType.Request);
        Reply(DhcpMessageType.Ack, transaction, lease);
        _device.Sent.Clear();
    }

    private void Reply(DhcpMessageType type, uint transaction, uint lease) => Deliver(Frames.DhcpReply(type, transaction, Station, Offered, Server, lease));

    private void Deliver(byte[] message)
    {
        _device.Arrive(Frames.Udp(ServerStation, MacAddress.Broadcast, Server, Ipv4Address.Broadcast, DhcpMessage.ServerPort, DhcpMessage.ClientPort, message));
        _stack.Poll(_now);
    }

    /// <summary>The next message that the client sent; returns its transaction.</summary>
    private uint Next(DhcpMessageType type)
    {
        Assert.True(_device.Sent.TryDequeue(out SentFrame? sent), "nothing was sent");
        Assert.True(Ipv4Packet.TryParse(sent.Bytes.AsSpan(EthernetFrame.HeaderSize), out Ipv4Packet packet));
        Assert.True(UdpDatagram.TryParse(packet.Payload, packet.Source, packet.Destination, false, out UdpDatagram datagram));
        Assert.Equal((DhcpMessage.ClientPort, DhcpMessage.ServerPort), (datagram.SourcePort, datagram.DestinationPort));
        Assert.Equal((byte)type, datagram.Payload[242]);
        return BinaryPrimitives.ReadUInt32BigEndian(datagram.Payload[4..]);
    }
}
