// SPDX-License-Identifier: Apache-2.0

// qemu-system-x86_64 … -drive if=none,id=d0,file=disk.img,format=raw,read-only=on -device virtio-blk-device,drive=d0
// (logical_block_size=4096 gives blocks of another size.)

using System;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Uaas.Devices.Virtio;

/// <summary>A virtio block device (virtio 1.2, 5.2), one request at a time, straight from and to the caller's memory.</summary>
public sealed unsafe class VirtioBlock : BlockDevice
{
    private const ulong FeatureSizeMax = 1ul << 1;
    private const ulong FeatureReadOnly = 1ul << 5;
    private const ulong FeatureBlockSize = 1ul << 6;
    private const ulong FeatureFlush = 1ul << 9;

    private const int ConfigurationCapacity = 0;
    private const int ConfigurationSizeMax = 8;
    private const int ConfigurationBlockSize = 20;

    private const uint TypeRead = 0;
    private const uint TypeWrite = 1;
    private const uint TypeFlush = 4;
    private const byte StatusOk = 0;
    private const byte StatusUnset = 0xff;

    private const int QueueIndex = 0;
    private const int QueueSize = 4; // one request of three pieces at a time
    private const int SectorSize = 512; // the unit of capacity and of requests, whatever the block size
    private const int BlockSizeMax = 64 * 1024;
    private const int TransferMax = 1 << 30; // of one request

    private readonly SynchronousQueue _queue;
    private readonly Request* _request;
    private readonly int _transferMax;
    private readonly bool _hasFlush;

    private VirtioBlock(SynchronousQueue queue, Request* request, ulong features, long capacity, int blockSize, int transferMax)
    {
        _queue = queue;
        _request = request;
        _transferMax = transferMax;
        _hasFlush = (features & FeatureFlush) != 0;
        IsReadOnly = (features & FeatureReadOnly) != 0;
        Capacity = capacity;
        BlockSize = blockSize;
    }

    /// <inheritdoc/>
    public override long Capacity { get; }

    /// <inheritdoc/>
    public override int BlockSize { get; }

    /// <summary>Whether the device refuses writes.</summary>
    public bool IsReadOnly { get; }

    /// <summary>Brings the device up; null, and why, when it cannot be used.</summary>
    public static VirtioBlock? TryCreate(VirtioTransport transport, DmaMemory memory, CompletionWaiter waiter, out VirtioError error)
    {
        const ulong Wanted = VirtioFeature.EventIndex | FeatureSizeMax | FeatureReadOnly | FeatureBlockSize | FeatureFlush;
        error = VirtioSetup.Negotiate(transport, required: 0, Wanted, groups: default, out ulong features);
        if (error != VirtioError.None)
        {
            return null;
        }

        VirtQueue? queue = VirtioSetup.CreateQueue(transport, QueueIndex, QueueSize, features, memory, out error);
        if (queue == null)
        {
            return null;
        }

        var request = (Request*)memory.Take(sizeof(Request), alignment: 16);
        if (request == null)
        {
            error = VirtioSetup.Fail(transport, VirtioError.OutOfMemory);
            return null;
        }

        if (queue.Size < QueueSize
            || !TryReadConfiguration(transport, features, out long capacity, out int blockSize, out int transferMax))
        {
            error = VirtioSetup.Fail(transport, VirtioError.BadConfiguration);
            return null;
        }

        VirtioSetup.Finish(transport);
        var requests = new SynchronousQueue(transport, QueueIndex, queue, waiter);
        return new VirtioBlock(requests, request, features, capacity, blockSize, transferMax);
    }

    /// <inheritdoc/>
    public override BlockResult Read(long offset, Span<byte> destination)
    {
        if (!Contains(offset, destination.Length))
        {
            return BlockResult.OutOfRange;
        }

        fixed (byte* data = destination)
        {
            return Transfer(TypeRead, offset, data, destination.Length);
        }
    }

    /// <inheritdoc/>
    public override BlockResult Write(long offset, ReadOnlySpan<byte> source)
    {
        if (!Contains(offset, source.Length))
        {
            return BlockResult.OutOfRange;
        }

        if (IsReadOnly)
        {
            return BlockResult.ReadOnly;
        }

        fixed (byte* data = source)
        {
            return Transfer(TypeWrite, offset, data, source.Length);
        }
    }

    /// <summary>Has the device put what was written where it survives a loss of power.</summary>
    public override BlockResult Flush() =>
        _hasFlush && !IsReadOnly ? Perform(TypeFlush, 0, null, 0) : BlockResult.Ok;

    private static bool TryReadConfiguration(
        VirtioTransport transport, ulong features, out long capacity, out int blockSize, out int transferMax)
    {
        capacity = 0;
        transferMax = TransferMax;
        uint block = (features & FeatureBlockSize) != 0 ? transport.ReadConfiguration32(ConfigurationBlockSize) : SectorSize;
        blockSize = (int)block;
        if (block < SectorSize || block > BlockSizeMax || !BitOperations.IsPow2(block))
        {
            return false;
        }

        if ((features & FeatureSizeMax) != 0)
        {
            uint sizeMax = Math.Min(transport.ReadConfiguration32(ConfigurationSizeMax), TransferMax) & ~(block - 1);
            if (sizeMax == 0)
            {
                return false;
            }

            transferMax = (int)sizeMax;
        }

        if (!transport.TryReadConfiguration64(ConfigurationCapacity, out ulong sectors) || sectors > long.MaxValue / SectorSize)
        {
            return false;
        }

        capacity = (long)sectors * SectorSize & ~(block - 1L);
        return true;
    }

    private BlockResult Transfer(uint type, long offset, byte* data, int length)
    {
        while (length > 0)
        {
            int part = Math.Min(length, _transferMax);
            BlockResult result = Perform(type, offset, data, part);
            if (result != BlockResult.Ok)
            {
                return result;
            }

            offset += part;
            data += part;
            length -= part;
        }

        return BlockResult.Ok;
    }

    private BlockResult Perform(uint type, long offset, byte* data, int length)
    {
        _request->Type = type;
        _request->Reserved = 0;
        _request->Sector = (ulong)(offset / SectorSize);
        _request->Status = StatusUnset;

        bool deviceWrites = type == TypeRead;
        Span<VirtBuffer> chain = stackalloc VirtBuffer[3];
        int pieces = 0;
        chain[pieces++] = new VirtBuffer((ulong)_request, Request.HeaderSize, deviceWrites: false);
        if (length > 0)
        {
            chain[pieces++] = new VirtBuffer((ulong)data, (uint)length, deviceWrites);
        }

        chain[pieces++] = new VirtBuffer((ulong)&_request->Status, sizeof(byte), deviceWrites: true);
        uint expected = sizeof(byte) + (deviceWrites ? (uint)length : 0);
        return _queue.TryComplete(chain[..pieces], out uint written) && written >= expected && _request->Status == StatusOk
            ? BlockResult.Ok
            : BlockResult.DeviceError;
    }

    /// <summary>What frames the data of a request (5.2.6); shared with the device.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Request
    {
        public const uint HeaderSize = 16;

        public uint Type;
        public uint Reserved;
        public ulong Sector;
        public byte Status; // after the data
    }
}
