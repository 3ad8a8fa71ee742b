// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using Uaas.Devices;
using Uaas.Platform;

/// <summary>What a guest can put on its wire to get where it must not.</summary>
internal sealed class Attacks(NetworkDevice device, Observer observer, uint own, uint gateway, uint[] targets, int targetCount)
{
    private const byte Syn = 0x02;
    private const byte SynAck = 0x12;
    private const byte Ack = 0x10;
    private const uint Loopback = 0x7F00_0001;
    private const int BurstLength = 64;
    private const int MostWaits = 30_000;

    private readonly byte[] _station = new byte[6];
    private ushort _fromPort = 40_000;

    internal long Sent { get; private set; }

    /// <summary>Asks who the gateway is, as any guest does: all else goes there.</summary>
    internal void FindStation()
    {
        for (int attempt = 0; attempt < 100 && !observer.KnowsStation; attempt++)
        {
            Arp(1, own, gateway);
            Listen(20_000_000);
        }
    }

    internal void Run()
    {
        device.Address.Write(_station);
        Listen(1_000_000);
        Neighbours();
        for (int i = 0; i < targetCount; i++)
        {
            Sweep(own, targets[i]);
            Machine.Write("swept\n"u8);
        }

        Sweep(own, gateway);
        Sweep(own, Loopback);
        Machine.Write("swept the node\n"u8);
        for (int i = 0; i < targetCount; i++) Forge(targets[i]);
        Forge(gateway);
        for (int i = 0; i < targetCount; i++) Twist(targets[i]);
        Twist(gateway);
        OtherEthernets();
        Names();
        Machine.Write("forged and twisted\n"u8);
        Listen(200_000_000);
    }

    /// <summary>As many frames as the wire takes, for so long.</summary>
    internal void Flood(long until)
    {
        for (uint i = 0; Machine.Now < until; i++)
        {
            uint to = i % 3 == 0 || targetCount == 0 ? gateway : targets[(int)(i % (uint)targetCount)];
            Tcp(i % 2 == 0 ? own : 0xC000_0200 | i & 0xFF, to, (ushort)(1024 + i % 60_000), 80, Syn);
            if (i % 8 == 0) Udp(own, gateway, 53, 30);
        }

        Listen(50_000_000);
    }

    /// <summary>Takes what comes, for so long.</summary>
    internal void Listen(long nanoseconds)
    {
        long until = Machine.Now + nanoseconds;
        do
        {
            while (device.TryReceive(out ReceivedFrame frame)) observer.Note(frame.Bytes);
            Machine.Wait(until);
        }
        while (Machine.Now < until);
    }

    /// <summary>Says to be the others and the gateway, and asks for them.</summary>
    private void Neighbours()
    {
        for (int i = 0; i < targetCount; i++)
        {
            Arp(1, own, targets[i]);
            Arp(1, targets[i], gateway);
            Arp(2, targets[i], gateway);
            Arp(1, targets[i], targets[i]);
            Arp(2, gateway, targets[i]);
        }

        Arp(2, gateway, gateway);
        Arp(1, own, Loopback);
    }

    /// <summary>Every port, as anybody would; and the ports that matter in every other way that a scanner knows.</summary>
    private void Sweep(uint from, uint to)
    {
        for (int port = 1; port <= ushort.MaxValue; port++) Tcp(from, to, 50_000, (ushort)port, Syn);
        ReadOnlySpan<byte> ports = [0x00, 0x16, 0x00, 0x35, 0x00, 0x43, 0x00, 0x50, 0x01, 0xBB, 0x07, 0x8F, 0x1F, 0x90, 0x23, 0x82];
        ReadOnlySpan<byte> flags = [0x00, 0x01, 0x03, 0x06, 0x0A, Ack, SynAck, 0x29, 0x3F, 0xC2];
        for (int at = 0; at < ports.Length; at += 2)
        {
            ushort port = BinaryPrimitives.ReadUInt16BigEndian(ports[at..]);
            foreach (byte flag in flags) Tcp(from, to, _fromPort++, port, flag);
            Tcp(from, to, 80, port, Syn);
            Tcp(from, to, 80, port, SynAck);
        }

        for (int port = 1; port <= 2048; port++)
        {
            if (to != gateway || port != 53) Udp(from, to, (ushort)port, 12);
        }

        Icmp(from, to, 8, 0, 0x1234_0001);
        Icmp(from, to, 13, 0, 0x1234_0001);
        Icmp(from, to, 5, 1, gateway);
        Icmp(from, to, 5, 1, own);
    }

