// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Numerics;
using Uaas.Devices;

namespace Uaas.Content;

/// <summary>Which part of the cache a block competes for.</summary>
internal enum CacheRegion
{
    /// <summary>Metadata and files that may stay.</summary>
    Main,

    /// <summary>Files too large to stay: they only ever replace each other.</summary>
    Streaming,
}

/// <summary>
/// A fixed number of blocks of a device in memory. Each region is a CLOCK: a hand goes round, takes the first block that was not used since it last
/// came by, and marks the others unused. Memory is touched only as blocks are first read, so an idle guest pays for none of it.
/// </summary>
internal sealed class BlockCache
{
    /// <summary>Fewest blocks a cache can have.</summary>
    internal const int MinBlocks = 8;

    /// <summary>Largest block in bytes.</summary>
    internal const int MaxBlockSize = 1 << 20;

    private const int StreamingShare = 4;
    private const int None = -1;

    private readonly BlockDevice _device;
    private readonly int _blockShift;
    private readonly byte[] _memory;
    private readonly Slot[] _slots;
    private readonly int[] _buckets;
    private readonly int _streamingSlots;
    private int _mainHand;
    private int _streamingHand;
    private long _metadataStart;
    private long _metadataEnd;

    private struct Slot
    {
        /// <summary>Number of the block held, None when there is none.</summary>
        internal long Block;

        /// <summary>The next slot of the same bucket.</summary>
        internal int Next;

        internal bool Used;

        /// <summary>Number of the last frame that bytes of it were lent to.</summary>
        internal long LentTo;
    }

    /// <summary>
    /// A cache of about <paramref name="bytes"/> bytes (never fewer than eight blocks). The device's block size must be a power of two of at most <see cref="MaxBlockSize"/>.
    /// </summary>
    internal BlockCache(BlockDevice device, int bytes)
    {
        _device = device;
        int blockSize = Math.Max(ContentFormat.PageSize, device.BlockSize);
        _blockShift = BitOperations.Log2((uint)blockSize);
        int count = Math.Max(MinBlocks, bytes >> _blockShift);
        _memory = new byte[count << _blockShift];
        _slots = new Slot[count];
        _buckets = new int[(int)BitOperations.RoundUpToPowerOf2((uint)count) * 2];
        _streamingSlots = count / StreamingShare;
        _mainHand = _streamingSlots;
        Clear();
    }

    /// <summary>Blocks read from the device.</summary>
    internal long BlocksRead { get; private set; }

    /// <summary>Blocks that could not be read, or of which a checksum was wrong.</summary>
    internal long ReadFailures { get; private set; }

    /// <summary>Bytes of a block.</summary>
    internal int BlockSize => 1 << _blockShift;

    /// <summary>Bytes that files which may stay compete for.</summary>
    internal long MainBytes => (long)(_slots.Length - _streamingSlots) << _blockShift;

    /// <summary>
    /// Says which bytes are metadata: from now on the checksums of its pages are verified as they are read. Both are multiples of the page size. What was
    /// read before is forgotten, as it was not verified.
    /// </summary>
    internal void SetMetadata(long start, long end)
    {
        _metadataStart = start;
        _metadataEnd = end;
        Clear();
    }

    /// <summary>What is lent of this cache to outgoing frames; null where all is copied.</summary>
    internal FrameLoans? Loans { get; set; }

    /// <summary>
    /// Lends the bytes from <paramref name="offset"/> to the end of its block; valid until the next call. Offsets must be checked against the device's
    /// capacity before.
    /// </summary>
    internal ContentResult Get(long offset, CacheRegion region, out ReadOnlySpan<byte> bytes)
    {
        ContentResult result = Find(offset >> _blockShift, region, out int slot);
        int within = (int)(offset & (BlockSize - 1));
        bytes = result == ContentResult.Ok ? new ReadOnlySpan<byte>(_memory, (slot << _blockShift) + within, BlockSize - within) : default;
        return result;
    }

