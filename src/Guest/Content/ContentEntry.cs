// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Content;

/// <summary>What an entry of a content image is.</summary>
public enum ContentEntryKind : byte
{
    /// <summary>A file.</summary>
    File = 1,

    /// <summary>A directory.</summary>
    Directory = 2,

    /// <summary>A path that is elsewhere now.</summary>
    Redirect = 3,

    /// <summary>A path below which everything is elsewhere now: what follows the entry's path follows the target too.</summary>
    PrefixRedirect = 4,
}

/// <summary>A content coding (RFC 9110, section 8.4.1).</summary>
public enum ContentCoding : byte
{
    /// <summary>As it is.</summary>
    Identity = 0,

    /// <summary>gzip (RFC 1952).</summary>
    Gzip = 1,

    /// <summary>br (RFC 7932).</summary>
    Brotli = 2,

    /// <summary>zstd (RFC 8878).</summary>
    Zstandard = 3,
}

/// <summary>One form in which a file's content is at hand.</summary>
public readonly struct ContentRepresentation
{
    /// <summary>How it is coded.</summary>
    public ContentCoding Coding { get; }

    /// <summary>Its bytes.</summary>
    public ContentFile File { get; }

    /// <summary>First half of the 128 bits that identify its bytes: the strong validator.</summary>
    public ulong TagHigh { get; }

    /// <summary>Second half of <see cref="TagHigh"/>.</summary>
    public ulong TagLow { get; }

    internal ContentRepresentation(ContentCoding coding, ContentFile file, ulong tagHigh, ulong tagLow)
    {
        Coding = coding;
        File = file;
        TagHigh = tagHigh;
        TagLow = tagLow;
    }
}