    /// <summary>As somebody else: the others, the node, nobody, everybody.</summary>
    private void Forge(uint to)
    {
        for (int i = 0; i < targetCount; i++) Forged(targets[i], to);
        Forged(gateway, to);
        Forged(Loopback, to);
        Forged(to, to);
        Forged(0, to);
        Forged(0xFFFF_FFFF, to);
        Forged(0x0808_0808, to);
        for (int i = 0; i < 6; i++) _station[i] = observer.Station[i];
        Forged(own, to);
        device.Address.Write(_station);
    }

    private void Forged(uint from, uint to)
    {
        ReadOnlySpan<byte> ports = [0x00, 0x16, 0x00, 0x50, 0x01, 0xBB, 0x07, 0x8F, 0x1F, 0x90, 0x23, 0x82];
        for (int at = 0; at < ports.Length; at += 2)
        {
            ushort port = BinaryPrimitives.ReadUInt16BigEndian(ports[at..]);
            Tcp(from, to, _fromPort++, port, Syn);
            Tcp(from, to, 80, port, Ack);
        }

        Udp(from, to, 53, 30);
        Icmp(from, to, 8, 0, 0x1234_0002);
    }

    /// <summary>Options that choose the way, fragments that hide what they are, packets in packets, protocols that nobody looks at.</summary>
    private void Twist(uint to)
    {
        SourceRouted(gateway, to, 0x83);
        SourceRouted(gateway, to, 0x89);
        SourceRouted(to, gateway, 0x83);
        ReadOnlySpan<byte> ports = [0x00, 0x50, 0x23, 0x82];
        for (int at = 0; at < ports.Length; at += 2)
        {
            ushort port = BinaryPrimitives.ReadUInt16BigEndian(ports[at..]);
            Fragmented(to, 80, port, headFirst: true);
            Fragmented(to, 80, port, headFirst: false);
            Tunnelled(to, port);
            Tcp(own, to, _fromPort++, port, Syn, hops: 1);
            Tcp(own, to, _fromPort++, port, Syn, hops: 0);
        }

        ReadOnlySpan<byte> protocols = [0, 2, 41, 47, 50, 89, 132, 255];
        foreach (byte protocol in protocols)
        {
            Frame frame = Begin(Frame.Ethernet + Frame.Ip + 16);
            frame.WriteEthernet(observer.Station, _station, 0x0800);
            frame.WriteIp(own, to, protocol, 16);
            frame.Payload.Slice(Frame.Ip, 16).Clear();
            End(Frame.Ethernet + Frame.Ip + 16);
        }
    }

    private void SourceRouted(uint to, uint via, byte option)
    {
        const int options = 8;
        const int length = Frame.Ethernet + Frame.Ip + options + Frame.Tcp;
        Frame frame = Begin(length);
        frame.WriteEthernet(observer.Station, _station, 0x0800);
        Span<byte> text = frame.Payload.Slice(Frame.Ip, options);
        text[0] = option;
        text[1] = 7;
        text[2] = 4;
        BinaryPrimitives.WriteUInt32BigEndian(text[3..], via);
        text[7] = 0;
        frame.WriteIp(own, to, Frame.ProtocolTcp, Frame.Tcp, options);
        Frame.WriteTcp(frame.Payload[(Frame.Ip + options)..], own, to, _fromPort++, 80, Syn);
        End(length);
    }

