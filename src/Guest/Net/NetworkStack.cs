// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using Uaas.Devices;
using Uaas.Net.Names;
using Uaas.Net.Tcp;
using Uaas.Wire;

namespace Uaas.Net;

/// <summary>
/// A host's TCP/IP on one Ethernet device. It never blocks and has no thread of its own: the main loop calls <see cref="Poll"/> when frames may have arrived or
/// <see cref="NextDeadline"/> has come, and sleeps in between. Time is what the caller says it is.
/// </summary>
public sealed class NetworkStack
{
    private readonly NetworkDevice _device;
    private readonly NetworkConfiguration _configuration;
    private readonly Ipv4Output _output;
    private readonly Ipv4Reassembly _reassembly;
    private readonly Icmp _icmp;

    /// <summary>Sets up a stack; everything that it will ever need is set aside here.</summary>
    /// <param name="device">The device.</param>
    /// <param name="configuration">Addresses and bounds.</param>
    /// <param name="seed0">Half of 128 secret random bits, from which sequence numbers, ports and hash keys come.</param>
    /// <param name="seed1">The other half.</param>
    public NetworkStack(NetworkDevice device, NetworkConfiguration configuration, ulong seed0, ulong seed1)
    {
        KeyedRandom random = new(seed0, seed1);
        _device = device;
        _configuration = configuration;
        Interface = new Interface(device, configuration);
        _output = new Ipv4Output(Interface, random);
        _reassembly = new Ipv4Reassembly(configuration.ReassemblySlots);
        _icmp = new Icmp(Interface, _output, configuration);
        Udp = new UdpStack(Interface, _output, configuration);
        Dhcp = new DhcpClient(Interface, _output, random, enabled: configuration.Address == Ipv4Address.Any);
        Tcp = new TcpStack(Interface, configuration, random);
        Names = new Resolver(Interface, _output, configuration, random);
        Dialer = new Dialer(Tcp, Names, configuration);
    }

    /// <summary>The interface and its address.</summary>
    public Interface Interface { get; }

    /// <summary>TCP.</summary>
    public TcpStack Tcp { get; }

    /// <summary>UDP.</summary>
    public UdpStack Udp { get; }

    /// <summary>Addresses of names.</summary>
    public Resolver Names { get; }

    /// <summary>Connections to hosts by name, and to the services linked to this instance.</summary>
    public Dialer Dialer { get; }

    /// <summary>The DHCP client.</summary>
    public DhcpClient Dhcp { get; }

    /// <summary>What may be lent to outgoing frames instead of copied; null where the device does not gather.</summary>
    public FrameLoans? Loans => _device.Loans;

    /// <summary>What has been counted.</summary>
    public ref readonly NetworkCounters Counters => ref Interface.Counters;

    /// <summary>Says what the time is, for what is begun outside <see cref="Poll"/>: connections that are opened, names that are looked up.</summary>
    /// <param name="now">The time in nanoseconds of a monotonic clock; never less than at the last call.</param>
    public void SetTime(long now)
    {
        Tcp.SetTime(now);
        Udp.SetTime(now);
        Names.SetTime(now);
    }

    /// <summary>
    /// Takes a bounded batch of frames, runs the timers that are due, and sends what is to be sent. True when there is more to do at once: call again before
    /// sleeping.
    /// </summary>
    /// <param name="now">The time in nanoseconds of a monotonic clock; never less than at the last call.</param>
    public bool Poll(long now)
    {
        SetTime(now);
        int frames = 0;
        while (frames < _configuration.ReceiveBatch && _device.TryReceive(out ReceivedFrame frame))
        {
            frames++;
            Interface.Counters.FramesReceived++;
            Interface.Counters.BytesReceived += frame.Bytes.Length;
            Receive(frame.Bytes, frame.ChecksumTrusted, now);
        }

        Dhcp.Run(now);
        Names.Run(now);
        Tcp.RunTimers(now);
        return Tcp.Flush(now) | frames == _configuration.ReceiveBatch;
    }

    /// <summary>
    /// When <see cref="Poll"/> is to be called if no frame arrives before; not later than <paramref name="now"/> when it is to be called at once.
    /// </summary>
    public long NextDeadline(long now) => Math.Min(Math.Min(Dhcp.Deadline, Names.Deadline), Tcp.NextDeadline(now));

    private void Receive(ReadOnlySpan<byte> bytes, bool checksumTrusted, long now)
    {
        if (!EthernetFrame.TryParse(bytes, out EthernetFrame frame))
        {
            Interface.Counters.DroppedMalformed++;
            return;
        }

        MacAddress destination = frame.Destination;
        bool broadcast = destination == MacAddress.Broadcast;
        if (destination != Interface.Station && !broadcast)
        {
            Interface.Counters.DroppedNotForUs++;
            return;
        }

        switch (frame.Type)
        {
            case EtherType.Ipv4:
                ReceiveIpv4(frame, broadcast, checksumTrusted, now);
                break;
            case EtherType.Arp:
                Interface.ReceiveArp(frame.Payload, now);
                break;
            default:
                Interface.Counters.DroppedNotForUs++;
                break;
        }
    }

