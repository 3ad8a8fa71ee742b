// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using Uaas.Wire;

/// <summary>Writes frames byte by byte, wrong ones too: nothing of the library's own checks is in the way.</summary>
internal ref struct Frame(Span<byte> bytes)
{
    internal const int Ethernet = 14;
    internal const int Ip = 20;
    internal const int Tcp = 20;
    internal const int Udp = 8;
    internal const byte ProtocolIcmp = 1;
    internal const byte ProtocolTcp = 6;
    internal const byte ProtocolUdp = 17;

    private readonly Span<byte> _bytes = bytes;

    internal readonly Span<byte> Payload => _bytes[Ethernet..];

    /// <summary>The frame's bytes from that offset on, as if a frame began there.</summary>
    internal readonly Frame From(int offset) => new(_bytes[offset..]);

    internal readonly void WriteEthernet(ReadOnlySpan<byte> to, ReadOnlySpan<byte> from, ushort type)
    {
        to.CopyTo(_bytes);
        from.CopyTo(_bytes[6..]);
        BinaryPrimitives.WriteUInt16BigEndian(_bytes[12..], type);
    }

    /// <summary>A header with options of so many bytes, which are written by the caller before.</summary>
    internal readonly void WriteIp(uint from, uint to, byte protocol, int length, int options = 0, ushort fragment = 0, byte hops = 64)
    {
        Span<byte> header = _bytes.Slice(Ethernet, Ip + options);
        header[0] = (byte)(0x40 | (Ip + options) / 4);
        header[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)(Ip + options + length));
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], 0x4242);
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], fragment);
        header[8] = hops;
        header[9] = protocol;
        header[10] = header[11] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(header[12..], from);
        BinaryPrimitives.WriteUInt32BigEndian(header[16..], to);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], InternetChecksum.Complete(InternetChecksum.Sum(header)));
    }

    internal static void WriteTcp(Span<byte> segment, uint from, uint to, ushort fromPort, ushort toPort, byte flags)
    {
        segment[..Tcp].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(segment, fromPort);
        BinaryPrimitives.WriteUInt16BigEndian(segment[2..], toPort);
        BinaryPrimitives.WriteUInt32BigEndian(segment[4..], 0x1000);
        BinaryPrimitives.WriteUInt32BigEndian(segment[8..], 0x2000);
        segment[12] = 0x50;
        segment[13] = flags;
        BinaryPrimitives.WriteUInt16BigEndian(segment[14..], 0xFFFF);
        WriteChecksum(segment[..Tcp], 16, from, to, IpProtocol.Tcp);
    }

    internal static void WriteUdp(Span<byte> datagram, uint from, uint to, ushort fromPort, ushort toPort)
    {
        BinaryPrimitives.WriteUInt16BigEndian(datagram, fromPort);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[2..], toPort);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[4..], (ushort)datagram.Length);
        datagram[6] = datagram[7] = 0;
        WriteChecksum(datagram, 6, from, to, IpProtocol.Udp);
    }

    internal static void WriteIcmp(Span<byte> message, byte type, byte code, uint rest)
    {
        message.Clear();
        message[0] = type;
        message[1] = code;
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], rest);
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], InternetChecksum.Complete(InternetChecksum.Sum(message)));
    }

    private static void WriteChecksum(Span<byte> transport, int at, uint from, uint to, IpProtocol protocol)
    {
        ushort pseudo = InternetChecksum.PseudoHeader(new Ipv4Address(from), new Ipv4Address(to), protocol, transport.Length);
        BinaryPrimitives.WriteUInt16BigEndian(transport[at..], InternetChecksum.Complete(InternetChecksum.Add(pseudo, InternetChecksum.Sum(transport))));
    }
}