    /// <summary>A SYN in three pieces of which no one shows its flags and its port; or with the head last, over what was sent before.</summary>
    private void Fragmented(uint to, ushort fromPort, ushort toPort, bool headFirst)
    {
        Span<byte> segment = stackalloc byte[24];
        segment.Clear();
        Frame.WriteTcp(segment, own, to, fromPort, toPort, Syn);
        for (int i = 0; i < 3; i++)
        {
            int piece = headFirst ? i : 2 - i;
            const int length = Frame.Ethernet + Frame.Ip + 8;
            Frame frame = Begin(length);
            frame.WriteEthernet(observer.Station, _station, 0x0800);
            frame.WriteIp(own, to, Frame.ProtocolTcp, 8, 0, (ushort)((piece < 2 ? 0x2000 : 0) | piece));
            segment.Slice(piece * 8, 8).CopyTo(frame.Payload[Frame.Ip..]);
            End(length);
        }
    }

    private void Tunnelled(uint to, ushort port)
    {
        const byte ipInIp = 4;
        const int length = Frame.Ethernet + Frame.Ip + Frame.Ip + Frame.Tcp;
        Frame frame = Begin(length);
        Span<byte> all = frame.Payload;

        // The inner packet is written as a frame of its own whose Ethernet header the outer packet's then overwrites.
        Frame inner = frame.From(Frame.Ip);
        inner.WriteIp(gateway, to, Frame.ProtocolTcp, Frame.Tcp);
        Frame.WriteTcp(all[(Frame.Ip + Frame.Ip)..], gateway, to, _fromPort++, port, Syn);
        frame.WriteEthernet(observer.Station, _station, 0x0800);
        frame.WriteIp(own, gateway, ipInIp, Frame.Ip + Frame.Tcp);
        End(length);
    }

    /// <summary>Other kinds of frame: to everybody, with a VLAN's tag, IPv6, those that switches speak to each other.</summary>
    private void OtherEthernets()
    {
        Span<byte> everybody = stackalloc byte[6];
        everybody.Fill(0xFF);
        ReadOnlySpan<byte> types = [0x86, 0xDD, 0x81, 0x00, 0x88, 0xA8, 0x88, 0xCC, 0x88, 0x63, 0x88, 0x47, 0x08, 0x05, 0x00, 0x26];
        for (int i = 0; i < targetCount; i++)
        {
            for (int at = 0; at < types.Length; at += 2)
            {
                ushort type = BinaryPrimitives.ReadUInt16BigEndian(types[at..]);
                const int length = Frame.Ethernet + 4 + Frame.Ip + Frame.Tcp;
                Frame frame = Begin(length);
                frame.Payload.Clear();
                Frame inner = frame.From(4);
                inner.WriteIp(own, targets[i], Frame.ProtocolTcp, Frame.Tcp);
                frame.WriteEthernet(type % 2 == 0 ? everybody : observer.Station, _station, type);
                if (type is 0x8100 or 0x88A8) BinaryPrimitives.WriteUInt32BigEndian(frame.Payload, 0x0000_0800);
                End(length);
            }

            Broadcast(everybody, targets[i]);
        }

        Broadcast(everybody, 0xFFFF_FFFF);
        Broadcast(everybody, 0xE000_0001);
    }

    private void Broadcast(ReadOnlySpan<byte> station, uint to)
    {
        const int length = Frame.Ethernet + Frame.Ip + Frame.Tcp;
        Frame frame = Begin(length);
        frame.WriteEthernet(station, _station, 0x0800);
        frame.WriteIp(own, to, Frame.ProtocolTcp, Frame.Tcp);
        Frame.WriteTcp(frame.Payload[Frame.Ip..], own, to, _fromPort++, 80, Syn);
        End(length);
    }

    /// <summary>Asks for a service that it is not linked to, and for the world.</summary>
    private void Names()
    {
        Question("site"u8, default);
        Question("default"u8, "site"u8);
        Question("example"u8, "org"u8);
    }

