// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Media.Recording;

/// <summary>
/// How a device is divided: two pages that say so, then segments of equal size. A segment has a header page, pages of tags, and a footer page; the first of
/// a recording has room for the summary and the head behind its header.
/// </summary>
internal readonly struct SegmentLayout
{
    private SegmentLayout(int segmentSize, int count)
    {
        SegmentSize = segmentSize;
        Count = count;
    }

    /// <summary>Bytes of a segment, a power of two.</summary>
    internal int SegmentSize { get; }

    /// <summary>Segments.</summary>
    internal int Count { get; }

    /// <summary>Pages of a segment.</summary>
    internal int Pages => SegmentSize / RecordingFormat.PageSize;

    /// <summary>Where a segment's footer is, in pages from its beginning.</summary>
    internal int FooterPage => Pages - 1;

    /// <summary>How a new device of so many bytes is divided.</summary>
    internal static bool TryChoose(long capacity, out SegmentLayout layout)
    {
        int size = RecordingFormat.MinSegmentSize;
        while (size < RecordingFormat.MaxSegmentSize && Usable(capacity) / size > RecordingFormat.UsualSegments) size *= 2;
        return TryCreate(capacity, size, out layout);
    }

    /// <summary>A device of so many bytes, divided into segments of such a size; false where that makes no sense.</summary>
    internal static bool TryCreate(long capacity, long segmentSize, out SegmentLayout layout)
    {
        layout = default;
        if (segmentSize is < RecordingFormat.MinSegmentSize or > RecordingFormat.MaxSegmentSize || (segmentSize & (segmentSize - 1)) != 0) return false;
        long count = Math.Min(Usable(capacity) / segmentSize, RecordingFormat.MaxSegments);
        if (count < 1) return false;
        layout = new SegmentLayout((int)segmentSize, (int)count);
        return true;
    }

    /// <summary>Where a page of a segment is on the device.</summary>
    internal long OffsetOf(int segment, int page) =>
        (long)RecordingFormat.SuperblockPages * RecordingFormat.PageSize + (long)segment * SegmentSize + (long)page * RecordingFormat.PageSize;

    /// <summary>Where tags begin in a segment, in pages.</summary>
    internal static int FirstBodyPage(long sequence) => sequence == 0 ? RecordingFormat.FirstPages : 1;

    /// <summary>Pages of tags in a segment.</summary>
    internal int BodyPages(long sequence) => FooterPage - FirstBodyPage(sequence);

    /// <summary>Pages of tags in all segments of a recording before one.</summary>
    internal long BodyPagesBefore(long sequence) => sequence == 0 ? 0 : BodyPages(0) + (sequence - 1) * BodyPages(1);

    /// <summary>Bytes of tags in all segments of a recording before one.</summary>
    internal long BytesBefore(long sequence) => BodyPagesBefore(sequence) * RecordingFormat.PayloadSize;

    /// <summary>Which segment of a recording a page of tags is in, and where.</summary>
    internal long SequenceOf(long bodyPage, out int page)
    {
        long sequence = bodyPage < BodyPages(0) ? 0 : 1 + (bodyPage - BodyPages(0)) / BodyPages(1);
        page = FirstBodyPage(sequence) + (int)(bodyPage - BodyPagesBefore(sequence));
        return sequence;
    }

    /// <summary>Segments that so many bytes of tags take.</summary>
    internal long SegmentsFor(long bytes) => bytes <= 0 ? 1 : SequenceOf((bytes - 1) / RecordingFormat.PayloadSize, out _) + 1;

    private static long Usable(long capacity) => capacity - RecordingFormat.SuperblockPages * RecordingFormat.PageSize;
}
