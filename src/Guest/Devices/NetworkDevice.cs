// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Wire;

namespace Uaas.Devices;

/// <summary>What a network device does for the stack, so that the stack need not.</summary>
[Flags]
public enum NetworkOffloads
{
    /// <summary>Plain frames of at most the MTU, checksums complete both ways.</summary>
    None = 0,

    /// <summary>The device completes a TCP or UDP checksum that holds the pseudo-header's sum, and says of a received frame when its checksum needs no check.</summary>
    Checksum = 1,

    /// <summary>The device cuts a large IPv4 TCP segment into frames; received frames may be as large as 65,535 bytes of IP.</summary>
    Segmentation = 2,
}

/// <summary>How a frame that is handed to the device is to be completed. The default value: send it as it is.</summary>
public readonly struct TransmitOffload
{
    /// <summary>Offset in the frame where the checksummed data starts (the TCP or UDP header); 0 when the checksum is complete.</summary>
    public ushort ChecksumStart { get; init; }

    /// <summary>Offset of the checksum field from <see cref="ChecksumStart"/>.</summary>
    public ushort ChecksumOffset { get; init; }

    /// <summary>Payload bytes of each frame to cut from this TCP segment; 0 when it is not to be cut.</summary>
    public ushort SegmentSize { get; init; }

    /// <summary>Bytes of Ethernet, IP and TCP header that each cut frame repeats; given when <see cref="SegmentSize"/> is.</summary>
    public ushort HeaderLength { get; init; }
}

/// <summary>A frame that arrived. Valid until the next call to the device.</summary>
public readonly ref struct ReceivedFrame(ReadOnlySpan<byte> bytes, bool checksumTrusted)
{
    /// <summary>The frame from its Ethernet header on, without frame check sequence.</summary>
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    /// <summary>Whether the device vouches for the transport checksum (verified, or from this very host and never computed).</summary>
    public bool ChecksumTrusted { get; } = checksumTrusted;
}

/// <summary>An Ethernet device. One receive buffer and one transmit buffer are lent at a time: no queue of ours, no copy.</summary>
public abstract class NetworkDevice
{
    /// <summary>Bytes of Ethernet header before the IP packet.</summary>
    public const int EthernetHeaderSize = 14;

    /// <summary>The device's own address.</summary>
    public abstract MacAddress Address { get; }

    /// <summary>Largest IP packet in bytes, without segmentation offload.</summary>
    public abstract int Mtu { get; }

    /// <summary>What the device does for the stack.</summary>
    public abstract NetworkOffloads Offloads { get; }

    /// <summary>What may be lent to the frame between <see cref="BeginTransmit"/> and <see cref="EndTransmit"/> instead of copied; null for a device that takes a frame in one piece.</summary>
    public virtual FrameLoans? Loans => null;

    /// <summary>Takes the next frame that has arrived; false when there is none. The frame is lent until the next call to the device.</summary>
    public abstract bool TryReceive(out ReceivedFrame frame);

    /// <summary>
    /// Lends room for a frame of <paramref name="length"/> bytes (at most Mtu + 14, or 65,549 with segmentation). Empty when the device is full:
    /// try again when it is ready. Contents are undefined; a second call before <see cref="EndTransmit"/> lends the same room anew.
    /// </summary>
    public abstract Span<byte> BeginTransmit(int length);

    /// <summary>Sends the first <paramref name="length"/> bytes of the room last lent. The device may drop the frame, as a wire may.</summary>
    public abstract void EndTransmit(int length, in TransmitOffload offload);
}
