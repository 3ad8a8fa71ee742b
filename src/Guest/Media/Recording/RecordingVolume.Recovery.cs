// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using Uaas.Devices;

namespace Uaas.Media.Recording;

/// <content>Ending recordings: those that come to their end, and those that did not.</content>
public sealed partial class RecordingVolume
{
    private readonly KeyIndex _keys = new(RecordingFormat.MaxKeys);
    private readonly KeyIndex _footerKeys = new(RecordingFormat.MaxFooterKeys);
    private readonly TagWalker _walker = new();

    /// <summary>Writes what makes a recording complete: its head, then the page that says so.</summary>
    internal WriteResult Finish(int slot, long bodyLength, long duration, KeyIndex keys, bool isRecovered)
    {
        ref RecordingEntry entry = ref _entries[slot];
        entry.BodyLength = bodyLength;
        entry.Duration = Math.Min(duration, uint.MaxValue);
        if (!ReadPages(entry.First, 0, _page) || !SegmentHeader.TryRead(_page, out SegmentHeader header)) return Break(slot);
        entry.HeadLength = RecordingHead.Build(_head, in entry, keys, header.Metadata);
        entry.KeyCount = keys.Count;
        Span<byte> pages = _scratch.AsSpan(0, RecordingFormat.HeadPages * RecordingFormat.PageSize);
        for (int i = 0; i < RecordingFormat.HeadPages; i++)
        {
            Span<byte> page = pages.Slice(i * RecordingFormat.PageSize, RecordingFormat.PageSize);
            _head.AsSpan(i * RecordingFormat.PayloadSize, RecordingFormat.PayloadSize).CopyTo(page);
            RecordingFormat.Seal(page, entry.Key, PageKind.Head, i);
        }

        if (!WritePages(entry.First, 2, pages) || _device.Flush() != BlockResult.Ok) return Break(slot);
        WriteSummary(in entry, isRecovered);
        if (!WritePages(entry.First, 1, _page) || _device.Flush() != BlockResult.Ok) return Break(slot);
        entry.State = isRecovered ? RecordingState.Recovered : RecordingState.Complete;
        return WriteResult.Ok;
    }

    /// <summary>The device fails: the recording stays as it is there, for the next start.</summary>
    internal WriteResult Break(int slot)
    {
        _entries[slot].State = RecordingState.Broken;
        return WriteResult.DeviceError;
    }

    private void WriteSummary(in RecordingEntry entry, bool isRecovered)
    {
        Span<byte> page = _page;
        page.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(page[RecordingFormat.SummaryBody..], entry.BodyLength);
        BinaryPrimitives.WriteInt32LittleEndian(page[RecordingFormat.SummaryHead..], entry.HeadLength);
        BinaryPrimitives.WriteInt32LittleEndian(page[RecordingFormat.SummaryCount..], entry.KeyCount);
        BinaryPrimitives.WriteInt64LittleEndian(page[RecordingFormat.SummaryDuration..], entry.Duration);
        page[RecordingFormat.SummaryRecovered] = isRecovered ? (byte)1 : (byte)0;
        RecordingFormat.Seal(page, entry.Key, PageKind.Summary, 0);
    }

    /// <summary>Ends a recording at the last whole tag that is on the device; removes it where there is none but configurations.</summary>
    private void Recover(int slot)
    {
        ref RecordingEntry entry = ref _entries[slot];
        _keys.Clear();
        _walker.SetLast(0, 0);
        long sequence = 0;
        for (int segment = entry.First; segment != None; segment = _next[segment], sequence++)
        {
            if (!RecoverSegment(in entry, segment, sequence)) break;
        }

        long body = _walker.LastTagEnd;
        if (body <= entry.Prologue)
        {
            if (!Remove(slot)) entry.State = RecordingState.Broken;
            return;
        }

        _keys.CutAt(body);
        CutAfter(ref entry, _layout.SegmentsFor(body));
        if (Finish(slot, body, _walker.LastTime, _keys, isRecovered: true) == WriteResult.Ok) RecoveredCount++;
    }

    /// <summary>Follows the tags of a segment; whether they go on in the next.</summary>
    private bool RecoverSegment(in RecordingEntry entry, int segment, long sequence)
    {
        long capacity = (long)_layout.BodyPages(sequence) * RecordingFormat.PayloadSize;
        if (ReadPages(segment, _layout.FooterPage, _page) && SegmentFooter.TryRead(_page, _layout, entry.Key, sequence, _keys, out FooterFields footer))
        {
            if (footer.LastTagEnd >= _walker.LastTagEnd) _walker.SetLast(footer.LastTagEnd, Math.Max(_walker.LastTime, footer.LastTime));
            return footer.Bytes == capacity;
        }

        if (!ReadPages(segment, 0, _page) || !SegmentHeader.TryRead(_page, out SegmentHeader header)) return false;
        return WalkSegment(in entry, segment, sequence, header.FirstTag) == capacity;
    }

    /// <summary>Reads the pages of a segment up to the first that is not one of the recording's; returns the bytes in them.</summary>
    private long WalkSegment(in RecordingEntry entry, int segment, long sequence, uint firstTag)
    {
        int first = SegmentLayout.FirstBodyPage(sequence);
        long firstNumber = _layout.BodyPagesBefore(sequence);
        long bytes = 0;
        bool isWalking = false;
        _footerKeys.Clear();
        for (int page = first; page < _layout.FooterPage; page++)
        {
            if (!ReadPages(segment, page, _page) || !RecordingFormat.IsSealed(_page, entry.Key, PageKind.Body, firstNumber + page - first)) break;
            ReadOnlySpan<byte> payload = _page.AsSpan(0, RecordingFormat.PayloadSize);
            bytes += payload.Length;
            if (!isWalking)
            {
                if (firstTag == SegmentHeader.NoTag || firstTag > bytes) continue;
                // Up to here it was the rest of a tag that began in a segment before.
                isWalking = true;
                long time = _walker.LastTime;
                _walker.Begin(_layout.BytesBefore(sequence) + firstTag);
                _walker.SetLast(_walker.LastTagEnd, time);
                payload = payload[(int)(firstTag - (bytes - payload.Length))..];
            }

            _walker.Take(payload, _keys, _footerKeys);
        }

        return bytes;
    }
}
