// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using Uaas.Devices;

namespace Uaas.Media.Recording;

/// <content>Finding what is on a device.</content>
public sealed partial class RecordingVolume
{
    /// <summary>
    /// Begins to use a device: one with nothing on it is divided into segments; recordings that were not ended are ended with what is there of them. Each segment's
    /// header is read once.
    /// </summary>
    /// <param name="device">The device.</param>
    /// <param name="seed">Something that cannot be guessed.</param>
    /// <param name="volume">What is on it.</param>
    public static MountResult Mount(BlockDevice device, ulong seed, out RecordingVolume? volume)
    {
        volume = null;
        if (device.Capacity < MinCapacity) return MountResult.TooSmall;
        if (device.BlockSize > RecordingFormat.PageSize) return MountResult.UnsupportedBlockSize;
        MountResult result = ReadSuperblock(device, out SegmentLayout layout);
        if (result != MountResult.Ok) return result;
        RecordingVolume mounted = new(device, layout, seed);
        mounted.FindRecordings();
        volume = mounted;
        return MountResult.Ok;
    }

    /// <summary>There are two, of which one is whole wherever writing them ended.</summary>
    private static MountResult ReadSuperblock(BlockDevice device, out SegmentLayout layout)
    {
        layout = default;
        byte[] pages = new byte[RecordingFormat.SuperblockPages * RecordingFormat.PageSize];
        if (device.Read(0, pages) != BlockResult.Ok) return MountResult.DeviceError;
        Span<byte> first = pages.AsSpan(0, RecordingFormat.PageSize);
        Span<byte> second = pages.AsSpan(RecordingFormat.PageSize);
        bool isFirstGood = IsSuperblock(first);
        bool isSecondGood = IsSuperblock(second);
        if (isFirstGood || isSecondGood)
        {
            ReadOnlySpan<byte> good = isFirstGood ? first : second;
            if (!SegmentLayout.TryCreate(device.Capacity, BinaryPrimitives.ReadInt64LittleEndian(good[RecordingFormat.SuperblockSegmentSize..]), out layout)) return MountResult.Damaged;
            good.CopyTo(isFirstGood ? second : first);
            return isFirstGood && isSecondGood ? ProveWritable(device, first) : WriteSuperblock(device, first);
        }

        if (BinaryPrimitives.ReadUInt64LittleEndian(first) == RecordingFormat.Magic) return MountResult.Damaged;
        if (!RecordingFormat.IsBlank(first)) return MountResult.NotOurs;
        if (!SegmentLayout.TryChoose(device.Capacity, out layout)) return MountResult.TooSmall;
        first.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(first, RecordingFormat.Magic);
        BinaryPrimitives.WriteInt64LittleEndian(first[RecordingFormat.SuperblockSegmentSize..], layout.SegmentSize);
        RecordingFormat.Seal(first, 0, PageKind.Superblock, 0);
        return WriteSuperblock(device, first);
    }

    private static bool IsSuperblock(ReadOnlySpan<byte> page) =>
        BinaryPrimitives.ReadUInt64LittleEndian(page) == RecordingFormat.Magic && RecordingFormat.IsSealed(page, 0, PageKind.Superblock, 0);

    private static MountResult ProveWritable(BlockDevice device, ReadOnlySpan<byte> page) => Meaning(device.Write(RecordingFormat.PageSize, page));

    /// <summary>The second first: while the first is blank, the device counts as blank.</summary>
    private static MountResult WriteSuperblock(BlockDevice device, ReadOnlySpan<byte> page)
    {
        BlockResult result = device.Write(RecordingFormat.PageSize, page);
        if (result == BlockResult.Ok) result = device.Flush();
        if (result == BlockResult.Ok) result = device.Write(0, page);
        if (result == BlockResult.Ok) result = device.Flush();
        return Meaning(result);
    }

    private static MountResult Meaning(BlockResult result) => result switch
    {
        BlockResult.Ok => MountResult.Ok,
        BlockResult.ReadOnly => MountResult.ReadOnly,
        _ => MountResult.DeviceError,
    };