    private void Question(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        Span<byte> text = stackalloc byte[64];
        text.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(text, _fromPort);
        text[2] = 1;
        text[5] = 1;
        int at = 12;
        text[at++] = (byte)first.Length;
        first.CopyTo(text[at..]);
        at += first.Length;
        if (second.Length > 0)
        {
            text[at++] = (byte)second.Length;
            second.CopyTo(text[at..]);
            at += second.Length;
        }

        text[at + 2] = 1;
        text[at + 4] = 1;
        int length = at + 5;
        Frame frame = Begin(Frame.Ethernet + Frame.Ip + Frame.Udp + length);
        frame.WriteEthernet(observer.Station, _station, 0x0800);
        frame.WriteIp(own, gateway, Frame.ProtocolUdp, Frame.Udp + length);
        text[..length].CopyTo(frame.Payload[(Frame.Ip + Frame.Udp)..]);
        Frame.WriteUdp(frame.Payload.Slice(Frame.Ip, Frame.Udp + length), own, gateway, _fromPort++, 53);
        End(Frame.Ethernet + Frame.Ip + Frame.Udp + length);
        Listen(20_000_000);
    }

    private void Arp(byte operation, uint sender, uint target)
    {
        const int length = Frame.Ethernet + 28;
        Frame frame = Begin(length);
        Span<byte> everybody = stackalloc byte[6];
        everybody.Fill(0xFF);
        Span<byte> mine = stackalloc byte[6];
        device.Address.Write(mine);
        frame.WriteEthernet(everybody, mine, 0x0806);
        Span<byte> packet = frame.Payload[..28];
        packet.Clear();
        ReadOnlySpan<byte> head = [0, 1, 8, 0, 6, 4, 0];
        head.CopyTo(packet);
        packet[7] = operation;
        mine.CopyTo(packet[8..]);
        BinaryPrimitives.WriteUInt32BigEndian(packet[14..], sender);
        BinaryPrimitives.WriteUInt32BigEndian(packet[24..], target);
        End(length);
    }

    private void Tcp(uint from, uint to, ushort fromPort, ushort toPort, byte flags, byte hops = 64)
    {
        const int length = Frame.Ethernet + Frame.Ip + Frame.Tcp;
        Frame frame = Begin(length);
        frame.WriteEthernet(observer.Station, _station, 0x0800);
        frame.WriteIp(from, to, Frame.ProtocolTcp, Frame.Tcp, hops: hops);
        Frame.WriteTcp(frame.Payload[Frame.Ip..], from, to, fromPort, toPort, flags);
        End(length);
    }

    private void Udp(uint from, uint to, ushort port, int size)
    {
        int length = Frame.Ethernet + Frame.Ip + Frame.Udp + size;
        Frame frame = Begin(length);
        frame.Payload.Clear();
        frame.WriteEthernet(observer.Station, _station, 0x0800);
        frame.WriteIp(from, to, Frame.ProtocolUdp, Frame.Udp + size);
        Frame.WriteUdp(frame.Payload.Slice(Frame.Ip, Frame.Udp + size), from, to, 50_001, port);
        End(length);
    }

    private void Icmp(uint from, uint to, byte type, byte code, uint rest)
    {
        const int length = Frame.Ethernet + Frame.Ip + 36;
        Frame frame = Begin(length);
        frame.WriteEthernet(observer.Station, _station, 0x0800);
        frame.WriteIp(from, to, Frame.ProtocolIcmp, 36);
        Frame.WriteIcmp(frame.Payload.Slice(Frame.Ip, 36), type, code, rest);
        End(length);
    }

    /// <summary>Waits for room: nothing of a sweep is left out because the wire is slow.</summary>
    private Frame Begin(int length)
    {
        Span<byte> room = device.BeginTransmit(length);
        for (int attempt = 0; room.Length < length; attempt++)
        {
            if (attempt == MostWaits)
            {
                Machine.Write("the wire takes nothing\n"u8);
                Machine.Exit(4);
            }

            Machine.Wait(Machine.Now + 1_000_000);
            room = device.BeginTransmit(length);
        }

        return new Frame(room[..length]);
    }

    private void End(int length)
    {
        device.EndTransmit(length, default);
        if (++Sent % BurstLength != 0) return;
        while (device.TryReceive(out ReceivedFrame frame)) observer.Note(frame.Bytes);
    }
}
