// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Linq;
using System.Net;
using Uaas.Networking;
using Xunit;

namespace Uaas.Host.Tests.Networking;

/// <summary>The DHCP server's answers (RFC 2131).</summary>
public sealed class DhcpTests
{
    private const byte Discover = 1, Offer = 2, Request = 3, Acknowledge = 5, Refuse = 6, Release = 7, Inform = 8;

    private static readonly IPAddress Address = IPAddress.Parse("10.77.0.2");
    private static readonly DhcpLease Lease = new(EthernetAddress.For(Address), Address, IPAddress.Parse("10.77.0.1"), 1500);

    private readonly byte[] _reply = new byte[DhcpExchange.ReplySize];

    [Fact]
    public void A_client_is_offered_and_given_its_address_with_subnet_router_and_MTU()
    {
        Assert.Equal(Offer, Answer(Message(Discover), out IPAddress destination));
        Assert.Equal(Address, destination);
        Assert.Equal(Address.GetAddressBytes(), _reply[16..20]);
        Assert.Equal(Acknowledge, Answer(Message(Request, [50, 4, 10, 77, 0, 2], [54, 4, 10, 77, 0, 1]), out _));
        Assert.Equal(Address.GetAddressBytes(), _reply[16..20]);
        Assert.Equal([0xab, 0xcd, 0xef, 0x01], _reply[4..8]);
        Assert.Equal([255, 255, 0, 0], Option(1)!);
        Assert.Equal([10, 77, 0, 1], Option(3)!);
        Assert.Equal([10, 77, 0, 1], Option(54)!);
        Assert.Equal([5, 220], Option(26)!);
        Assert.NotNull(Option(51));
    }

    [Fact]
    public void Renewing_is_granted_to_the_address_that_asks()
    {
        byte[] renewal = Message(Request);
        Address.GetAddressBytes().CopyTo(renewal, 12);
        renewal[10] = 0x80;
        Assert.Equal(Acknowledge, Answer(renewal, out IPAddress destination));
        Assert.Equal(Address, destination);
    }

    [Fact]
    public void Another_address_is_refused_to_all_on_the_link()
    {
        Assert.Equal(Refuse, Answer(Message(Request, [50, 4, 192, 168, 1, 9]), out IPAddress destination));
        Assert.Equal(IPAddress.Broadcast, destination);
        Assert.Equal(new byte[4], _reply[16..20]);
        Assert.Null(Option(51));
    }

    [Fact]
    public void A_client_that_cannot_be_reached_yet_is_answered_by_broadcast()
    {
        byte[] message = Message(Discover);
        message[10] = 0x80;
        Answer(message, out IPAddress destination);
        Assert.Equal(IPAddress.Broadcast, destination);
    }

    [Fact]
    public void Who_asks_for_more_than_an_address_gets_it_without_one()
    {
        byte[] message = Message(Inform);
        Address.GetAddressBytes().CopyTo(message, 12);
        Assert.Equal(Acknowledge, Answer(message, out _));
        Assert.Equal(new byte[4], _reply[16..20]);
        Assert.NotNull(Option(3));
        Assert.Null(Option(51));
    }

    [Fact]
    public void What_is_not_for_us_is_not_answered()
    {
        byte[] other = Message(Discover);
        other[28] ^= 1;
        byte[] reply = Message(Discover);
        reply[0] = 2;
        byte[] relayed = Message(Discover);
        relayed[24] = 10;
        byte[] bootp = Message(Discover);
        bootp[236] = 0;
        byte[][] silent = [other, reply, relayed, bootp, Message(Release), Message(0), Message(Request, [54, 4, 10, 0, 0, 9]), Message(Discover)[..239], [], [.. Message(Discover)[..243], 50, 9]];
        Assert.All(silent, message => Assert.Equal(0, DhcpExchange.Answer(message, Lease, _reply, out _)));
    }

    [Fact]
    public void Whatever_comes_nothing_breaks_and_nobody_else_is_answered()
    {
        var random = new Random(3);
        for (int i = 0; i < 50_000; i++)
        {
            byte[] message = Message((byte)random.Next(9), [50, 4, 10, 77, 0, 2], [55, 3, 1, 3, 6]);
            message = message[..(random.Next(4) == 0 ? random.Next(message.Length) : message.Length)];
            for (int changes = random.Next(6); changes > 0 && message.Length > 0; changes--) message[random.Next(message.Length)] = (byte)random.Next(256);
            int length = DhcpExchange.Answer(message, Lease, _reply, out IPAddress destination);
            if (length == 0) continue;
            Assert.Equal(DhcpExchange.ReplySize, length);
            Assert.Contains(destination, new[] { Address, IPAddress.Broadcast });
            Assert.Equal(message[28..34], _reply[28..34]);
        }
    }

    private byte Answer(byte[] message, out IPAddress destination)
    {
        Assert.Equal(DhcpExchange.ReplySize, DhcpExchange.Answer(message, Lease, _reply, out destination));
        return Option(53)!.Single();
    }

    private byte[]? Option(byte number)
    {
        for (int i = 240; _reply[i] != 255; i += 2 + _reply[i + 1])
        {
            if (_reply[i] == number) return _reply[(i + 2)..(i + 2 + _reply[i + 1])];
        }
        return null;
    }

    private static byte[] Message(byte type, params byte[][] options)
    {
        byte[] message = new byte[300];
        message[0] = message[1] = 1;
        message[2] = 6;
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), 0xabcd_ef01);
        Lease.Client.WriteTo(message.AsSpan(28));
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(236), 0x6382_5363);
        byte[] all = [53, 1, type, .. options.SelectMany(option => option), 255];
        all.CopyTo(message, 240);
        return message;
    }
}
