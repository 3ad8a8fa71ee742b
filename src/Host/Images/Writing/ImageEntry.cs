// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Uaas.Content;
using Uaas.Host.Images.Representations;

namespace Uaas.Host.Images.Writing;

/// <summary>Where a representation's bytes are in the image.</summary>
internal readonly record struct Extent(Coding Coding, long Offset, long Length, byte[] Hash);

/// <summary>An entry of the image: knows how long it is, and encodes itself once every entry has its place.</summary>
internal abstract class ImageEntry
{
    internal required string Path { get; init; }

    internal required int Policy { get; init; }

    /// <summary>Whether requests find it by its path; a directory's listing is found through the directory.</summary>
    internal bool IsIndexed { get; init; } = true;

    /// <summary>Offset in the image, once it is known.</summary>
    internal long Offset { get; set; }

    internal byte[] PathBytes => Encoding.UTF8.GetBytes(Path);

    /// <summary>Bytes of the record, with its padding.</summary>
    internal int Length => (UnpaddedLength + ContentFormat.Entry.Alignment - 1) & -ContentFormat.Entry.Alignment;

    protected abstract int UnpaddedLength { get; }

    /// <summary>Writes the record to zeroed memory of its length.</summary>
    internal void Encode(Span<byte> record)
    {
        byte[] path = PathBytes;
        BinaryPrimitives.WriteUInt16LittleEndian(record[ContentFormat.Entry.Length..], checked((ushort)Length));
        BinaryPrimitives.WriteUInt16LittleEndian(record[ContentFormat.Entry.Policy..], checked((ushort)Policy));
        BinaryPrimitives.WriteUInt16LittleEndian(record[ContentFormat.Entry.PathLength..], checked((ushort)path.Length));
        path.CopyTo(record[(UnpaddedLength - path.Length)..]);
        EncodeRest(record);
    }

    /// <summary>Adds all that the entry says of what is served, but for when it was modified, to a digest of that.</summary>
    internal virtual void AddTo(IncrementalHash digest) => digest.AppendData(Encoded());

    protected byte[] Encoded()
    {
        byte[] record = new byte[Length];
        Encode(record);
        return record;
    }

    protected abstract void EncodeRest(Span<byte> record);
}

/// <summary>A file.</summary>
internal sealed class FileEntry : ImageEntry
{
    internal required long Modified { get; init; }

    internal required string MediaType { get; init; }

    internal required IReadOnlyList<Extent> Extents { get; init; }

    internal override void AddTo(IncrementalHash digest)
    {
        byte[] record = Encoded();
        record.AsSpan(ContentFormat.Entry.FileModified, sizeof(long)).Clear();
        digest.AppendData(record);

        // The record has a part of each alone.
        foreach (Extent extent in Extents)
        {
            digest.AppendData(extent.Hash);
        }
    }

    protected override int UnpaddedLength =>
        ContentFormat.Entry.FileRepresentations + Extents.Count * ContentFormat.Representation.Size + MediaType.Length + PathBytes.Length;

    protected override void EncodeRest(Span<byte> record)
    {
        record[ContentFormat.Entry.Kind] = 1;
        record[ContentFormat.Entry.RepresentationCount] = (byte)Extents.Count;
        BinaryPrimitives.WriteInt64LittleEndian(record[ContentFormat.Entry.FileModified..], Modified);
        BinaryPrimitives.WriteUInt16LittleEndian(record[ContentFormat.Entry.FileMediaTypeLength..], checked((ushort)MediaType.Length));
        Span<byte> rest = record[ContentFormat.Entry.FileRepresentations..];
        foreach (Extent extent in Extents)
        {
            rest[ContentFormat.Representation.Coding] = (byte)extent.Coding;
            BinaryPrimitives.WriteInt64LittleEndian(rest[ContentFormat.Representation.Offset..], extent.Offset);
            BinaryPrimitives.WriteInt64LittleEndian(rest[ContentFormat.Representation.Length..], extent.Length);
            extent.Hash.AsSpan(0, ContentFormat.Representation.TagSize).CopyTo(rest[ContentFormat.Representation.Tag..]);
            rest = rest[ContentFormat.Representation.Size..];
        }

        Encoding.ASCII.GetBytes(MediaType, rest);
    }
}

/// <summary>A directory.</summary>
internal sealed class DirectoryEntry : ImageEntry
{
    /// <summary>What is served for it: its index file, or its listing as HTML.</summary>
    internal FileEntry? Page { get; set; }

    /// <summary>Its listing as JSON.</summary>
    internal FileEntry? Json { get; set; }

    protected override int UnpaddedLength => ContentFormat.Entry.DirectoryPath + PathBytes.Length;

    protected override void EncodeRest(Span<byte> record)
    {
        record[ContentFormat.Entry.Kind] = 2;
        BinaryPrimitives.WriteInt64LittleEndian(record[ContentFormat.Entry.DirectoryPage..], Page?.Offset ?? 0);
        BinaryPrimitives.WriteInt64LittleEndian(record[ContentFormat.Entry.DirectoryJson..], Json?.Offset ?? 0);
    }
}

/// <summary>A path that is elsewhere now.</summary>
internal sealed class RedirectEntry : ImageEntry
{
    internal required bool IsPrefix { get; init; }

    internal required int Status { get; init; }

    /// <summary>A URI reference of visible ASCII.</summary>
    internal required string Target { get; init; }

    protected override int UnpaddedLength => ContentFormat.Entry.RedirectTarget + Target.Length + PathBytes.Length;

    protected override void EncodeRest(Span<byte> record)
    {
        record[ContentFormat.Entry.Kind] = IsPrefix ? (byte)4 : (byte)3;
        BinaryPrimitives.WriteUInt16LittleEndian(record[ContentFormat.Entry.RedirectStatus..], checked((ushort)Status));
        BinaryPrimitives.WriteUInt16LittleEndian(record[ContentFormat.Entry.RedirectTargetLength..], checked((ushort)Target.Length));
        Encoding.ASCII.GetBytes(Target, record[ContentFormat.Entry.RedirectTarget..]);
    }
}
