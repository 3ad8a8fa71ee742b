// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Wire;

/// <summary>A UDP datagram (RFC 768).</summary>
public readonly ref struct UdpDatagram
{
    /// <summary>Bytes before the payload.</summary>
    public const int HeaderSize = 8;

    /// <summary>Offset of the checksum field.</summary>
    public const int ChecksumOffset = 6;

    private readonly ReadOnlySpan<byte> _bytes;

    private UdpDatagram(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Sender's port.</summary>
    public ushort SourcePort => BinaryPrimitives.ReadUInt16BigEndian(_bytes);

    /// <summary>Receiver's port.</summary>
    public ushort DestinationPort => BinaryPrimitives.ReadUInt16BigEndian(_bytes[2..]);

    /// <summary>What is carried.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[HeaderSize..];

    /// <summary>Takes a datagram; false when a length is wrong, or the checksum, unless it is absent (0) or <paramref name="checksumTrusted"/>.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, Ipv4Address source, Ipv4Address destination, bool checksumTrusted, out UdpDatagram datagram)
    {
        datagram = default;
        if (bytes.Length < HeaderSize) return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]);
        if (length < HeaderSize || length > bytes.Length) return false;
        bytes = bytes[..length];
        if (!checksumTrusted && BinaryPrimitives.ReadUInt16BigEndian(bytes[ChecksumOffset..]) != 0)
        {
            ushort sum = InternetChecksum.Add(InternetChecksum.PseudoHeader(source, destination, IpProtocol.Udp, length), InternetChecksum.Sum(bytes));
            if (!InternetChecksum.IsValid(sum)) return false;
        }

        datagram = new UdpDatagram(bytes);
        return true;
    }

    /// <summary>Completes a datagram whose payload is already in place after <see cref="HeaderSize"/> bytes, checksum included.</summary>
    public static void Write(Span<byte> datagram, Ipv4Address source, Ipv4Address destination, ushort sourcePort, ushort destinationPort)
    {
        BinaryPrimitives.WriteUInt16BigEndian(datagram, sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[2..], destinationPort);
        BinaryPrimitives.WriteUInt32BigEndian(datagram[4..], (uint)datagram.Length << 16);
        ushort sum = InternetChecksum.Add(InternetChecksum.PseudoHeader(source, destination, IpProtocol.Udp, datagram.Length), InternetChecksum.Sum(datagram));

        // A checksum of 0 would say that there is none; 0xFFFF is the same number in one's complement.
        ushort checksum = InternetChecksum.Complete(sum);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[ChecksumOffset..], checksum == 0 ? (ushort)0xFFFF : checksum);
    }
}
