// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using Uaas.Content;

namespace Uaas.Media.Recording;

/// <summary>What a page of a recording device is; a part of what its checksum covers.</summary>
internal enum PageKind : byte
{
    /// <summary>Bytes of a recording's tags.</summary>
    Body = 0,

    /// <summary>Bytes of its head: what FLV has before the tags, and the index.</summary>
    Head = 1,

    /// <summary>The beginning of a segment.</summary>
    SegmentHeader = 2,

    /// <summary>The end of a segment that was closed.</summary>
    SegmentFooter = 3,

    /// <summary>Says that a recording is complete.</summary>
    Summary = 4,

    /// <summary>The beginning of the device.</summary>
    Superblock = 5,
}

/// <summary>The numbers of the format that recordings have on a device (docs/recordings.md). All little-endian.</summary>
internal static class RecordingFormat
{
    /// <summary>Bytes of a page: what is written and checked as one.</summary>
    internal const int PageSize = 4096;

    /// <summary>Bytes of a page before its trailer: what it is, and a checksum of both.</summary>
    internal const int PayloadSize = PageSize - TrailerSize;

    /// <summary>"UAASREC1", the first eight bytes of the device.</summary>
    internal const ulong Magic = 0x3143455253414155;

    /// <summary>"UAASSEG1", the first eight bytes of a segment.</summary>
    internal const ulong SegmentMagic = 0x3147455353414155;

    /// <summary>Pages before the first segment: two of the same.</summary>
    internal const int SuperblockPages = 2;

    /// <summary>Bytes of a segment at least.</summary>
    internal const int MinSegmentSize = 256 << 10;

    /// <summary>Bytes of a segment at most.</summary>
    internal const int MaxSegmentSize = 1 << 30;

    /// <summary>Segments that a new device is divided into at most; one that has grown has more.</summary>
    internal const int UsualSegments = 4096;

    /// <summary>Segments that are used at most.</summary>
    internal const int MaxSegments = 65_536;

    /// <summary>Pages of the head in a recording's first segment.</summary>
    internal const int HeadPages = 20;

    /// <summary>Pages of a first segment before the tags: its header, the summary and the head.</summary>
    internal const int FirstPages = 2 + HeadPages;

    /// <summary>Key frames that a recording's index names at most; of more, every second, fourth and so on.</summary>
    internal const int MaxKeys = 2048;

    /// <summary>Key frames that a segment's footer names at most.</summary>
    internal const int MaxFooterKeys = (PayloadSize - FooterKeys) / FooterKeySize & ~1;

    /// <summary>Bytes of the publisher's metadata that are kept.</summary>
    internal const int MaxMetadata = PayloadSize - HeaderMetadata;

    // A superblock: magic, bytes of a segment.
    internal const int SuperblockSegmentSize = 8;

    // A segment's header: magic, the recording's key, its number, seconds since 1970 when it began, ...
    internal const int HeaderKey = 8;
    internal const int HeaderNumber = 16;
    internal const int HeaderStart = 24;
    internal const int HeaderSequence = 32; // which of the recording's segments this is
    internal const int HeaderFirstTag = 36; // where the first tag in it begins, from its first byte of tags
    internal const int HeaderPrologue = 40; // bytes of the configurations that the tags begin with
    internal const int HeaderMetadataLength = 44;
    internal const int HeaderFlags = 48;
    internal const int HeaderNameLength = 49;
    internal const int HeaderName = 50;
    internal const int HeaderMetadata = 128;
    internal const byte HasAudio = 1;
    internal const byte HasVideo = 2;

    // A segment's footer: bytes of tags in it, the last whole tag's end among all tags, its time, and key frames.
    internal const int FooterBytes = 0;
    internal const int FooterLastTagEnd = 8;
    internal const int FooterLastTime = 16;
    internal const int FooterCount = 24;
    internal const int FooterKeys = 32;
    internal const int FooterKeySize = 16; // time in milliseconds, position among all tags

    // A summary: bytes of tags, bytes of FLV's head, milliseconds, entries of the index, whether it was closed by a later start.
    internal const int SummaryBody = 0;
    internal const int SummaryHead = 8;
    internal const int SummaryCount = 12;
    internal const int SummaryDuration = 16;
    internal const int SummaryRecovered = 24;

    private const int TrailerSize = 16;

    /// <summary>Completes a page that is about to be written.</summary>
    internal static void Seal(Span<byte> page, ulong key, PageKind kind, long number)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(page[PayloadSize..], Place(key, kind, number));
        BinaryPrimitives.WriteUInt64LittleEndian(page[(PageSize - 8)..], XxHash64.Hash(page[..(PageSize - 8)]));
    }

    /// <summary>Whether a page is what it should be, and whole.</summary>
    internal static bool IsSealed(ReadOnlySpan<byte> page, ulong key, PageKind kind, long number) =>
        BinaryPrimitives.ReadUInt64LittleEndian(page[PayloadSize..]) == Place(key, kind, number)
        && BinaryPrimitives.ReadUInt64LittleEndian(page[(PageSize - 8)..]) == XxHash64.Hash(page[..(PageSize - 8)]);

    /// <summary>Whether there is nothing in a page.</summary>
    internal static bool IsBlank(ReadOnlySpan<byte> page)
    {
        for (int i = 0; i < page.Length; i++)
        {
            if (page[i] != 0) return false;
        }

        return true;
    }

    // The key is random: pages of one recording are never taken for another's, nor for one that is long gone.
    private static ulong Place(ulong key, PageKind kind, long number) => key ^ ((ulong)kind << 56 | (ulong)number);
}
