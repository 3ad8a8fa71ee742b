// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Net.Testing;
using Uaas.Wire;

namespace Uaas.Fuzz.Network;

/// <summary>Every view over bytes: what is checked once has no accessor that fails.</summary>
internal sealed class WireTarget : IFuzzTarget
{
    private static readonly Ipv4Address From = new(0x0A00_0001);
    private static readonly Ipv4Address To = new(0x0A00_0002);
    private long _sum;

    public IReadOnlyList<byte[]> Seeds { get; } = [.. FrameSeeds.All, .. FrameSeeds.Payloads];

    public void Run(ReadOnlySpan<byte> input)
    {
        if (EthernetFrame.TryParse(input, out EthernetFrame frame)) _sum += frame.Payload.Length + (long)frame.Source.Value + (long)frame.Destination.Value + (int)frame.Type;
        if (ArpPacket.TryParse(input, out ArpPacket arp)) _sum += arp.SenderProtocol.Value + arp.TargetProtocol.Value + (long)arp.SenderHardware.Value;
        if (Ipv4Packet.TryParse(input, out Ipv4Packet ip)) _sum += ip.Payload.Length + ip.Source.Value + ip.FragmentOffset + ip.Identification;
        if (IcmpMessage.TryParse(input, out IcmpMessage icmp)) _sum += icmp.Body.Length + icmp.Rest + icmp.NextHopMtu;
        if (UdpDatagram.TryParse(input, From, To, true, out UdpDatagram udp)) _sum += udp.Payload.Length + udp.SourcePort + udp.DestinationPort;
        if (DhcpMessage.TryParseReply(input, out DhcpMessage dhcp)) _sum += dhcp.LeaseSeconds;
        if (!TcpSegment.TryParse(input, From, To, true, out TcpSegment tcp)) return;
        TcpOptions options = tcp.Options;
        _sum += tcp.Payload.Length + tcp.Window + options.Timestamp;
        if (options.SackBlockCount > 4) throw new InvalidOperationException("more SACK blocks than a header holds");
        for (int i = 0; i < options.SackBlockCount; i++) _sum += options.SackLeft(i) + options.SackRight(i);
    }
}
