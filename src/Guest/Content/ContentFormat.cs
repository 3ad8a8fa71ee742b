// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Content;

/// <summary>The numbers of the content image format, which <c>docs/content-format.md</c> explains. Everything is little-endian.</summary>
internal static class ContentFormat
{
    /// <summary>"UAASCONT", the first eight bytes.</summary>
    internal const ulong Magic = 0x544E4F4353414155;

    /// <summary>The one version there is.</summary>
    internal const uint Version = 1;

    /// <summary>Bytes of a page, the unit of alignment and of metadata checksums.</summary>
    internal const int PageSize = 16384;

    /// <summary>Bytes of a metadata page before its checksum.</summary>
    internal const int PagePayload = PageSize - sizeof(ulong);

    /// <summary>The file's length is a multiple of this, so that devices with blocks of up to this size can carry it.</summary>
    internal const int FileAlignment = 65536;

    /// <summary>Longest path in bytes.</summary>
    internal const int MaxPathLength = 4096;

    /// <summary>Longest media type in bytes.</summary>
    internal const int MaxMediaTypeLength = 200;

    /// <summary>Longest target of a redirect in bytes.</summary>
    internal const int MaxTargetLength = 4096;

    /// <summary>Small files start at multiples of this.</summary>
    internal const int DataAlignment = 64;

    /// <summary>Where things are in page 0.</summary>
    internal static class Superblock
    {
        internal const int Magic = 0;
        internal const int Version = 8;
        internal const int PageSize = 12;
        internal const int ImageLength = 16;
        internal const int MetadataOffset = 24;
        internal const int IndexPages = 32;
        internal const int EntryPages = 36;
        internal const int EntryCount = 40;
        internal const int RulesLength = 44;
        internal const int RootEntry = 48;

        /// <summary>Where the rules section starts; it ends with the page's payload at the latest.</summary>
        internal const int Rules = 512;
        internal const int MaxRulesLength = PagePayload - Rules;
    }

    /// <summary>A slot of the index: the path's hash, then the entry's offset in the image (0: the slot is empty).</summary>
    internal static class Index
    {
        internal const int SlotSize = 16;
        internal const int SlotsPerPage = PagePayload / SlotSize;

        /// <summary>The index page that a hash belongs to.</summary>
        internal static int PageOf(ulong hash, int pages) => (int)(((hash & uint.MaxValue) * (uint)pages) >> 32);

        /// <summary>The slot of its page at which the search for a hash starts.</summary>
        internal static int FirstSlotOf(ulong hash) => (int)(((hash >> 32) * SlotsPerPage) >> 32);
    }

    /// <summary>Where things are in an entry.</summary>
    internal static class Entry
    {
        internal const int Alignment = 8;

        internal const int Length = 0;
        internal const int Kind = 2;
        internal const int RepresentationCount = 3;
        internal const int Policy = 4;
        internal const int PathLength = 6;
        internal const int HeaderSize = 8;

        internal const int FileModified = 8;
        internal const int FileMediaTypeLength = 16;
        internal const int FileRepresentations = 24;

        internal const int DirectoryPage = 8;
        internal const int DirectoryJson = 16;
        internal const int DirectoryPath = 24;

        internal const int RedirectStatus = 8;
        internal const int RedirectTargetLength = 10;
        internal const int RedirectTarget = 16;
    }

    /// <summary>Where things are in a file's representation.</summary>
    internal static class Representation
    {
        internal const int Size = 40;
        internal const int MaxCount = 4;

        internal const int Coding = 0;
        internal const int Offset = 8;
        internal const int Length = 16;
        internal const int Tag = 24;
        internal const int TagSize = 16;
    }
}
