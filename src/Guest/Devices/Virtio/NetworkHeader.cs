// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Uaas.Devices.Virtio;

/// <summary>virtio_net_hdr_v1: what precedes each frame, either way (virtio 1.2, 5.1.6). Little endian, as the processor is.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct NetworkHeader
{
    /// <summary>Bytes.</summary>
    public const int Size = 12;

    private const byte FlagNeedsChecksum = 1;
    private const byte FlagDataValid = 2;
    private const byte SegmentTcp4 = 1;

    private byte _flags;
    private byte _segmentKind;
    private ushort _headerLength;
    private ushort _segmentSize;
    private ushort _checksumStart;
    private ushort _checksumOffset;
    private readonly ushort _bufferCount;

    /// <summary>Buffers that the received frame is spread over, this one included.</summary>
    public readonly ushort BufferCount => _bufferCount;

    /// <summary>Whether the received frame's transport checksum was verified, or is of a frame that never left the host.</summary>
    public readonly bool ChecksumTrusted => (_flags & (FlagNeedsChecksum | FlagDataValid)) != 0;

    /// <summary>The header of a frame to send.</summary>
    public static NetworkHeader For(in TransmitOffload offload) => new()
    {
        _flags = offload.ChecksumStart != 0 ? FlagNeedsChecksum : (byte)0,
        _segmentKind = offload.SegmentSize != 0 ? SegmentTcp4 : (byte)0,
        _headerLength = offload.HeaderLength,
        _segmentSize = offload.SegmentSize,
        _checksumStart = offload.ChecksumStart,
        _checksumOffset = offload.ChecksumOffset,
    };
}
