// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using Uaas.Devices;

namespace Uaas.Content;

/// <summary>
/// A read-only content image on a block device: finds files by path and reads them through a bounded cache. The format is that of
/// <c>docs/content-format.md</c>. The image is not trusted: whatever is wrong with it ends in a <see cref="ContentResult"/>.
/// </summary>
public sealed class ContentImage
{
    /// <summary>The last second of the year 9999, the last that an HTTP date can say.</summary>
    internal const long MaxTime = 253402300799;

    private readonly BlockCache _cache;
    private readonly long _metadataOffset;
    private readonly int _indexPages;
    private readonly int _entryPages;
    private readonly byte[] _rules;

    private ContentImage(BlockCache cache, ReadOnlySpan<byte> superblock)
    {
        _cache = cache;
        Length = BinaryPrimitives.ReadInt64LittleEndian(superblock.Slice(ContentFormat.Superblock.ImageLength));
        _metadataOffset = BinaryPrimitives.ReadInt64LittleEndian(superblock.Slice(ContentFormat.Superblock.MetadataOffset));
        _indexPages = BinaryPrimitives.ReadInt32LittleEndian(superblock.Slice(ContentFormat.Superblock.IndexPages));
        _entryPages = BinaryPrimitives.ReadInt32LittleEndian(superblock.Slice(ContentFormat.Superblock.EntryPages));
        EntryCount = BinaryPrimitives.ReadInt32LittleEndian(superblock.Slice(ContentFormat.Superblock.EntryCount));
        Root = new ContentEntryId(BinaryPrimitives.ReadInt64LittleEndian(superblock.Slice(ContentFormat.Superblock.RootEntry)));
        int rulesLength = BinaryPrimitives.ReadInt32LittleEndian(superblock.Slice(ContentFormat.Superblock.RulesLength));
        _rules = new byte[rulesLength];
        superblock.Slice(ContentFormat.Superblock.Rules, rulesLength).CopyTo(_rules);
    }

    /// <summary>Bytes of the image.</summary>
    public long Length { get; }

    /// <summary>How many paths there are.</summary>
    public int EntryCount { get; }

    /// <summary>The directory that everything is in.</summary>
    public ContentEntryId Root { get; }

    /// <summary>Blocks read from the device because the cache had them not.</summary>
    public long BlocksRead => _cache.BlocksRead;

    /// <summary>Blocks that could not be read, or whose checksum was wrong.</summary>
    public long ReadFailures => _cache.ReadFailures;

    /// <summary>The rules section, unchecked.</summary>
    public ReadOnlySpan<byte> Rules => _rules;

    /// <summary>
    /// Opens the image on <paramref name="device"/>, with a cache of about <paramref name="cacheBytes"/> bytes (at least eight blocks of 16 KiB, or of the
    /// device's size if that is larger). Reads one block.
    /// </summary>
    public static ContentResult Mount(BlockDevice device, int cacheBytes, out ContentImage? image)
    {
        image = null;
        int blockSize = device.BlockSize;
        if (blockSize <= 0 || blockSize > BlockCache.MaxBlockSize || (blockSize & (blockSize - 1)) != 0)
        {
            return ContentResult.UnsupportedBlockSize;
        }

        if (device.Capacity < ContentFormat.PageSize)
        {
            return ContentResult.NotAnImage;
        }

        BlockCache cache = new(device, cacheBytes);
        ContentResult result = cache.Get(0, CacheRegion.Main, out ReadOnlySpan<byte> block);
        if (result != ContentResult.Ok)
        {
            return result;
        }

        ReadOnlySpan<byte> superblock = block.Slice(0, ContentFormat.PageSize);
        result = Check(superblock, device.Capacity);
        if (result != ContentResult.Ok)
        {
            return result;
        }

        image = new ContentImage(cache, superblock);
        cache.SetMetadata(image._metadataOffset, image._metadataOffset + (long)(image._indexPages + image._entryPages) * ContentFormat.PageSize);
        return ContentResult.Ok;
    }

    /// <summary>Lends bytes of files to outgoing frames from now on, instead of copying them.</summary>
    /// <param name="loans">The device's, which does not outlive the image; null to copy.</param>
    public void Lend(FrameLoans? loans) => _cache.Loans = loans;

