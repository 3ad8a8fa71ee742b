// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Wire;

/// <summary>TCP's control bits (RFC 9293, 3.1).</summary>
[Flags]
public enum TcpFlags : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The sender has no more data.</summary>
    Fin = 0x01,

    /// <summary>Synchronise sequence numbers.</summary>
    Syn = 0x02,

    /// <summary>The connection is no more.</summary>
    Rst = 0x04,

    /// <summary>Hand the data over at once.</summary>
    Psh = 0x08,

    /// <summary>The acknowledgment field counts.</summary>
    Ack = 0x10,

    /// <summary>The urgent pointer counts.</summary>
    Urg = 0x20,
}

/// <summary>A TCP segment (RFC 9293, 3.1).</summary>
public readonly ref struct TcpSegment
{
    /// <summary>Bytes of a header without options.</summary>
    public const int HeaderSize = 20;

    /// <summary>Offset of the checksum field.</summary>
    public const int ChecksumOffset = 16;

    private const int FlagsMask = 0x3F;

    private readonly ReadOnlySpan<byte> _bytes;

    private TcpSegment(ReadOnlySpan<byte> bytes, TcpOptions options)
    {
        _bytes = bytes;
        Options = options;
    }

    /// <summary>Sender's port.</summary>
    public ushort SourcePort => BinaryPrimitives.ReadUInt16BigEndian(_bytes);

    /// <summary>Receiver's port.</summary>
    public ushort DestinationPort => BinaryPrimitives.ReadUInt16BigEndian(_bytes[2..]);

    /// <summary>Sequence number of the first octet (SEG.SEQ).</summary>
    public uint Sequence => BinaryPrimitives.ReadUInt32BigEndian(_bytes[4..]);

    /// <summary>The next octet that the sender expects (SEG.ACK).</summary>
    public uint Acknowledgment => BinaryPrimitives.ReadUInt32BigEndian(_bytes[8..]);

    /// <summary>Control bits.</summary>
    public TcpFlags Flags => (TcpFlags)(_bytes[13] & FlagsMask);

    /// <summary>The window as it is on the wire, not scaled.</summary>
    public ushort Window => BinaryPrimitives.ReadUInt16BigEndian(_bytes[14..]);

    /// <summary>The options.</summary>
    public TcpOptions Options { get; }

    /// <summary>The data.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[((_bytes[12] >> 4) * 4)..];

    /// <summary>Takes a segment; false when its header length or an option is malformed, or its checksum is wrong (not looked at when trusted).</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, Ipv4Address source, Ipv4Address destination, bool checksumTrusted, out TcpSegment segment)
    {
        segment = default;
        if (bytes.Length < HeaderSize) return false;
        int headerLength = (bytes[12] >> 4) * 4;
        if (headerLength < HeaderSize || headerLength > bytes.Length) return false;
        if (!checksumTrusted)
        {
            ushort sum = InternetChecksum.Add(InternetChecksum.PseudoHeader(source, destination, IpProtocol.Tcp, bytes.Length), InternetChecksum.Sum(bytes));
            if (!InternetChecksum.IsValid(sum)) return false;
        }

        if (!TcpOptions.TryParse(bytes[HeaderSize..headerLength], out TcpOptions options)) return false;
        segment = new TcpSegment(bytes, options);
        return true;
    }

    /// <summary>Writes a header without its checksum; options of <paramref name="optionsLength"/> bytes (a multiple of 4) follow it.</summary>
    public static void Write(Span<byte> destination, ushort sourcePort, ushort destinationPort, uint sequence, uint acknowledgment, TcpFlags flags,
        ushort window, int optionsLength)
    {
        Span<byte> header = destination[..HeaderSize];
        BinaryPrimitives.WriteUInt32BigEndian(header, (uint)sourcePort << 16 | destinationPort);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(header[8..], acknowledgment);
        uint headerWords = (uint)(HeaderSize + optionsLength) / 4;
        BinaryPrimitives.WriteUInt32BigEndian(header[12..], headerWords << 28 | (uint)flags << 16 | window);
        BinaryPrimitives.WriteUInt32BigEndian(header[16..], 0);
    }

    /// <summary>Writes the checksum of a segment that is complete otherwise.</summary>
    public static void WriteChecksum(Span<byte> segment, Ipv4Address source, Ipv4Address destination)
    {
        ushort sum = InternetChecksum.Add(InternetChecksum.PseudoHeader(source, destination, IpProtocol.Tcp, segment.Length), InternetChecksum.Sum(segment));
        BinaryPrimitives.WriteUInt16BigEndian(segment[ChecksumOffset..], InternetChecksum.Complete(sum));
    }

    /// <summary>Writes the pseudo-header's sum in place of the checksum: the device adds the rest (virtio 1.2, 5.1.6.2, VIRTIO_NET_HDR_F_NEEDS_CSUM).</summary>
    public static void WritePartialChecksum(Span<byte> segment, Ipv4Address source, Ipv4Address destination) =>
        BinaryPrimitives.WriteUInt16BigEndian(segment[ChecksumOffset..],
            InternetChecksum.PseudoHeader(source, destination, IpProtocol.Tcp, segment.Length));
}