    /// <summary>
    /// Puts the bytes from <paramref name="offset"/> on into <paramref name="destination"/>, at most to the end of their block: a copy, or a loan where that
    /// is part of a frame. Offsets must be checked before.
    /// </summary>
    internal ContentResult Read(long offset, CacheRegion region, Span<byte> destination, out int count)
    {
        ContentResult result = Find(offset >> _blockShift, region, out int slot);
        int within = (int)(offset & (BlockSize - 1));
        count = Math.Min(BlockSize - within, destination.Length);
        if (result != ContentResult.Ok)
        {
            return result;
        }

        int start = (slot << _blockShift) + within;
        destination = destination.Slice(0, count);
        if (CanLend(region) && Loans!.TryLend(_memory, start, destination))
        {
            _slots[slot].LentTo = Loans.Frame;
        }
        else
        {
            new ReadOnlySpan<byte>(_memory, start, count).CopyTo(destination);
        }

        return ContentResult.Ok;
    }

    /// <summary>Whether the region has blocks left to replace when as many as possible are lent to one frame.</summary>
    private bool CanLend(CacheRegion region) =>
        Loans != null && (region == CacheRegion.Streaming ? _streamingSlots : _slots.Length - _streamingSlots) > FrameLoans.Capacity;

    private ContentResult Find(long block, CacheRegion region, out int slot)
    {
        int bucket = BucketOf(block);
        slot = _buckets[bucket];
        while (slot != None && _slots[slot].Block != block)
        {
            slot = _slots[slot].Next;
        }

        if (slot != None)
        {
            _slots[slot].Used = true;
            return ContentResult.Ok;
        }

        slot = region == CacheRegion.Streaming ? Evict(ref _streamingHand, 0, _streamingSlots) : Evict(ref _mainHand, _streamingSlots, _slots.Length);
        ContentResult result = Load(slot, block);
        BlocksRead++;
        if (result != ContentResult.Ok)
        {
            ReadFailures++;
            return result;
        }

        Link(slot, block, bucket);
        return ContentResult.Ok;
    }

    private void Clear()
    {
        for (int i = 0; i < _slots.Length; i++)
        {
            _slots[i].Block = None;
        }

        for (int i = 0; i < _buckets.Length; i++)
        {
            _buckets[i] = None;
        }
    }

    private int BucketOf(long block) => (int)(((ulong)block * 0x9E3779B97F4A7C15) >> 32) & (_buckets.Length - 1);

    private void Link(int slot, long block, int bucket)
    {
        _slots[slot].Block = block;
        _slots[slot].Next = _buckets[bucket];
        _slots[slot].Used = false;
        _buckets[bucket] = slot;
    }

    /// <summary>Frees a slot of [first, end): two rounds at most, as the first clears every mark. What the frame under construction has on loan stays.</summary>
    private int Evict(ref int hand, int first, int end)
    {
        while (true)
        {
            int slot = hand;
            hand = slot + 1 == end ? first : slot + 1;
            if (_slots[slot].Block == None)
            {
                return slot;
            }

            if (Loans != null && _slots[slot].LentTo == Loans.Frame)
            {
                continue;
            }

            if (!_slots[slot].Used)
            {
                Unlink(slot);
                return slot;
            }

            _slots[slot].Used = false;
        }
    }

    private void Unlink(int slot)
    {
        int bucket = BucketOf(_slots[slot].Block);
        if (_buckets[bucket] == slot)
        {
            _buckets[bucket] = _slots[slot].Next;
        }
        else
        {
            int previous = _buckets[bucket];
            while (_slots[previous].Next != slot)
            {
                previous = _slots[previous].Next;
            }

            _slots[previous].Next = _slots[slot].Next;
        }

        _slots[slot].Block = None;
    }

    private ContentResult Load(int slot, long block)
    {
        long offset = block << _blockShift;
        int length = (int)Math.Min(BlockSize, _device.Capacity - offset);
        Span<byte> room = new Span<byte>(_memory, slot << _blockShift, length);
        if (_device.Read(offset, room) != BlockResult.Ok)
        {
            return ContentResult.DeviceError;
        }

        for (int at = 0; at + ContentFormat.PageSize <= length; at += ContentFormat.PageSize)
        {
            long page = offset + at;
            if (page >= _metadataStart && page < _metadataEnd && !IsIntact(room.Slice(at, ContentFormat.PageSize)))
            {
                return ContentResult.Corrupt;
            }
        }

        return ContentResult.Ok;
    }

    /// <summary>Whether a metadata page's checksum is that of its payload.</summary>
    internal static bool IsIntact(ReadOnlySpan<byte> page) =>
        XxHash64.Hash(page.Slice(0, ContentFormat.PagePayload)) == BinaryPrimitives.ReadUInt64LittleEndian(page.Slice(ContentFormat.PagePayload));
}
