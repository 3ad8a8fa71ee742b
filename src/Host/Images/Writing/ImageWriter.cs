// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using System.Security.Cryptography;
using Uaas.Content;
using Uaas.Host.Images.Representations;

namespace Uaas.Host.Images.Writing;

/// <summary>
/// Writes a content image from front to back: data as it comes, then the metadata that says where it is, and last the superblock at the front, so that a
/// torn image is none. The format is that of <c>docs/content-format.md</c>.
/// </summary>
internal sealed class ImageWriter
{
    private const int ChunkSize = 1 << 20;

    private readonly Stream _output;
    private readonly string _name;
    private readonly byte[] _chunk = new byte[ChunkSize];
    private long _position;

    /// <summary>A writer to the start of <paramref name="output"/>, which can seek and is empty; messages call it <paramref name="name"/>.</summary>
    internal ImageWriter(Stream output, string name)
    {
        _output = output;
        _name = name;
        Write(new byte[ContentFormat.PageSize]);
    }

    /// <summary>Bytes written so far.</summary>
    internal long Position => _position;

    /// <summary>Copies <paramref name="length"/> bytes of <paramref name="source"/>, hashing them; null when the source has more or fewer.</summary>
    internal Extent? WriteStream(Stream source, long length, Action<long> progress)
    {
        long offset = Place(length);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long left = length;
        int count;
        while ((count = source.Read(_chunk)) > 0)
        {
            left -= count;
            if (left < 0)
            {
                return null;
            }

            hash.AppendData(_chunk, 0, count);
            Write(_chunk.AsSpan(0, count));
            progress(count);
        }

        return left == 0 ? new Extent(Coding.Identity, offset, length, hash.GetHashAndReset()) : null;
    }

    /// <summary>Writes a variant.</summary>
    internal Extent WriteVariant(Variant variant)
    {
        long offset = Place(variant.Content.Length);
        Stream content = variant.Content.Reopen();
        int count;
        while ((count = content.Read(_chunk)) > 0)
        {
            Write(_chunk.AsSpan(0, count));
        }

        return new Extent(variant.Coding, offset, variant.Content.Length, variant.Hash);
    }

    /// <summary>
    /// Writes the metadata and ends the image. The rules may name entries, so they are asked for once each has its place. Returns the SHA-256 of all that is served, but for when files were
    /// modified.
    /// </summary>
    internal byte[] Finish(IReadOnlyList<ImageEntry> entries, ImageEntry root, Func<byte[]> rules)
    {
        PadTo(ContentFormat.PageSize);
        long metadata = _position;
        int indexPages = IndexPages.Count(entries);
        int entryPages = PlaceEntries(entries, metadata + (long)indexPages * ContentFormat.PageSize);
        foreach (byte[] page in IndexPages.Build(entries, indexPages))
        {
            WritePage(page);
        }

        WriteEntries(entries);
        long length = _position;
        PadTo(ContentFormat.FileAlignment);

        byte[] rulesSection = rules();
        byte[] superblock = new byte[ContentFormat.PageSize];
        BinaryPrimitives.WriteUInt64LittleEndian(superblock.AsSpan(ContentFormat.Superblock.Magic), ContentFormat.Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(superblock.AsSpan(ContentFormat.Superblock.Version), ContentFormat.Version);
        BinaryPrimitives.WriteInt32LittleEndian(superblock.AsSpan(ContentFormat.Superblock.PageSize), ContentFormat.PageSize);
        BinaryPrimitives.WriteInt64LittleEndian(superblock.AsSpan(ContentFormat.Superblock.ImageLength), length);
        BinaryPrimitives.WriteInt64LittleEndian(superblock.AsSpan(ContentFormat.Superblock.MetadataOffset), metadata);
        BinaryPrimitives.WriteInt32LittleEndian(superblock.AsSpan(ContentFormat.Superblock.IndexPages), indexPages);
        BinaryPrimitives.WriteInt32LittleEndian(superblock.AsSpan(ContentFormat.Superblock.EntryPages), entryPages);
        BinaryPrimitives.WriteInt32LittleEndian(superblock.AsSpan(ContentFormat.Superblock.EntryCount), entries.Count);
        BinaryPrimitives.WriteInt32LittleEndian(superblock.AsSpan(ContentFormat.Superblock.RulesLength), rulesSection.Length);
        BinaryPrimitives.WriteInt64LittleEndian(superblock.AsSpan(ContentFormat.Superblock.RootEntry), root.Offset);
        rulesSection.CopyTo(superblock.AsSpan(ContentFormat.Superblock.Rules, ContentFormat.Superblock.MaxRulesLength));
        _output.Position = 0;
        WritePage(superblock);
        return DigestOf(superblock, entries);
    }

    private static byte[] DigestOf(byte[] superblock, IReadOnlyList<ImageEntry> entries)
    {
        using IncrementalHash digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        digest.AppendData(superblock);
        foreach (ImageEntry entry in entries)
        {
            entry.AddTo(digest);
        }

        return digest.GetHashAndReset();
    }

    /// <summary>Gives every entry its offset: in order, none across the end of a page's payload. Returns the number of pages.</summary>
    private static int PlaceEntries(IReadOnlyList<ImageEntry> entries, long start)
    {
        long page = start;
        int used = 0;
        foreach (ImageEntry entry in entries)
        {
            if (used + entry.Length > ContentFormat.PagePayload)
            {
                page += ContentFormat.PageSize;
                used = 0;
            }

            entry.Offset = page + used;
            used += entry.Length;
        }

        return checked((int)((page - start) / ContentFormat.PageSize) + 1);
    }

    private void WriteEntries(IReadOnlyList<ImageEntry> entries)
    {
        byte[] page = new byte[ContentFormat.PageSize];
        long start = _position;
        foreach (ImageEntry entry in entries)
        {
            while (entry.Offset >= start + ContentFormat.PageSize)
            {
                WritePage(page);
                Array.Clear(page);
                start += ContentFormat.PageSize;
            }

            entry.Encode(page.AsSpan((int)(entry.Offset - start), entry.Length));
        }

        WritePage(page);
    }

    /// <summary>Writes a metadata page with its checksum.</summary>
    private void WritePage(byte[] page)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(
            page.AsSpan(ContentFormat.PagePayload), XxHash64.Hash(page.AsSpan(0, ContentFormat.PagePayload)));
        Write(page);
    }

    /// <summary>
    /// The place for data of a length: a page's start for what is larger than a page; anything smaller lies within one page, beside others.
    /// </summary>
    private long Place(long length)
    {
        PadTo(ContentFormat.DataAlignment);
        long leftInPage = ContentFormat.PageSize - _position % ContentFormat.PageSize;
        if (length > leftInPage)
        {
            PadTo(ContentFormat.PageSize);
        }

        return _position;
    }

    private void PadTo(int alignment)
    {
        int padding = (int)(-_position & (alignment - 1));
        Write(new byte[padding]);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _output.Write(bytes);
        }
        catch (IOException failure)
        {
            throw PackException.From(failure, _name);
        }

        _position += bytes.Length;
    }
}
