// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using Uaas.Devices;

namespace Uaas.Platform.Solo5;

/// <summary>
/// The ten bytes before each frame of a device with offload: virtio_net_hdr without num_buffers (virtio 1.2, 5.1.6), little endian:
/// u8 flags, u8 gso_type, u16 hdr_len, u16 gso_size, u16 csum_start, u16 csum_offset.
/// </summary>
internal static class OffloadHeader
{
    internal const int Size = 10;

    /// <summary>Largest IP packet either way when the device cuts and joins segments.</summary>
    internal const int PacketSizeMax = 65_535;

    private const byte NeedsChecksum = 1;
    private const byte ChecksumValid = 2;
    private const byte SegmentTcp4 = 1;

    /// <summary>Whether the transport checksum of the frame behind <paramref name="header"/> needs no check.</summary>
    internal static bool ChecksumTrusted(ReadOnlySpan<byte> header) => (header[0] & (NeedsChecksum | ChecksumValid)) != 0;

    /// <summary>Writes the header of a frame to send.</summary>
    internal static void Write(Span<byte> header, in TransmitOffload offload)
    {
        header[0] = offload.ChecksumStart != 0 ? NeedsChecksum : (byte)0;
        header[1] = offload.SegmentSize != 0 ? SegmentTcp4 : (byte)0;
        BinaryPrimitives.WriteUInt16LittleEndian(header[2..], offload.HeaderLength);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], offload.SegmentSize);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], offload.ChecksumStart);
        BinaryPrimitives.WriteUInt16LittleEndian(header[8..], offload.ChecksumOffset);
    }
}