/// <summary>
/// An entry of a content image: a checked view of memory that the cache lends. Valid until the image is next asked for anything, be it another
/// entry or a file's bytes.
/// </summary>
public readonly ref struct ContentEntry
{
    private readonly ContentImage _image;
    private readonly ReadOnlySpan<byte> _record;

    private ContentEntry(ContentImage image, ContentEntryId id, ReadOnlySpan<byte> record)
    {
        _image = image;
        Id = id;
        _record = record;
    }

    /// <summary>Where it is.</summary>
    public ContentEntryId Id { get; }

    /// <summary>What it is.</summary>
    public ContentEntryKind Kind => (ContentEntryKind)_record[ContentFormat.Entry.Kind];

    /// <summary>Number of the policy, in the rules section, that governs it.</summary>
    public int Policy => BinaryPrimitives.ReadUInt16LittleEndian(_record.Slice(ContentFormat.Entry.Policy));

    /// <summary>Its path from the root, without a slash at either end.</summary>
    public ReadOnlySpan<byte> Path => _record.Slice(PathOffset(_record), PathLength(_record));

    /// <summary>For a file: how many representations there are, 1 to 4; the first is the identity, each coding is there at most once.</summary>
    public int RepresentationCount => _record[ContentFormat.Entry.RepresentationCount];

    /// <summary>For a file: when it was last modified, in seconds since 1970, within the years 1970 to 9999.</summary>
    public long LastModified => BinaryPrimitives.ReadInt64LittleEndian(_record.Slice(ContentFormat.Entry.FileModified));

    /// <summary>For a file: its media type, visible ASCII and spaces.</summary>
    public ReadOnlySpan<byte> MediaType => _record.Slice(RepresentationsEnd(_record), MediaTypeLength(_record));

    /// <summary>For a directory: the entry that is served for it (its index file or its listing as HTML), or default when there is none.</summary>
    public ContentEntryId DirectoryPage => new(BinaryPrimitives.ReadInt64LittleEndian(_record.Slice(ContentFormat.Entry.DirectoryPage)));

    /// <summary>For a directory: its listing as JSON, or default when there is none.</summary>
    public ContentEntryId DirectoryJson => new(BinaryPrimitives.ReadInt64LittleEndian(_record.Slice(ContentFormat.Entry.DirectoryJson)));

    /// <summary>For a redirect: its status, 301, 302, 303, 307 or 308.</summary>
    public int RedirectStatus => BinaryPrimitives.ReadUInt16LittleEndian(_record.Slice(ContentFormat.Entry.RedirectStatus));

    /// <summary>For a redirect: where to, as a URI reference of visible ASCII.</summary>
    public ReadOnlySpan<byte> RedirectTarget => _record.Slice(ContentFormat.Entry.RedirectTarget, TargetLength(_record));

    /// <summary>For a file: representation <paramref name="index"/> of <see cref="RepresentationCount"/>.</summary>
    public ContentRepresentation GetRepresentation(int index)
    {
        ReadOnlySpan<byte> bytes = _record.Slice(
            ContentFormat.Entry.FileRepresentations + index * ContentFormat.Representation.Size, ContentFormat.Representation.Size);
        ContentFile file = new(
            _image,
            BinaryPrimitives.ReadInt64LittleEndian(bytes.Slice(ContentFormat.Representation.Offset)),
            BinaryPrimitives.ReadInt64LittleEndian(bytes.Slice(ContentFormat.Representation.Length)));
        return new ContentRepresentation(
            (ContentCoding)bytes[ContentFormat.Representation.Coding],
            file,
            BinaryPrimitives.ReadUInt64BigEndian(bytes.Slice(ContentFormat.Representation.Tag)),
            BinaryPrimitives.ReadUInt64BigEndian(bytes.Slice(ContentFormat.Representation.Tag + 8)));
    }

    /// <summary>Checks the entry at the start of <paramref name="payload"/>, the rest of its page.</summary>
    internal static bool TryParse(ContentImage image, ContentEntryId id, ReadOnlySpan<byte> payload, out ContentEntry entry)
    {
        entry = default;
        if (payload.Length < ContentFormat.Entry.HeaderSize)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(payload.Slice(ContentFormat.Entry.Length));
        if (length > payload.Length || length < ContentFormat.Entry.HeaderSize)
        {
            return false;
        }

        ReadOnlySpan<byte> record = payload.Slice(0, length);
        bool good = PathLength(record) <= ContentFormat.MaxPathLength && (ContentEntryKind)record[ContentFormat.Entry.Kind] switch
        {
            ContentEntryKind.File => IsFile(image, record),
            ContentEntryKind.Directory => length >= ContentFormat.Entry.DirectoryPath + PathLength(record),
            ContentEntryKind.Redirect or ContentEntryKind.PrefixRedirect => IsRedirect(record),
            _ => false,
        };
        if (good)
        {
            entry = new ContentEntry(image, id, record);
        }

        return good;
    }

    private static bool IsFile(ContentImage image, ReadOnlySpan<byte> record)
    {
        int count = record[ContentFormat.Entry.RepresentationCount];
        if (count is < 1 or > ContentFormat.Representation.MaxCount
            || record.Length < ContentFormat.Entry.FileRepresentations + count * ContentFormat.Representation.Size
            || MediaTypeLength(record) is < 1 or > ContentFormat.MaxMediaTypeLength
            || record.Length < RepresentationsEnd(record) + MediaTypeLength(record) + PathLength(record))
        {
            return false;
        }

        ulong modified = BinaryPrimitives.ReadUInt64LittleEndian(record.Slice(ContentFormat.Entry.FileModified));
        return modified <= ContentImage.MaxTime
            && IsText(record.Slice(RepresentationsEnd(record), MediaTypeLength(record)), lowest: (byte)' ')
            && AreRepresentations(image, record.Slice(ContentFormat.Entry.FileRepresentations, count * ContentFormat.Representation.Size));
    }

    private static bool AreRepresentations(ContentImage image, ReadOnlySpan<byte> bytes)
    {
        int previous = -1;
        while (bytes.Length != 0)
        {
            // In ascending order, so none is there twice; the first is the identity.
            int coding = bytes[ContentFormat.Representation.Coding];
            if (coding <= previous || coding > (int)ContentCoding.Zstandard || (previous < 0 && coding != (int)ContentCoding.Identity))
            {
                return false;
            }

            ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(bytes.Slice(ContentFormat.Representation.Offset));
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(bytes.Slice(ContentFormat.Representation.Length));
            if (offset > (ulong)image.Length || length > (ulong)image.Length - offset)
            {
                return false;
            }

            previous = coding;
            bytes = bytes.Slice(ContentFormat.Representation.Size);
        }

        return true;
    }

    private static bool IsRedirect(ReadOnlySpan<byte> record)
    {
        if (record.Length < ContentFormat.Entry.RedirectTarget || TargetLength(record) is < 1 or > ContentFormat.MaxTargetLength
            || record.Length < ContentFormat.Entry.RedirectTarget + TargetLength(record) + PathLength(record))
        {
            return false;
        }

        int status = BinaryPrimitives.ReadUInt16LittleEndian(record.Slice(ContentFormat.Entry.RedirectStatus));
        return status is 301 or 302 or 303 or 307 or 308
            && IsText(record.Slice(ContentFormat.Entry.RedirectTarget, TargetLength(record)), lowest: (byte)'!');
    }

    /// <summary>Whether text may stand in a header field as it is: ASCII from <paramref name="lowest"/> to the tilde.</summary>
    private static bool IsText(ReadOnlySpan<byte> text, byte lowest)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] < lowest || text[i] > (byte)'~')
            {
                return false;
            }
        }

        return true;
    }

    private static int PathLength(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadUInt16LittleEndian(record.Slice(ContentFormat.Entry.PathLength));

    private static int MediaTypeLength(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadUInt16LittleEndian(record.Slice(ContentFormat.Entry.FileMediaTypeLength));

    private static int TargetLength(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadUInt16LittleEndian(record.Slice(ContentFormat.Entry.RedirectTargetLength));

    private static int RepresentationsEnd(ReadOnlySpan<byte> record) =>
        ContentFormat.Entry.FileRepresentations + record[ContentFormat.Entry.RepresentationCount] * ContentFormat.Representation.Size;

    private static int PathOffset(ReadOnlySpan<byte> record) => (ContentEntryKind)record[ContentFormat.Entry.Kind] switch
    {
        ContentEntryKind.File => RepresentationsEnd(record) + MediaTypeLength(record),
        ContentEntryKind.Directory => ContentFormat.Entry.DirectoryPath,
        _ => ContentFormat.Entry.RedirectTarget + TargetLength(record),
    };
}

/// <summary>Where an entry is, for entries that name each other.</summary>
public readonly struct ContentEntryId
{
    internal ContentEntryId(long offset) => Offset = offset;

    /// <summary>Offset in the image; 0 says none.</summary>
    internal long Offset { get; }

    /// <summary>Whether there is none.</summary>
    public bool IsNone => Offset == 0;
}