    /// <summary>Puts the segments of each recording in order, and takes those that begin with its first one and leave none out.</summary>
    private void FindRecordings()
    {
        ulong[] keys = new ulong[_layout.Count];
        uint[] sequences = new uint[_layout.Count];
        int[] order = new int[_layout.Count];
        int count = 0;
        for (int segment = 0; segment < _layout.Count; segment++)
        {
            if (!ReadPages(segment, 0, _page) || !SegmentHeader.TryRead(_page, out SegmentHeader header)) continue;
            keys[segment] = header.Key;
            sequences[segment] = header.Sequence;
            order[count++] = segment;
        }

        SegmentOrder.Sort(order.AsSpan(0, count), keys, sequences);
        for (int at = 0; at < count;)
        {
            int end = at + 1;
            while (end < count && keys[order[end]] == keys[order[at]]) end++;
            int length = 0;
            while (at + length < end && sequences[order[at + length]] == length) length++;
            if (length > 0) Take(order.AsSpan(at, length));
            at = end;
        }
    }

    /// <summary>Takes a recording whose segments are these.</summary>
    private void Take(ReadOnlySpan<int> segments)
    {
        int slot = FindSlot();
        if (slot == None || !ReadPages(segments[0], 0, _page) || !SegmentHeader.TryRead(_page, out SegmentHeader header)) return;
        ref RecordingEntry entry = ref _entries[slot];
        entry = new RecordingEntry
        {
            Key = header.Key,
            Number = header.Number,
            Start = header.Start,
            Prologue = header.Prologue,
            Flags = header.Flags,
            NameLength = (byte)header.Name.Length,
            First = segments[0],
            State = RecordingState.Open,
        };
        header.Name.CopyTo(_names.AsSpan(slot * NameSize));
        _nextNumber = Math.Max(_nextNumber, entry.Number + 1);
        Count++;
        for (int i = 0; i < segments.Length; i++) Attach(ref entry, segments[i]);
        if (TryReadSummary(ref entry)) CutAfter(ref entry, _layout.SegmentsFor(entry.BodyLength));
        else Recover(slot);
    }

    private void Attach(ref RecordingEntry entry, int segment)
    {
        if (entry.Segments > 0) _next[entry.Last] = segment;
        _next[segment] = None;
        entry.Last = segment;
        entry.Segments++;
        FreeSegments--;
    }

    /// <summary>Gives up the segments after so many, of which there is one at least.</summary>
    private void CutAfter(ref RecordingEntry entry, long count)
    {
        int segment = entry.First;
        for (long i = 1; i < count; i++) segment = _next[segment];
        int gone = _next[segment];
        _next[segment] = None;
        entry.Last = segment;
        while (gone != None)
        {
            int next = _next[gone];
            _next[gone] = Free;
            FreeSegments++;
            entry.Segments--;
            gone = next;
        }
    }

    private bool TryReadSummary(ref RecordingEntry entry)
    {
        Span<byte> page = _page;
        if (!ReadPages(entry.First, 1, page) || !RecordingFormat.IsSealed(page, entry.Key, PageKind.Summary, 0)) return false;
        entry.BodyLength = BinaryPrimitives.ReadInt64LittleEndian(page[RecordingFormat.SummaryBody..]);
        entry.HeadLength = BinaryPrimitives.ReadInt32LittleEndian(page[RecordingFormat.SummaryHead..]);
        entry.KeyCount = BinaryPrimitives.ReadInt32LittleEndian(page[RecordingFormat.SummaryCount..]);
        entry.Duration = BinaryPrimitives.ReadInt64LittleEndian(page[RecordingFormat.SummaryDuration..]);
        bool isGood = entry.KeyCount is >= 0 and <= RecordingFormat.MaxKeys && entry.HeadLength > 0
            && (long)entry.HeadLength + entry.KeyCount * RecordingHead.IndexEntrySize <= _head.Length
            && entry.Duration is >= 0 and <= uint.MaxValue && entry.BodyLength >= entry.Prologue
            && entry.BodyLength <= _layout.BytesBefore(entry.Segments);
        entry.State = isGood ? page[RecordingFormat.SummaryRecovered] == 0 ? RecordingState.Complete : RecordingState.Recovered : RecordingState.Open;
        return isGood;
    }
}
