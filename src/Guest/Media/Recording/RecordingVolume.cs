// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Devices;

namespace Uaas.Media.Recording;

/// <summary>What became of an attempt to use a device for recordings.</summary>
public enum MountResult : byte
{
    /// <summary>It is in use.</summary>
    Ok,

    /// <summary>It has less than 1 MiB: there is no volume.</summary>
    TooSmall,

    /// <summary>There is something else on it, which is left alone.</summary>
    NotOurs,

    /// <summary>It is, or was, one of ours, and its beginning is damaged or of another version.</summary>
    Damaged,

    /// <summary>It cannot be written to.</summary>
    ReadOnly,

    /// <summary>Its blocks are larger than 4096 bytes.</summary>
    UnsupportedBlockSize,

    /// <summary>It cannot be read.</summary>
    DeviceError,
}

/// <summary>What became of a write.</summary>
internal enum WriteResult : byte
{
    /// <summary>Done.</summary>
    Ok,

    /// <summary>There is no room.</summary>
    Full,

    /// <summary>The device could not do it.</summary>
    DeviceError,
}

/// <summary>
/// Recordings on a block device, in segments (docs/recordings.md). Whatever the device holds, and wherever writing ended, what was complete stays; of what was
/// not, all that had reached the device is found at the next start. Everything has its size when the device is mounted.
/// </summary>
public sealed partial class RecordingVolume
{
    /// <summary>Bytes of a device at least.</summary>
    public const long MinCapacity = 1 << 20;

    /// <summary>Recordings on a device at most.</summary>
    public const int MaxRecordings = 4096;

    private const int None = -1;
    private const int Free = -2;
    private const int ScratchPages = 24;
    private const int NameSize = Live.LiveStream.MaxName;

    private readonly BlockDevice _device;
    private readonly SegmentLayout _layout;
    private readonly RecordingEntry[] _entries;
    private readonly byte[] _names;

    // The segment after each in its recording, or None, or Free.
    private readonly int[] _next;
    private readonly byte[] _scratch = new byte[ScratchPages * RecordingFormat.PageSize];
    private readonly byte[] _page = new byte[RecordingFormat.PageSize];
    private readonly byte[] _head = new byte[RecordingFormat.HeadPages * RecordingFormat.PayloadSize];
    private ulong _random;
    private long _nextNumber;

    private RecordingVolume(BlockDevice device, SegmentLayout layout, ulong seed)
    {
        _device = device;
        _layout = layout;
        _random = seed;
        int recordings = Math.Min(layout.Count, MaxRecordings);
        _entries = new RecordingEntry[recordings];
        _names = new byte[recordings * NameSize];
        _next = new int[layout.Count];
        _cache = new PageCache(device, layout);
        FreeSegments = layout.Count;
        for (int i = 0; i < _next.Length; i++) _next[i] = Free;
    }

    /// <summary>Bytes that segments have.</summary>
    public long Capacity => (long)_layout.Count * _layout.SegmentSize;

    /// <summary>Bytes of segments that no recording has.</summary>
    public long FreeBytes => (long)FreeSegments * _layout.SegmentSize;

    /// <summary>Recordings.</summary>
    public int Count { get; private set; }

    /// <summary>Recordings that were found unended when the device was mounted, and were ended.</summary>
    public int RecoveredCount { get; private set; }

    /// <summary>Whether one more recording can begin.</summary>
    internal bool HasRoom => FreeSegments > 1 && Count < _entries.Length;

    internal int FreeSegments { get; private set; }

    internal SegmentLayout Layout => _layout;

    internal int Slots => _entries.Length;

    internal ref readonly RecordingEntry this[int slot] => ref _entries[slot];

    internal ReadOnlySpan<byte> NameOf(int slot) => _names.AsSpan(slot * NameSize, _entries[slot].NameLength);

    /// <summary>The recording of a stream that began at a time, or -1.</summary>
    internal int Find(ReadOnlySpan<byte> name, long start)
    {
        for (int slot = 0; slot < _entries.Length; slot++)
        {
            if (_entries[slot].State != RecordingState.None && _entries[slot].Start == start && name.SequenceEqual(NameOf(slot))) return slot;
        }

        return None;
    }

    /// <summary>The recording with the smallest number above one, or -1.</summary>
    internal int FindAfter(long number)
    {
        int found = None;
        for (int slot = 0; slot < _entries.Length; slot++)
        {
            ref RecordingEntry entry = ref _entries[slot];
            if (entry.State != RecordingState.None && entry.Number > number && (found == None || entry.Number < _entries[found].Number)) found = slot;
        }

        return found;
    }

    /// <summary>Removes a recording that is not being made. False where the device could not be written to: then it is there still.</summary>
    internal bool Remove(int slot)
    {
        ref RecordingEntry entry = ref _entries[slot];
        Span<byte> page = _page;
        page.Clear();
        // Without its first segment, the others are nobody's.
        if (!WritePages(entry.First, 0, page) || _device.Flush() != BlockResult.Ok) return false;
        Release(slot);
        return true;
    }

    /// <summary>Removes the oldest recording that is not being made; false where there is none, or the device could not be written to.</summary>
    internal bool RemoveOldest()
    {
        int oldest = None;
        for (int slot = 0; slot < _entries.Length; slot++)
        {
            ref RecordingEntry entry = ref _entries[slot];
            if (entry.IsPlayable && (oldest == None || entry.Number < _entries[oldest].Number)) oldest = slot;
        }

        return oldest != None && Remove(oldest);
    }

    private void Release(int slot)
    {
        ref RecordingEntry entry = ref _entries[slot];
        for (int segment = entry.First; segment != None;)
        {
            int next = _next[segment];
            _next[segment] = Free;
            FreeSegments++;
            segment = next;
        }

        entry = default;
        Count--;
    }

    private int FindSlot()
    {
        for (int slot = 0; slot < _entries.Length; slot++)
        {
            if (_entries[slot].State == RecordingState.None) return slot;
        }

        return None;
    }

    /// <summary>The free segment nearest to the beginning: those that were written before have their room on the host's disk.</summary>
    private int FindSegment()
    {
        for (int segment = 0; FreeSegments > 0 && segment < _next.Length; segment++)
        {
            if (_next[segment] == Free) return segment;
        }

        return None;
    }

    /// <summary>A number that nobody can guess and none had before: splitmix64.</summary>
    private ulong NextKey()
    {
        _random += 0x9E3779B97F4A7C15;
        ulong key = _random;
        key = (key ^ key >> 30) * 0xBF58476D1CE4E5B9;
        key = (key ^ key >> 27) * 0x94D049BB133111EB;
        return key ^ key >> 31;
    }

    private bool ReadPages(int segment, int page, Span<byte> pages) => _device.Read(_layout.OffsetOf(segment, page), pages) == BlockResult.Ok;

    private bool WritePages(int segment, int page, ReadOnlySpan<byte> pages) => _device.Write(_layout.OffsetOf(segment, page), pages) == BlockResult.Ok;
}
