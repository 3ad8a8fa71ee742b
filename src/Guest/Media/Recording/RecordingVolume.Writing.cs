// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Devices;

namespace Uaas.Media.Recording;

/// <content>What a writer does.</content>
public sealed partial class RecordingVolume
{
    /// <summary>
    /// Begins a recording: takes a segment, and writes its header and all that is filled in at the end, so that the room for it is there then.
    /// </summary>
    /// <param name="name">The stream.</param>
    /// <param name="start">Seconds since 1970; moved on where the stream has a recording of that second.</param>
    /// <param name="prologue">Bytes of the configurations that its tags begin with.</param>
    /// <param name="flags">What is in it.</param>
    /// <param name="metadata">What the publisher says of it.</param>
    /// <param name="slot">The recording.</param>
    internal WriteResult Begin(ReadOnlySpan<byte> name, long start, int prologue, byte flags, ReadOnlySpan<byte> metadata, out int slot)
    {
        slot = FindSlot();
        int segment = FindSegment();
        if (slot == None || segment == None) return WriteResult.Full;
        while (Find(name, start) != None) start++;
        ref RecordingEntry entry = ref _entries[slot];
        entry = new RecordingEntry
        {
            Key = NextKey(),
            Number = _nextNumber++,
            Start = start,
            Prologue = prologue,
            Flags = flags,
            NameLength = (byte)name.Length,
            First = segment,
            State = RecordingState.Open,
        };
        name.CopyTo(_names.AsSpan(slot * NameSize));
        Count++;
        Attach(ref entry, segment);
        if (WriteSegment(in entry, name, segment, 0, 0, metadata.Length <= RecordingFormat.MaxMetadata ? metadata : default)) return WriteResult.Ok;
        Release(slot);
        return WriteResult.DeviceError;
    }

    /// <summary>Takes a further segment.</summary>
    /// <param name="slot">The recording.</param>
    /// <param name="firstTag">Where the first tag in it begins.</param>
    internal WriteResult Extend(int slot, uint firstTag)
    {
        int segment = FindSegment();
        if (segment == None) return WriteResult.Full;
        ref RecordingEntry entry = ref _entries[slot];
        if (!WriteSegment(in entry, NameOf(slot), segment, (uint)entry.Segments, firstTag, default)) return WriteResult.DeviceError;
        Attach(ref entry, segment);
        return WriteResult.Ok;
    }

    /// <summary>Writes pages of tags to a recording's last segment, which has them all.</summary>
    internal WriteResult Write(int slot, long firstPage, Span<byte> pages)
    {
        ref RecordingEntry entry = ref _entries[slot];
        _layout.SequenceOf(firstPage, out int page);
        for (int i = 0; i * RecordingFormat.PageSize < pages.Length; i++)
            RecordingFormat.Seal(pages.Slice(i * RecordingFormat.PageSize, RecordingFormat.PageSize), entry.Key, PageKind.Body, firstPage + i);
        return WritePages(entry.Last, page, pages) ? WriteResult.Ok : WriteResult.DeviceError;
    }

    /// <summary>Closes a recording's last segment.</summary>
    internal WriteResult Close(int slot, long bytes, long lastTagEnd, long lastTime, KeyIndex keys)
    {
        ref RecordingEntry entry = ref _entries[slot];
        SegmentFooter.Write(_page, entry.Key, entry.Segments - 1, bytes, lastTagEnd, lastTime, keys);
        return WritePages(entry.Last, _layout.FooterPage, _page) ? WriteResult.Ok : WriteResult.DeviceError;
    }

    /// <summary>Has what was written put where it survives a loss of power, where the device can.</summary>
    internal bool Flush() => _device.Flush() == BlockResult.Ok;

    /// <summary>A footer with nothing in it, then the header: with that the segment is the recording's.</summary>
    private bool WriteSegment(in RecordingEntry entry, ReadOnlySpan<byte> name, int segment, uint sequence, uint firstTag, ReadOnlySpan<byte> metadata)
    {
        int pages = SegmentLayout.FirstBodyPage(sequence);
        Span<byte> beginning = _scratch.AsSpan(0, pages * RecordingFormat.PageSize);
        beginning.Clear();
        if (!WritePages(segment, _layout.FooterPage, beginning[..RecordingFormat.PageSize])) return false;
        SegmentHeader.Write(beginning[..RecordingFormat.PageSize], in entry, name, sequence, firstTag, metadata);
        return WritePages(segment, 0, beginning);
    }
}