    private void ReceiveIpv4(in EthernetFrame frame, bool broadcast, bool checksumTrusted, long now)
    {
        if (!Ipv4Packet.TryParse(frame.Payload, out Ipv4Packet packet))
        {
            Interface.Counters.DroppedMalformed++;
            return;
        }

        // A source that no host can have (RFC 1122, 3.2.1.3); our own would make us talk to ourselves.
        Ipv4Address source = packet.Source;
        if (source.IsMulticast || source.IsLoopback || source == Ipv4Address.Broadcast || (source == Interface.Address && source != Ipv4Address.Any))
        {
            Interface.Counters.DroppedNotForUs++;
            return;
        }

        bool unicast = packet.Destination == Interface.Address && source != Ipv4Address.Any && !broadcast;
        if (unicast) Interface.Observe(source, frame.Source, now);
        else if (!Interface.IsBroadcast(packet.Destination) && !IsForDhcp(packet))
        {
            Interface.Counters.DroppedNotForUs++;
            return;
        }

        if (!packet.IsFragment)
        {
            Dispatch(packet, packet.Payload, unicast, checksumTrusted, now);
            return;
        }

        if (_reassembly.Add(packet, now, ref Interface.Counters, out ReadOnlySpan<byte> payload)) Dispatch(packet, payload, unicast, checksumTrusted: false, now);
    }

    /// <summary>While there is no address, a server may send to the one it has in mind for us (RFC 2131, 4.1).</summary>
    private bool IsForDhcp(in Ipv4Packet packet) => Interface.Address == Ipv4Address.Any && packet.Protocol == IpProtocol.Udp && Dhcp.State != DhcpState.Off;

    private void Dispatch(in Ipv4Packet packet, ReadOnlySpan<byte> payload, bool unicast, bool checksumTrusted, long now)
    {
        switch (packet.Protocol)
        {
            case IpProtocol.Tcp when unicast:
                if (TcpSegment.TryParse(payload, packet.Source, packet.Destination, checksumTrusted, out TcpSegment segment)) Tcp.Receive(packet.Source, segment);
                else Interface.Counters.DroppedMalformed++;
                break;
            case IpProtocol.Udp:
                ReceiveUdp(packet, payload, unicast, checksumTrusted, now);
                break;
            case IpProtocol.Icmp when unicast:
                ReceiveIcmp(packet.Source, payload, now);
                break;
            default:
                Interface.Counters.DroppedNotForUs++;
                if (unicast) _icmp.SendUnreachable(packet, IcmpUnreachableCode.Protocol, now);
                break;
        }
    }

    private void ReceiveUdp(in Ipv4Packet packet, ReadOnlySpan<byte> payload, bool unicast, bool checksumTrusted, long now)
    {
        if (!UdpDatagram.TryParse(payload, packet.Source, packet.Destination, checksumTrusted, out UdpDatagram datagram))
        {
            Interface.Counters.DroppedMalformed++;
            return;
        }

        if (Dhcp.State != DhcpState.Off && datagram.DestinationPort == DhcpMessage.ClientPort && datagram.SourcePort == DhcpMessage.ServerPort)
        {
            Dhcp.Receive(datagram.Payload, now);
            return;
        }

        if (unicast && Names.Receive(packet.Source, datagram)) return;
        if (Udp.Receive(packet.Source, datagram)) return;
        Interface.Counters.DroppedNotForUs++;
        if (unicast) _icmp.SendUnreachable(packet, IcmpUnreachableCode.Port, now);
    }

    private void ReceiveIcmp(Ipv4Address source, ReadOnlySpan<byte> payload, long now)
    {
        if (!IcmpMessage.TryParse(payload, out IcmpMessage message))
        {
            Interface.Counters.DroppedMalformed++;
            return;
        }

        if (message.Type == IcmpType.EchoRequest) _icmp.AnswerEcho(source, message, now);
        if (message.Type == IcmpType.DestinationUnreachable && message.Code == (byte)IcmpUnreachableCode.FragmentationNeeded) PathNarrowed(message);
    }

    /// <summary>A link on the path is narrower than our packet (RFC 1191).</summary>
    private void PathNarrowed(in IcmpMessage message)
    {
        // The quoted packet is cut short, so that it is no whole packet to parse: header length, protocol and addresses are looked at here.
        ReadOnlySpan<byte> quoted = message.Body;
        if (quoted.Length < Ipv4Packet.HeaderSize || quoted[0] >> 4 != 4 || quoted[9] != (byte)IpProtocol.Tcp) return;
        int headerLength = (quoted[0] & 0xF) * 4;
        if (headerLength < Ipv4Packet.HeaderSize || headerLength > quoted.Length) return;
        Ipv4Address from = new(BinaryPrimitives.ReadUInt32BigEndian(quoted[12..]));
        Ipv4Address to = new(BinaryPrimitives.ReadUInt32BigEndian(quoted[16..]));
        if (from == Interface.Address) Tcp.PathNarrowed(to, quoted[headerLength..], message.NextHopMtu);
    }
}
