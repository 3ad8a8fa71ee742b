// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Devices;
using Uaas.Net;
using Uaas.Net.Tcp;
using Uaas.Net.Testing;
using Uaas.Wire;

namespace Uaas.Fuzz.Network;

/// <summary>A small stack with a listener and a UDP port, whose bounds are checked after every input.</summary>
internal sealed class StackBed
{
    private const int MostPolls = 200;

    private readonly NetworkConfiguration _configuration;

    public StackBed(bool dhcp = false)
    {
        _configuration = new NetworkConfiguration
        {
            Address = dhcp ? default : FrameSeeds.Address,
            PrefixLength = 24,
            Gateway = dhcp ? default : FrameSeeds.Peer,
            NeighbourCacheSize = 4,
            ReassemblySlots = 2,
            MaxConnections = 8,
            Backlog = 3,
            ReceiveBufferSize = 8_192,
            ReceiveBuffers = 2,
            RangeSets = 3,
            TimeWaitEntries = 4,
        };
        Stack = new NetworkStack(Device, _configuration, 1, 2);
        Stack.Udp.Bind(FrameSeeds.UdpPort, 2, 512);
        Stack.Tcp.Listen(FrameSeeds.TcpPort, Listener);
    }

    public MemoryDevice Device { get; } = new(FrameSeeds.Station, NetworkOffloads.Checksum);

    public Listener Listener { get; } = new(MakeHandler(0));

    public NetworkStack Stack { get; }

    public long Now { get; private set; } = Nanoseconds.PerSecond;

    /// <summary>Lets time pass, and the stack do what it wants to.</summary>
    public void Advance(long time)
    {
        Now += time;
        for (int polls = 0; Stack.Poll(Now); polls++)
        {
            if (polls == MostPolls) throw new InvalidOperationException("the stack never comes to rest");
        }

        if (Stack.NextDeadline(Now) <= Now) throw new InvalidOperationException("the stack says it is done, and wants to go on at once");
    }

    /// <summary>Looks at what was sent and at the bounds.</summary>
    public void Check()
    {
        while (Device.Sent.TryDequeue(out SentFrame? sent)) CheckSent(sent.Bytes);
        Expect(Stack.Tcp.ActiveConnections <= _configuration.MaxConnections, "connections");
        Expect(Stack.Tcp.Connections.HalfOpen >= 0 && Stack.Tcp.Connections.HalfOpen <= _configuration.Backlog + 1, "half-open connections");
        Expect(Stack.Tcp.Connections.BuffersInUse <= _configuration.ReceiveBuffers, "receive buffers");
        Expect(Stack.Tcp.Connections.RangeSetsInUse <= _configuration.RangeSets, "sets of ranges");
        Expect(Stack.Tcp.TimeWait.Count <= _configuration.TimeWaitEntries, "TIME_WAIT entries");
    }

    /// <summary>Applications that echo, that talk without end and listen but now and then, and that refuse, in turn.</summary>
    private static Func<TcpHandler?> MakeHandler(int next) => () => (next++ % 8) switch
    {
        0 or 1 or 2 => new EchoHandler(),
        3 => null,
        4 => new PatternlessHandler(offer: 0, consumeEvery: 3),
        _ => new PatternlessHandler(offer: 200_000, consumeEvery: 2),
    };

    private static void CheckSent(ReadOnlySpan<byte> bytes)
    {
        Expect(EthernetFrame.TryParse(bytes, out EthernetFrame frame), "frame sent");
        if (frame.Type == EtherType.Arp)
        {
            Expect(ArpPacket.TryParse(frame.Payload, out _), "ARP packet sent");
            return;
        }

        Expect(Ipv4Packet.TryParse(frame.Payload, out Ipv4Packet packet), "IPv4 packet sent");
        bool transport = packet.Protocol switch
        {
            _ when packet.IsFragment => true,
            IpProtocol.Tcp => TcpSegment.TryParse(packet.Payload, packet.Source, packet.Destination, true, out _),
            IpProtocol.Udp => UdpDatagram.TryParse(packet.Payload, packet.Source, packet.Destination, false, out _),
            _ => IcmpMessage.TryParse(packet.Payload, out _),
        };
        Expect(transport, "transport header sent");
    }

    private static void Expect(bool condition, string what)
    {
        if (!condition) throw new InvalidOperationException($"out of bounds or malformed: {what}");
    }
}

/// <summary>Offers so much at once, supplies pieces of it, and consumes only every so many times that it is asked to.</summary>
internal sealed class PatternlessHandler(long offer, int consumeEvery) : TcpHandler
{
    private int _calls;

    public override void Established(TcpConnection connection) => connection.Offer(offer);

    public override int Receive(TcpConnection connection, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) throw new InvalidOperationException("nothing was offered");
        return ++_calls % consumeEvery == 0 ? data.Length - _calls % Math.Min(data.Length, 7) : 0;
    }

    public override int Supply(TcpConnection connection, long offset, Span<byte> destination)
    {
        if (offset < connection.AcknowledgedOffset || offset + destination.Length > connection.Offered) throw new InvalidOperationException("asked for what is not there");
        destination.Clear();
        return ++_calls % 5 == 0 ? destination.Length / 2 : destination.Length;
    }

    public override void Acknowledged(TcpConnection connection, long offset)
    {
        if (offset > connection.Offered) throw new InvalidOperationException("more was acknowledged than offered");
    }

    public override void PeerFinished(TcpConnection connection) => connection.Finish();

    public override void TimerFired(TcpConnection connection) => connection.SetTimer(1);

    public override void Closed(TcpConnection connection, TcpCloseReason reason)
    {
    }
}
