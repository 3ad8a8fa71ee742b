// SPDX-License-Identifier: Apache-2.0

// qemu-system-x86_64 … -netdev tap,id=n0,fd=3 -device virtio-net-device,netdev=n0,mac=52:54:00:12:34:56
// (host_mtu=9000 tells the guest of a larger MTU. A tap has the offloads, "-netdev user" has none.)

using System;
using Uaas.Wire;

namespace Uaas.Devices.Virtio;

/// <summary>A virtio network card (virtio 1.2, 5.1): one receive and one transmit queue, checksum and segmentation offload both ways.</summary>
/// <remarks>
/// The device is told of new frames once a batch: when there is nothing more to receive, or every 32 frames. Interrupts are off but between
/// <see cref="ArmInterrupts"/> and <see cref="DisarmInterrupts"/>. A device that breaks the rules is dead from then on: it receives nothing and sends nothing.
/// </remarks>
public sealed unsafe class VirtioNetwork : NetworkDevice
{
    private const ulong FeatureChecksum = 1ul << 0;
    private const ulong FeatureGuestChecksum = 1ul << 1;
    private const ulong FeatureMtu = 1ul << 3;
    private const ulong FeatureMac = 1ul << 5;
    private const ulong FeatureGuestTcp4 = 1ul << 7;
    private const ulong FeatureHostTcp4 = 1ul << 11;
    private const ulong FeatureMergeableBuffers = 1ul << 15;
    private const ulong ChecksumBothWays = FeatureChecksum | FeatureGuestChecksum;
    private const ulong SegmentationBothWays = ChecksumBothWays | FeatureGuestTcp4 | FeatureHostTcp4 | FeatureMergeableBuffers;

    private const int ConfigurationMac = 0;
    private const int ConfigurationMtu = 10;

    private const int ReceiveIndex = 0;
    private const int TransmitIndex = 1;
    private const int QueueSizeMax = 256;
    private const int PageSize = 4096;

    private const int MtuDefault = 1500;
    private const int MtuMin = 576; // what each IPv4 host takes (RFC 791)
    private const int MtuMax = 65_535;
    private const int PlainMtuMax = ReceiveQueue.BufferSize - NetworkHeader.Size - EthernetHeaderSize;

    private readonly ReceiveQueue _receive;
    private readonly TransmitQueue _transmit;
    private readonly int _frameMax;

    private VirtioNetwork(MacAddress address, int mtu, NetworkOffloads offloads, int frameMax, ReceiveQueue receive, TransmitQueue transmit)
    {
        Address = address;
        Mtu = mtu;
        Offloads = offloads;
        _frameMax = frameMax;
        _receive = receive;
        _transmit = transmit;
    }

    /// <summary>Bytes of memory that a device takes, no matter what it offers.</summary>
    public static int MemoryNeeded =>
        (2 * (VirtQueue.GetRingBytes(QueueSizeMax) + 64)) + (QueueSizeMax * ReceiveQueue.BufferSize) + TransmitQueue.ArenaSize
        + EthernetHeaderSize + MtuMax + (3 * PageSize);

    /// <inheritdoc/>
    public override MacAddress Address { get; }

    /// <inheritdoc/>
    public override int Mtu { get; }

    /// <inheritdoc/>
    public override NetworkOffloads Offloads { get; }

    /// <summary>The device broke the rules of its queues and is not used any more.</summary>
    public bool IsBroken => _receive.IsBroken || _transmit.IsBroken;

