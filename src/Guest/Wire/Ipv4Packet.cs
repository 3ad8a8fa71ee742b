// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Wire;

/// <summary>What an IP packet carries (IANA protocol numbers).</summary>
public enum IpProtocol : byte
{
    /// <summary>Control messages.</summary>
    Icmp = 1,

    /// <summary>TCP.</summary>
    Tcp = 6,

    /// <summary>UDP.</summary>
    Udp = 17,
}

/// <summary>An IPv4 packet (RFC 791). Options are skipped: nothing we do depends on one.</summary>
public readonly ref struct Ipv4Packet
{
    /// <summary>Bytes of a header without options; what we send.</summary>
    public const int HeaderSize = 20;

    /// <summary>The longest packet in bytes.</summary>
    public const int MaximumSize = 65_535;

    private const ushort DontFragmentFlag = 0x4000;
    private const ushort MoreFragmentsFlag = 0x2000;
    private const ushort FragmentOffsetMask = 0x1FFF;
    private const byte VersionAndHeaderLength = 0x45;
    private const byte DefaultTimeToLive = 64;

    private readonly ReadOnlySpan<byte> _bytes;

    private Ipv4Packet(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>The packet without the link's padding.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Bytes of header, options included.</summary>
    public int HeaderLength => (_bytes[0] & 0xF) * 4;

    /// <summary>Identification, shared by the fragments of one packet.</summary>
    public ushort Identification => BinaryPrimitives.ReadUInt16BigEndian(_bytes[4..]);

    /// <summary>Whether more fragments follow this one.</summary>
    public bool MoreFragments => (BinaryPrimitives.ReadUInt16BigEndian(_bytes[6..]) & MoreFragmentsFlag) != 0;

    /// <summary>Where this fragment's payload belongs, in bytes.</summary>
    public int FragmentOffset => (BinaryPrimitives.ReadUInt16BigEndian(_bytes[6..]) & FragmentOffsetMask) * 8;

    /// <summary>Whether this is but a piece of a packet.</summary>
    public bool IsFragment => (BinaryPrimitives.ReadUInt16BigEndian(_bytes[6..]) & (MoreFragmentsFlag | FragmentOffsetMask)) != 0;

    /// <summary>Protocol of the payload.</summary>
    public IpProtocol Protocol => (IpProtocol)_bytes[9];

    /// <summary>Sender.</summary>
    public Ipv4Address Source => new(BinaryPrimitives.ReadUInt32BigEndian(_bytes[12..]));

    /// <summary>Receiver.</summary>
    public Ipv4Address Destination => new(BinaryPrimitives.ReadUInt32BigEndian(_bytes[16..]));

    /// <summary>What is carried.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[HeaderLength..];

    /// <summary>Takes a packet out of a frame's payload; false when version, lengths or header checksum are wrong.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out Ipv4Packet packet)
    {
        packet = default;
        if (bytes.Length < HeaderSize) return false;
        int headerLength = (bytes[0] & 0xF) * 4;
        int totalLength = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
        if (bytes[0] >> 4 != 4 || headerLength < HeaderSize || totalLength < headerLength || totalLength > bytes.Length) return false;
        if (!InternetChecksum.IsValid(InternetChecksum.Sum(bytes[..headerLength]))) return false;
        packet = new Ipv4Packet(bytes[..totalLength]);
        return true;
    }

    /// <summary>Writes the header of a packet that routers must not cut (TCP with path MTU discovery; RFC 6864 lets its identification be 0).</summary>
    public static void Write(Span<byte> destination, Ipv4Address from, Ipv4Address to, IpProtocol protocol, int payloadLength) =>
        Write(destination, from, to, protocol, payloadLength, 0, DontFragmentFlag);

    /// <summary>
    /// Writes the header of a whole packet, or of a fragment whose payload lies <paramref name="fragmentOffset"/> bytes (a multiple of 8) into it.
    /// </summary>
    public static void WriteFragment(Span<byte> destination, Ipv4Address from, Ipv4Address to, IpProtocol protocol, int payloadLength,
        ushort identification, int fragmentOffset, bool moreFragments) =>
        Write(destination, from, to, protocol, payloadLength, identification, (ushort)(fragmentOffset / 8 | (moreFragments ? MoreFragmentsFlag : 0)));

    private static void Write(Span<byte> destination, Ipv4Address from, Ipv4Address to, IpProtocol protocol, int payloadLength, ushort identification, ushort fragment)
    {
        Span<byte> header = destination[..HeaderSize];
        int length = HeaderSize + payloadLength;
        BinaryPrimitives.WriteUInt32BigEndian(header, (uint)VersionAndHeaderLength << 24 | (uint)length);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], (uint)identification << 16 | fragment);
        BinaryPrimitives.WriteUInt32BigEndian(header[8..], (uint)DefaultTimeToLive << 24 | (uint)protocol << 16);
        BinaryPrimitives.WriteUInt32BigEndian(header[12..], from.Value);
        BinaryPrimitives.WriteUInt32BigEndian(header[16..], to.Value);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], InternetChecksum.Complete(InternetChecksum.Sum(header)));
    }
}