    private static ContentResult Check(ReadOnlySpan<byte> superblock, long capacity)
    {
        if (BinaryPrimitives.ReadUInt64LittleEndian(superblock.Slice(ContentFormat.Superblock.Magic)) != ContentFormat.Magic)
        {
            return ContentResult.NotAnImage;
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(superblock.Slice(ContentFormat.Superblock.Version)) != ContentFormat.Version
            || BinaryPrimitives.ReadUInt32LittleEndian(superblock.Slice(ContentFormat.Superblock.PageSize)) != ContentFormat.PageSize)
        {
            return ContentResult.UnsupportedVersion;
        }

        if (!BlockCache.IsIntact(superblock))
        {
            return ContentResult.Corrupt;
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(superblock.Slice(ContentFormat.Superblock.ImageLength));
        if (length > (ulong)capacity)
        {
            return ContentResult.Truncated;
        }

        ulong metadata = BinaryPrimitives.ReadUInt64LittleEndian(superblock.Slice(ContentFormat.Superblock.MetadataOffset));
        uint indexPages = BinaryPrimitives.ReadUInt32LittleEndian(superblock.Slice(ContentFormat.Superblock.IndexPages));
        uint entryPages = BinaryPrimitives.ReadUInt32LittleEndian(superblock.Slice(ContentFormat.Superblock.EntryPages));
        uint entries = BinaryPrimitives.ReadUInt32LittleEndian(superblock.Slice(ContentFormat.Superblock.EntryCount));
        uint rules = BinaryPrimitives.ReadUInt32LittleEndian(superblock.Slice(ContentFormat.Superblock.RulesLength));
        ulong pages = (ulong)indexPages + entryPages;
        bool good = metadata >= ContentFormat.PageSize && metadata % ContentFormat.PageSize == 0 && metadata <= length
            && indexPages > 0 && entryPages > 0 && pages <= int.MaxValue && pages <= (length - metadata) / ContentFormat.PageSize
            && entries <= int.MaxValue && rules <= ContentFormat.Superblock.MaxRulesLength;
        return good ? ContentResult.Ok : ContentResult.Corrupt;
    }

    /// <summary>Finds what has a path: percent-decoded, without a slash at either end; empty for the root.</summary>
    /// <returns>Ok, <see cref="ContentResult.NotFound"/>, <see cref="ContentResult.Corrupt"/> or <see cref="ContentResult.DeviceError"/>.</returns>
    public ContentResult Find(ReadOnlySpan<byte> path, out ContentEntry entry)
    {
        ulong hash = XxHash64.Hash(path);
        long page = _metadataOffset + (long)ContentFormat.Index.PageOf(hash, _indexPages) * ContentFormat.PageSize;
        int slot = ContentFormat.Index.FirstSlotOf(hash);
        int left = ContentFormat.Index.SlotsPerPage;
        while (true)
        {
            ContentResult result = NextCandidate(page, hash, ref slot, ref left, out long offset);
            if (result != ContentResult.Ok)
            {
                entry = default;
                return result;
            }

            result = Open(new ContentEntryId(offset), out entry);
            if (result != ContentResult.Ok || entry.Path.SequenceEqual(path))
            {
                return result;
            }
        }
    }

    /// <summary>The next slot of an index page with the right hash. An entry may have taken the page's place in the cache, so it is asked for each time.</summary>
    private ContentResult NextCandidate(long page, ulong hash, ref int slot, ref int left, out long offset)
    {
        offset = 0;
        ContentResult result = _cache.Get(page, CacheRegion.Main, out ReadOnlySpan<byte> bytes);
        if (result != ContentResult.Ok)
        {
            return result;
        }

        while (left > 0)
        {
            ReadOnlySpan<byte> candidate = bytes.Slice(slot * ContentFormat.Index.SlotSize, ContentFormat.Index.SlotSize);
            slot = slot + 1 == ContentFormat.Index.SlotsPerPage ? 0 : slot + 1;
            left--;
            offset = BinaryPrimitives.ReadInt64LittleEndian(candidate.Slice(8));
            if (offset == 0)
            {
                return ContentResult.NotFound;
            }

            if (BinaryPrimitives.ReadUInt64LittleEndian(candidate) == hash)
            {
                return ContentResult.Ok;
            }
        }

        return ContentResult.NotFound;
    }

    /// <summary>The entry that another one, or the rules section, names.</summary>
    /// <returns>Ok, <see cref="ContentResult.NotFound"/> when it names none, <see cref="ContentResult.Corrupt"/> or <see cref="ContentResult.DeviceError"/>.</returns>
    public ContentResult Open(ContentEntryId id, out ContentEntry entry)
    {
        entry = default;
        if (id.IsNone)
        {
            return ContentResult.NotFound;
        }

        long start = _metadataOffset + (long)_indexPages * ContentFormat.PageSize;
        long end = start + (long)_entryPages * ContentFormat.PageSize;
        int left = ContentFormat.PagePayload - (int)(id.Offset & (ContentFormat.PageSize - 1));
        if (id.Offset < start || id.Offset >= end || id.Offset % ContentFormat.Entry.Alignment != 0 || left <= 0)
        {
            return ContentResult.Corrupt;
        }

        ContentResult result = _cache.Get(id.Offset, CacheRegion.Main, out ReadOnlySpan<byte> bytes);
        if (result != ContentResult.Ok)
        {
            return result;
        }

        return ContentEntry.TryParse(this, id, bytes.Slice(0, left), out entry) ? ContentResult.Ok : ContentResult.Corrupt;
    }

    /// <summary>Reads bytes that a checked entry names. A file that would fill half of the cache has to share what is set aside for such.</summary>
    internal ContentResult ReadData(long offset, Span<byte> destination, long fileLength)
    {
        CacheRegion region = fileLength > _cache.MainBytes / 2 ? CacheRegion.Streaming : CacheRegion.Main;
        while (destination.Length != 0)
        {
            ContentResult result = _cache.Read(offset, region, destination, out int count);
            if (result != ContentResult.Ok)
            {
                return result;
            }

            destination = destination.Slice(count);
            offset += count;
        }

        return ContentResult.Ok;
    }
}