    /// <summary>Brings the device up; null, and why, when it cannot be used.</summary>
    public static VirtioNetwork? TryCreate(VirtioTransport transport, DmaMemory memory, out VirtioError error)
    {
        const ulong Wanted = FeatureMtu | FeatureMergeableBuffers | VirtioFeature.EventIndex;
        ReadOnlySpan<ulong> groups = stackalloc ulong[] { ChecksumBothWays, SegmentationBothWays };
        error = VirtioSetup.Negotiate(transport, FeatureMac, Wanted, groups, out ulong features);
        if (error != VirtioError.None)
        {
            return null;
        }

        VirtQueue? received = VirtioSetup.CreateQueue(transport, ReceiveIndex, QueueSizeMax, features, memory, out error);
        VirtQueue? sent = received == null
            ? null
            : VirtioSetup.CreateQueue(transport, TransmitIndex, QueueSizeMax, features, memory, out error);
        if (received == null || sent == null)
        {
            return null;
        }

        if (!TryReadConfiguration(transport, features, out MacAddress address, out int mtu))
        {
            error = VirtioSetup.Fail(transport, VirtioError.BadConfiguration);
            return null;
        }

        NetworkOffloads offloads = GetOffloads(features);
        int frameMax = EthernetHeaderSize + ((offloads & NetworkOffloads.Segmentation) != 0 ? MtuMax : mtu);
        byte* buffers = memory.Take(received.Size * ReceiveQueue.BufferSize, PageSize);
        byte* assembly = memory.Take(frameMax, PageSize);
        byte* arena = memory.Take(TransmitQueue.ArenaSize, PageSize);
        if (buffers == null || assembly == null || arena == null)
        {
            error = VirtioSetup.Fail(transport, VirtioError.OutOfMemory);
            return null;
        }

        bool mergeable = (features & FeatureMergeableBuffers) != 0;
        var receive = new ReceiveQueue(transport, ReceiveIndex, received, mergeable, frameMax, buffers, assembly);
        var transmit = new TransmitQueue(transport, TransmitIndex, sent, arena);
        VirtioSetup.Finish(transport);
        receive.Flush(); // not before the device is live
        return new VirtioNetwork(address, mtu, offloads, frameMax, receive, transmit);
    }

    /// <inheritdoc/>
    public override bool TryReceive(out ReceivedFrame frame)
    {
        if (_receive.TryReceive(out frame))
        {
            return true;
        }

        Flush();
        return false;
    }

    /// <inheritdoc/>
    public override Span<byte> BeginTransmit(int length) =>
        length >= EthernetHeaderSize && length <= _frameMax ? _transmit.Reserve(length) : default;

    /// <inheritdoc/>
    public override void EndTransmit(int length, in TransmitOffload offload) => _transmit.Send(length, offload);

    /// <summary>
    /// Asks for an interrupt when a frame arrives, or when there is room again after <see cref="BeginTransmit"/> found none; false when that is so already.
    /// </summary>
    public bool ArmInterrupts()
    {
        Flush();
        return _receive.ArmInterrupt() & _transmit.ArmInterrupt();
    }

    /// <summary>Asks for no interrupt.</summary>
    public void DisarmInterrupts()
    {
        _receive.DisarmInterrupt();
        _transmit.DisarmInterrupt();
    }

    private static NetworkOffloads GetOffloads(ulong features) =>
        ((features & ChecksumBothWays) == ChecksumBothWays ? NetworkOffloads.Checksum : NetworkOffloads.None)
        | ((features & SegmentationBothWays) == SegmentationBothWays ? NetworkOffloads.Segmentation : NetworkOffloads.None);

    private static bool TryReadConfiguration(VirtioTransport transport, ulong features, out MacAddress address, out int mtu)
    {
        Span<byte> bytes = stackalloc byte[MacAddress.Size];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = transport.ReadConfiguration8(ConfigurationMac + i);
        }

        address = MacAddress.Read(bytes);
        mtu = (features & FeatureMtu) != 0 ? transport.ReadConfiguration16(ConfigurationMtu) : MtuDefault;
        bool meant = mtu >= MtuMin;
        if ((features & FeatureMergeableBuffers) == 0)
        {
            mtu = Math.Min(mtu, PlainMtuMax);
        }

        return meant && !address.IsGroup;
    }

    private void Flush()
    {
        _receive.Flush();
        _transmit.Flush();
    }
}
