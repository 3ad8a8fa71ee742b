// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Uaas.Net.Testing;
using Uaas.Wire;
using Xunit;

namespace Uaas.Net.Tests.Simulation;

/// <summary>Does what a device with offloads does: completes checksums, and cuts large TCP segments into frames.</summary>
internal static class Segmenter
{
    private const int TcpStart = EthernetFrame.HeaderSize + Ipv4Packet.HeaderSize;

    /// <summary>The frames that go over the wire for one that a stack handed over.</summary>
    public static IEnumerable<byte[]> Complete(SentFrame sent)
    {
        if (sent.Offload.SegmentSize == 0)
        {
            if (sent.Offload.ChecksumStart != 0) CompleteChecksum(sent.Bytes, sent.Offload.ChecksumStart, sent.Offload.ChecksumOffset);
            yield return sent.Bytes;
            yield break;
        }

        int headers = sent.Offload.HeaderLength;
        Assert.Equal(TcpStart + (sent.Bytes[TcpStart + 12] >> 4) * 4, headers);
        Assert.True(sent.Bytes.Length > headers + sent.Offload.SegmentSize, "a segment to be cut into one");
        for (int offset = 0; headers + offset < sent.Bytes.Length; offset += sent.Offload.SegmentSize)
        {
            int length = Math.Min(sent.Offload.SegmentSize, sent.Bytes.Length - headers - offset);
            yield return Cut(sent.Bytes, headers, offset, length, last: headers + offset + length == sent.Bytes.Length);
        }
    }

    private static byte[] Cut(byte[] whole, int headers, int offset, int length, bool last)
    {
        byte[] frame = new byte[headers + length];
        whole.AsSpan(0, headers).CopyTo(frame);
        whole.AsSpan(headers + offset, length).CopyTo(frame.AsSpan(headers));

        Assert.True(Ipv4Packet.TryParse(whole.AsSpan(EthernetFrame.HeaderSize), out Ipv4Packet packet));
        Ipv4Packet.Write(frame.AsSpan(EthernetFrame.HeaderSize), packet.Source, packet.Destination, IpProtocol.Tcp, frame.Length - TcpStart);
        Span<byte> segment = frame.AsSpan(TcpStart);
        BinaryPrimitives.WriteUInt32BigEndian(segment[4..], BinaryPrimitives.ReadUInt32BigEndian(segment[4..]) + (uint)offset);
        if (!last) segment[13] &= (byte)~(TcpFlags.Fin | TcpFlags.Psh);
        segment[16] = segment[17] = 0;
        TcpSegment.WriteChecksum(segment, packet.Source, packet.Destination);
        return frame;
    }

    private static void CompleteChecksum(byte[] frame, int start, int field)
    {
        ushort checksum = InternetChecksum.Complete(InternetChecksum.Sum(frame.AsSpan(start)));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(start + field), checksum);
    }
}
