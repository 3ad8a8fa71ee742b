// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using Uaas.Boot;
using Uaas.Platform;

/// <summary>Looks at all that comes back, and tells what a guest may get from what it must not.</summary>
internal sealed class Observer(uint gateway)
{
    private const int MaxTold = 64;

    private readonly ulong[] _told = new ulong[MaxTold];

    /// <summary>The node's Ethernet address, once it has said it.</summary>
    internal byte[] Station { get; } = new byte[6];

    internal bool KnowsStation { get; private set; }

    /// <summary>Frames that a guest may well get: the node's own answers.</summary>
    internal long Answers { get; private set; }

    /// <summary>Different things that were reached.</summary>
    internal int Reached { get; private set; }

    internal void Note(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < Frame.Ethernet) return;
        ushort type = BinaryPrimitives.ReadUInt16BigEndian(frame[12..]);
        if (type == 0x0806 && frame.Length >= 42) NoteArp(frame);
        else if (type == 0x0800 && frame.Length >= Frame.Ethernet + Frame.Ip) NoteIp(frame[Frame.Ethernet..]);
        else Tell("ether"u8, type, 0);
    }

    private void NoteArp(ReadOnlySpan<byte> frame)
    {
        uint sender = BinaryPrimitives.ReadUInt32BigEndian(frame[28..]);
        Answers++;
        if (frame[21] != 2) return;
        if (sender != gateway)
        {
            Tell("arp"u8, sender, 0);
            return;
        }

        frame.Slice(22, 6).CopyTo(Station);
        KnowsStation = true;
    }

    private void NoteIp(ReadOnlySpan<byte> packet)
    {
        uint from = BinaryPrimitives.ReadUInt32BigEndian(packet[12..]);
        int header = (packet[0] & 15) * 4;
        ReadOnlySpan<byte> rest = packet.Length > header ? packet[header..] : default;
        ushort port = rest.Length >= 4 ? BinaryPrimitives.ReadUInt16BigEndian(rest) : (ushort)0;
        byte protocol = packet[9];
        bool isAllowed = from == gateway && protocol switch
        {
            // A reset says that there is no such connection. The name server may say that there is no such name.
            Frame.ProtocolTcp => rest.Length >= Frame.Tcp && (rest[13] & 0x12) != 0x12,
            Frame.ProtocolUdp => port == 53 && rest.Length >= Frame.Udp + 12 && BinaryPrimitives.ReadUInt16BigEndian(rest[(Frame.Udp + 6)..]) == 0,
            Frame.ProtocolIcmp => rest.Length > 0 && rest[0] is 0 or 3 or 11,
            _ => false,
        };
        if (isAllowed) Answers++;
        else Tell(protocol == Frame.ProtocolTcp ? "tcp"u8 : protocol == Frame.ProtocolUdp ? "udp"u8 : protocol == Frame.ProtocolIcmp ? "icmp"u8 : "ip"u8, from, port);
    }

    private void Tell(ReadOnlySpan<byte> what, uint address, ushort port)
    {
        ulong key = (ulong)what[0] << 56 | (ulong)what[1] << 48 | (ulong)port << 32 | address;
        for (int i = 0; i < Reached && i < MaxTold; i++)
        {
            if (_told[i] == key) return;
        }

        if (Reached == MaxTold) return;
        _told[Reached++] = key;
        LineBuilder line = new(stackalloc byte[80]);
        line.Append("reached "u8);
        line.Append(what);
        line.Append(" "u8);
        for (int shift = 24; shift >= 0; shift -= 8)
        {
            line.Append((long)(byte)(address >> shift));
            line.Append(shift > 0 ? "."u8 : ":"u8);
        }

        line.Append(port);
        line.EndLine();
        Machine.Write(line.Text);
    }
}
