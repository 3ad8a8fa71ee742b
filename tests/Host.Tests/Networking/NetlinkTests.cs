// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net;
using Uaas.Networking;
using Xunit;

namespace Uaas.Host.Tests.Networking;

public sealed class NetlinkTests
{
    private static readonly IPAddress Guest = IPAddress.Parse("10.77.0.2");
    private static readonly IPAddress Node = IPAddress.Parse("10.77.0.1");

    [Fact]
    public void Sets_a_link_up_with_its_mtu()
    {
        var batch = new RouteBatch(7);
        batch.SetUp(link: 5, mtu: 1500);
        AssertBytes("28000000 1000 0500 07000000 00000000 00 00 0000 05000000 01000000 01000000 0800 0400 DC050000", batch);
    }

    [Fact]
    public void Sets_a_link_up_and_leaves_its_mtu()
    {
        var batch = new RouteBatch(7);
        batch.SetUp(link: 5, mtu: 0);
        AssertBytes("20000000 1000 0500 07000000 00000000 00 00 0000 05000000 01000000 01000000", batch);
    }

    [Fact]
    public void Adds_an_address()
    {
        var batch = new RouteBatch(1);
        batch.AddAddress(1, Node);
        AssertBytes("28000000 1400 0506 01000000 00000000 02 20 00 00 01000000 0800 0200 0A4D0001 0800 0100 0A4D0001", batch);
    }

    [Fact]
    public void Adds_a_route_to_one_host()
    {
        var batch = new RouteBatch(1);
        batch.AddHostRoute(5, Guest, Node);
        AssertBytes(
            "34000000 1800 0506 01000000 00000000 02 20 00 00 FE 04 FD 01 00000000 0800 0100 0A4D0002 0800 0400 05000000 0800 0700 0A4D0001", batch);
    }

    [Fact]
    public void Adds_a_permanent_neighbour()
    {
        var batch = new RouteBatch(1);
        batch.AddNeighbour(5, Guest, EthernetAddress.For(Guest));
        AssertBytes("30000000 1C00 0505 01000000 00000000 02 00 0000 05000000 8000 00 00 0800 0100 0A4D0002 0A00 0200 02000A4D0002 0000", batch);
    }

    [Fact]
    public void Numbers_and_describes_its_messages()
    {
        var batch = new RouteBatch(uint.MaxValue);
        batch.SetUp(1, 0);
        batch.AddHostRoute(1, Guest, Node);
        Assert.Equal(2, batch.Count);
        Assert.Equal("set the link up", batch.Describe(uint.MaxValue));
        Assert.Equal("add the route to 10.77.0.2", batch.Describe(0));
        Assert.Null(batch.Describe(1));
        Assert.Null(batch.Describe(uint.MaxValue - 1));
    }

    [Fact]
    public void Refuses_what_is_not_IPv4() =>
        Assert.Throws<ArgumentException>(() => new RouteBatch(1).AddAddress(1, IPAddress.IPv6Loopback));

    [Theory]
    [InlineData("")]
    [InlineData("14000000")]
    [InlineData("00000000 0200 0000 01000000 00000000 00000000")]
    [InlineData("FFFFFFFF 0200 0000 01000000 00000000 00000000")]
    [InlineData("13000000 0200 0000 01000000 00000000 00000000")]
    [InlineData("18000000 0200 0000 01000000 00000000 00000000")]
    public void Takes_no_message_from_a_broken_datagram(string hexadecimal)
    {
        ReadOnlySpan<byte> rest = Bytes(hexadecimal);
        Assert.False(NetlinkMessage.TryTake(ref rest, out _));
    }

    [Fact]
    public void Takes_messages_one_by_one()
    {
        ReadOnlySpan<byte> rest = Bytes("15000000 0200 0000 01000000 00000000 FFFFFFFF AA 000000 14000000 0300 0000 02000000 00000000 00000000");
        Assert.True(NetlinkMessage.TryTake(ref rest, out NetlinkMessage first));
        Assert.Equal((2, 1u, 5), (first.Type, first.Sequence, first.Payload.Length));
        Assert.True(NetlinkMessage.TryTake(ref rest, out NetlinkMessage second));
        Assert.Equal((3, 2u, 4), (second.Type, second.Sequence, second.Payload.Length));
        Assert.False(NetlinkMessage.TryTake(ref rest, out _));
    }

    [Fact]
    public void Random_datagrams_are_taken_apart_without_harm()
    {
        var random = new Random(42);
        using var monitor = new LinkMonitor();
        byte[] datagram = new byte[256];
        for (int i = 0; i < 20_000; i++)
        {
            random.NextBytes(datagram);
            datagram[1] = datagram[2] = datagram[3] = 0;
            datagram[4] = (byte)(16 + i % 2);
            datagram[5] = 0;
            monitor.Note(datagram.AsSpan(0, random.Next(datagram.Length)));
        }
    }

    [Fact]
    public void A_link_runs_from_the_message_that_says_so_until_one_that_does_not()
    {
        using var monitor = new LinkMonitor();
        monitor.Note(LinkMessage(type: 16, link: 9, flags: 0x1));
        Assert.False(monitor.IsRunning(9));
        monitor.Note(LinkMessage(16, 9, 0x1041));
        Assert.True(monitor.IsRunning(9));
        monitor.Note(LinkMessage(17, 9, 0x1041));
        Assert.False(monitor.IsRunning(9));
    }

    [Fact]
    public void An_address_gives_its_Ethernet_address()
    {
        EthernetAddress address = EthernetAddress.For(IPAddress.Parse("10.77.1.254"));
        Assert.Equal("02:00:0a:4d:01:fe", address.ToString());
        Assert.Equal(address, EthernetAddress.For(IPAddress.Parse("10.77.1.254")));
        Assert.NotEqual(address, EthernetAddress.For(Guest));
    }

    [Theory]
    [InlineData(2, "there is no /dev/net/tun", "modprobe tun")]
    [InlineData(19, "no driver", "modprobe tun")]
    [InlineData(13, "no permission to open /dev/net/tun", "sudo")]
    public void Says_why_taps_cannot_be_had(int error, string message, string remedy)
    {
        var e = Tap.CannotOpen(error);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, e.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_the_capability_that_a_tap_needs() => Assert.Contains("CAP_NET_ADMIN", Tap.CannotCreate(1).Message, StringComparison.Ordinal);

    private static byte[] LinkMessage(ushort type, int link, uint flags) =>
        Bytes($"20000000 {type:X2}00 0000 00000000 00000000 00000000 {link:X2}000000 {flags & 0xff:X2}{flags >> 8:X2}0000 00000000");

    private static void AssertBytes(string expected, NetlinkBatch batch) => Assert.Equal(Convert.ToHexString(Bytes(expected)), Convert.ToHexString(batch.Bytes));

    private static byte[] Bytes(string hexadecimal) => Convert.FromHexString(hexadecimal.Replace(" ", "", StringComparison.Ordinal));
}
