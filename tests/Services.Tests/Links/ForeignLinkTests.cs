// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Net;
using System.Threading.Tasks;
using Uaas.Networking;
using Xunit;

namespace Uaas.Services.Tests.Links;

/// <summary>Guests that others built, at a link: what they find by name, and what they cannot do by flooding.</summary>
public sealed class ForeignLinkTests
{
    private const int EchoPort = 7;
    private const int SourcePort = 19;
    private const int Frames = 200_000;

    private static readonly LinkTarget[] s_links = [new(LinkedNode.ServerService, EchoPort), new(LinkedNode.ServerService, SourcePort)];

    [MonitorFact("spt")]
    public void A_guest_of_others_finds_a_service_by_its_name_and_reaches_it()
    {
        using var node = new LinkedNode("spt");
        node.StartServer();
        ForeignGuest guest = node.StartForeign(s_links);
        Assert.StartsWith($"{node.Servers[0]} ", guest.Shell("getent ahostsv4 peer"), StringComparison.Ordinal);
        Assert.Equal("xxxxx", guest.Shell($"curl -s --max-time 20 telnet://peer:{SourcePort} < /dev/null | head -c 5"));
    }

    [MonitorFact("spt")]
    public void A_guest_of_others_without_a_link_finds_and_reaches_nothing()
    {
        using var node = new LinkedNode("spt");
        node.StartServer();
        ForeignGuest guest = node.StartForeign([]);
        Assert.Equal("2\n", guest.Shell("getent ahostsv4 nobody || echo $?"));
        Assert.Equal("28\n", guest.Shell($"curl -s --connect-timeout 1 telnet://{node.Servers[0]}:{SourcePort} < /dev/null || echo $?"));
    }

    [MonitorFact("spt")]
    public async Task A_guest_that_floods_a_link_keeps_no_other_from_using_the_same_service()
    {
        using var node = new LinkedNode("spt");
        node.StartServer();
        ForeignGuest flooder = node.StartForeign(s_links);
        byte[] syn = Syn(flooder, node.Servers[0], EchoPort);
        Task flood = Task.Run(() => flooder.Flood(Frames, number => WithSourcePort(syn, number)));
        Assert.Equal((100, 0), await LinkTests.RunForAsync(node, s_links, "link=7:peer:7", "rounds=100"));
        await flood;
        Assert.Equal((100, 0), await LinkTests.RunForAsync(node, s_links, "link=7:peer:7", "rounds=100"));
        Assert.StartsWith("xxxxx", flooder.Shell($"curl -s --max-time 20 telnet://{node.Servers[0]}:{SourcePort} < /dev/null | head -c 5"), StringComparison.Ordinal);
    }

    /// <summary>A frame that asks for a connection.</summary>
    private static byte[] Syn(ForeignGuest from, IPAddress to, ushort port)
    {
        static string Hex(IPAddress address) => Convert.ToHexString(address.GetAddressBytes());
        byte[] frame = Convert.FromHexString(from.NodeStation().Replace(":", "", StringComparison.Ordinal) + from.Link.EthernetAddress.ToString().Replace(":", "", StringComparison.Ordinal) + "0800"
            + "4500002800004000" + "40060000" + Hex(from.Link.Address) + Hex(to) + $"0400{port:X4}" + "0000000100000000" + "5002FFFF00000000");
        Checksum(frame.AsSpan(14, 20)).CopyTo(frame, 24);
        return frame;
    }

    /// <summary>The same from another port.</summary>
    private static byte[] WithSourcePort(byte[] frame, int number)
    {
        byte[] other = [.. frame];
        BinaryPrimitives.WriteUInt16BigEndian(other.AsSpan(34), (ushort)(1024 + number % 60_000));
        byte[] covered = [.. other.AsSpan(26, 8), 0, 6, 0, 20, .. other.AsSpan(34)];
        Checksum(covered).CopyTo(other, 50);
        return other;
    }

    private static byte[] Checksum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (int i = 0; i < bytes.Length; i += 2)
            sum += (uint)(bytes[i] << 8 | bytes[i + 1]);
        sum = (sum & 0xffff) + (sum >> 16);
        sum = ~(sum + (sum >> 16));
        return [(byte)(sum >> 8), (byte)sum];
    }
}
