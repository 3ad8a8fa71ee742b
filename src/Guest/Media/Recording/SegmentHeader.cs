// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using Uaas.Media.Live;

namespace Uaas.Media.Recording;

/// <summary>The header page of a segment, read from a device that may hold anything.</summary>
internal readonly ref struct SegmentHeader
{
    /// <summary>The <see cref="FirstTag"/> of a segment in which no tag begins.</summary>
    internal const uint NoTag = uint.MaxValue;

    /// <summary>Bytes of the configurations that tags may begin with.</summary>
    internal const int MaxPrologue = 2 * (StreamHeaders.MaxSize + 15);

    private const long MaxStart = 253_402_300_799; // the end of the year 9999
    private const long MaxNumber = 1L << 60;

    private readonly ReadOnlySpan<byte> _page;

    private SegmentHeader(ReadOnlySpan<byte> page) => _page = page;

    internal ulong Key => BinaryPrimitives.ReadUInt64LittleEndian(_page[RecordingFormat.HeaderKey..]);

    internal long Number => BinaryPrimitives.ReadInt64LittleEndian(_page[RecordingFormat.HeaderNumber..]);

    internal long Start => BinaryPrimitives.ReadInt64LittleEndian(_page[RecordingFormat.HeaderStart..]);

    internal uint Sequence => BinaryPrimitives.ReadUInt32LittleEndian(_page[RecordingFormat.HeaderSequence..]);

    internal uint FirstTag => BinaryPrimitives.ReadUInt32LittleEndian(_page[RecordingFormat.HeaderFirstTag..]);

    internal int Prologue => BinaryPrimitives.ReadInt32LittleEndian(_page[RecordingFormat.HeaderPrologue..]);

    internal byte Flags => _page[RecordingFormat.HeaderFlags];

    internal ReadOnlySpan<byte> Name => _page.Slice(RecordingFormat.HeaderName, _page[RecordingFormat.HeaderNameLength]);

    internal ReadOnlySpan<byte> Metadata => _page.Slice(RecordingFormat.HeaderMetadata, MetadataLength);

    private int MetadataLength => BinaryPrimitives.ReadInt32LittleEndian(_page[RecordingFormat.HeaderMetadataLength..]);

    /// <summary>Reads a page; false where it is no header.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> page, out SegmentHeader header)
    {
        header = new SegmentHeader(page);
        if (BinaryPrimitives.ReadUInt64LittleEndian(page) != RecordingFormat.SegmentMagic) return false;
        if (!RecordingFormat.IsSealed(page, header.Key, PageKind.SegmentHeader, header.Sequence)) return false;
        return header.Sequence < RecordingFormat.MaxSegments && header.Number is >= 0 and < MaxNumber && header.Start is >= 0 and <= MaxStart
            && header.Prologue is >= 0 and <= MaxPrologue && header.MetadataLength is >= 0 and <= RecordingFormat.MaxMetadata
            && page[RecordingFormat.HeaderNameLength] <= LiveStream.MaxName && StreamTable.IsName(header.Name)
            && (header.FirstTag == NoTag || header.FirstTag < RecordingFormat.MaxSegmentSize);
    }

    /// <summary>Writes one to a page that is all zero.</summary>
    internal static void Write(Span<byte> page, in RecordingEntry recording, ReadOnlySpan<byte> name, uint sequence, uint firstTag, ReadOnlySpan<byte> metadata)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(page, RecordingFormat.SegmentMagic);
        BinaryPrimitives.WriteUInt64LittleEndian(page[RecordingFormat.HeaderKey..], recording.Key);
        BinaryPrimitives.WriteInt64LittleEndian(page[RecordingFormat.HeaderNumber..], recording.Number);
        BinaryPrimitives.WriteInt64LittleEndian(page[RecordingFormat.HeaderStart..], recording.Start);
        BinaryPrimitives.WriteUInt32LittleEndian(page[RecordingFormat.HeaderSequence..], sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(page[RecordingFormat.HeaderFirstTag..], firstTag);
        BinaryPrimitives.WriteInt32LittleEndian(page[RecordingFormat.HeaderPrologue..], recording.Prologue);
        BinaryPrimitives.WriteInt32LittleEndian(page[RecordingFormat.HeaderMetadataLength..], metadata.Length);
        page[RecordingFormat.HeaderFlags] = recording.Flags;
        page[RecordingFormat.HeaderNameLength] = (byte)name.Length;
        name.CopyTo(page[RecordingFormat.HeaderName..]);
        metadata.CopyTo(page[RecordingFormat.HeaderMetadata..]);
        RecordingFormat.Seal(page, recording.Key, PageKind.SegmentHeader, sequence);
    }
}
