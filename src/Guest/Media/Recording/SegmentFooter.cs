// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Media.Recording;

/// <summary>The footer page of a segment that was closed: where its tags end, and where playing can begin in it.</summary>
internal static class SegmentFooter
{
    /// <summary>Writes one.</summary>
    /// <param name="page">The page.</param>
    /// <param name="key">The recording's key.</param>
    /// <param name="sequence">Which of the recording's segments it is.</param>
    /// <param name="bytes">Bytes of tags in it.</param>
    /// <param name="lastTagEnd">Where the last whole tag ends, among all tags.</param>
    /// <param name="lastTime">Milliseconds of that.</param>
    /// <param name="keys">Key frames.</param>
    internal static void Write(Span<byte> page, ulong key, long sequence, long bytes, long lastTagEnd, long lastTime, KeyIndex keys)
    {
        page.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(page[RecordingFormat.FooterBytes..], bytes);
        BinaryPrimitives.WriteInt64LittleEndian(page[RecordingFormat.FooterLastTagEnd..], lastTagEnd);
        BinaryPrimitives.WriteInt64LittleEndian(page[RecordingFormat.FooterLastTime..], lastTime);
        BinaryPrimitives.WriteInt32LittleEndian(page[RecordingFormat.FooterCount..], keys.Count);
        for (int i = 0; i < keys.Count; i++)
        {
            Span<byte> entry = page[(RecordingFormat.FooterKeys + i * RecordingFormat.FooterKeySize)..];
            BinaryPrimitives.WriteInt64LittleEndian(entry, keys.TimeOf(i));
            BinaryPrimitives.WriteInt64LittleEndian(entry[8..], keys.PositionOf(i));
        }

        RecordingFormat.Seal(page, key, PageKind.SegmentFooter, sequence);
    }

    /// <summary>Reads one, whose key frames go to an index; false where the page is none.</summary>
    /// <param name="page">The page.</param>
    /// <param name="layout">How the device is divided.</param>
    /// <param name="key">The recording's key.</param>
    /// <param name="sequence">Which of the recording's segments it is.</param>
    /// <param name="keys">Takes key frames.</param>
    /// <param name="footer">What it says.</param>
    internal static bool TryRead(ReadOnlySpan<byte> page, SegmentLayout layout, ulong key, long sequence, KeyIndex keys, out FooterFields footer)
    {
        footer = new FooterFields(
            BinaryPrimitives.ReadInt64LittleEndian(page[RecordingFormat.FooterBytes..]),
            BinaryPrimitives.ReadInt64LittleEndian(page[RecordingFormat.FooterLastTagEnd..]),
            BinaryPrimitives.ReadInt64LittleEndian(page[RecordingFormat.FooterLastTime..]));
        int count = BinaryPrimitives.ReadInt32LittleEndian(page[RecordingFormat.FooterCount..]);
        long before = layout.BytesBefore(sequence);
        long capacity = (long)layout.BodyPages(sequence) * RecordingFormat.PayloadSize;
        bool isGood = RecordingFormat.IsSealed(page, key, PageKind.SegmentFooter, sequence) && count is >= 0 and <= RecordingFormat.MaxFooterKeys
            && footer.Bytes >= 0 && footer.Bytes <= capacity && footer.LastTagEnd >= 0 && footer.LastTagEnd <= before + footer.Bytes && footer.LastTime is >= 0 and <= uint.MaxValue;
        if (!isGood) return false;
        long latest = before - 1;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> entry = page[(RecordingFormat.FooterKeys + i * RecordingFormat.FooterKeySize)..];
            long time = BinaryPrimitives.ReadInt64LittleEndian(entry);
            long position = BinaryPrimitives.ReadInt64LittleEndian(entry[8..]);
            if (time is < 0 or > uint.MaxValue || position <= latest || position >= before + footer.Bytes) break;
            latest = position;
            keys.Add(time, position);
        }

        return true;
    }
}

/// <summary>What a segment's footer says.</summary>
/// <param name="bytes">Bytes of tags in the segment.</param>
/// <param name="lastTagEnd">Where the last whole tag ends, among all tags.</param>
/// <param name="lastTime">Milliseconds of that.</param>
internal readonly struct FooterFields(long bytes, long lastTagEnd, long lastTime)
{
    internal long Bytes { get; } = bytes;

    internal long LastTagEnd { get; } = lastTagEnd;

    internal long LastTime { get; } = lastTime;
}
