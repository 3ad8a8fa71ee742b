// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using Uaas.Host.Images.Sources;
using Uaas.Media.Films;

namespace Uaas.Host.Images.Films;

/// <summary>
/// Readies FLV files for seeking: each begins with metadata that has the index of its key frames and with its decoders' configurations, and beside it lies the
/// same index as the service reads it.
/// </summary>
internal static class FilmIndexer
{
    private const int TagHeaderSize = 11;
    private const int TrailerSize = 4;
    private const byte Script = 18;

    /// <summary>Readies all films of a tree. What is no FLV stays as it is, with a warning.</summary>
    internal static void Apply(SourceDirectory directory, List<string> warnings)
    {
        foreach (SourceFile file in directory.Files.Values.Where(static file => file.Name.EndsWith(".flv", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            if (FilmScan.Of(file.Location!) is not { } scan)
            {
                warnings.Add($"{file.Location} is no FLV that can be played: it is packed as it is, and cannot be sought in");
                continue;
            }

            if (scan.IsCut)
            {
                warnings.Add($"{file.Location} is cut short in the middle of a tag, which is left out");
            }

            if (scan.Changes)
            {
                warnings.Add($"{file.Location} changes its decoder's configuration on the way: who begins behind that is given the first one");
            }

            SourceFile film = WithIndex(file, scan, out SourceFile index);
            directory.Files[film.Name] = film;
            if (!directory.Files.TryAdd(index.Name, index))
            {
                throw new PackException($"{file.Location}: the content has a file {index.Name}, which is the name of the film's index: rename it");
            }
        }

        foreach (SourceDirectory child in directory.Directories.Values)
        {
            Apply(child, warnings);
        }
    }

    private static SourceFile WithIndex(SourceFile file, FilmScan scan, out SourceFile index)
    {
        FilmEntry[] entries = Thin(scan.Entries);
        int metadataLength = FilmMetadata.Write(scan, entries, 0, 0).Length;
        int headLength = scan.FileHeader.Length + TagHeaderSize + metadataLength + TrailerSize + scan.HeadTags.Sum(static tag => tag.Length);
        if (headLength > FilmIndexFormat.MaxHead)
        {
            throw new PackException($"{file.Location}: its metadata and configurations come to {headLength} bytes; there is room for {FilmIndexFormat.MaxHead}");
        }

        long shift = headLength - scan.MediaStart;
        long length = scan.End + shift;
        byte[] metadata = FilmMetadata.Write(scan, entries, shift, length);
        byte[] head = [.. scan.FileHeader, .. Tag(metadata), .. scan.HeadTags.SelectMany(static tag => tag)];
        index = new SourceFile
        {
            Path = file.Path + FilmIndexFormat.Suffix,
            Generated = WriteIndex(scan, entries, headLength, shift, length),
            Size = FilmIndexFormat.HeaderSize + entries.Length * FilmIndexFormat.EntrySize,
            Modified = file.Modified,
        };
        return new SourceFile { Path = file.Path, Location = file.Location, Head = head, Replaced = scan.MediaStart, Size = length, Modified = file.Modified };
    }

    private static FilmEntry[] Thin(IReadOnlyList<FilmEntry> entries)
    {
        int every = (entries.Count + FilmIndexFormat.MaxEntries - 1) / FilmIndexFormat.MaxEntries;
        return [.. entries.Where((_, i) => i % every == 0)];
    }

    private static byte[] Tag(byte[] body)
    {
        byte[] tag = new byte[TagHeaderSize + body.Length + TrailerSize];
        BinaryPrimitives.WriteUInt32BigEndian(tag, (uint)Script << 24 | (uint)body.Length);
        body.CopyTo(tag, TagHeaderSize);
        BinaryPrimitives.WriteInt32BigEndian(tag.AsSpan(TagHeaderSize + body.Length), TagHeaderSize + body.Length);
        return tag;
    }

    private static byte[] WriteIndex(FilmScan scan, FilmEntry[] entries, int headLength, long shift, long length)
    {
        byte[] index = new byte[FilmIndexFormat.HeaderSize + entries.Length * FilmIndexFormat.EntrySize];
        BinaryPrimitives.WriteUInt64LittleEndian(index, FilmIndexFormat.Magic);
        BinaryPrimitives.WriteInt64LittleEndian(index.AsSpan(FilmIndexFormat.HeadLength), headLength);
        BinaryPrimitives.WriteInt64LittleEndian(index.AsSpan(FilmIndexFormat.FilmLength), length);
        BinaryPrimitives.WriteInt32LittleEndian(index.AsSpan(FilmIndexFormat.Count), entries.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(index.AsSpan(FilmIndexFormat.Duration), (uint)scan.Duration);
        for (int i = 0; i < entries.Length; i++)
        {
            Span<byte> entry = index.AsSpan(FilmIndexFormat.HeaderSize + i * FilmIndexFormat.EntrySize);
            BinaryPrimitives.WriteInt64LittleEndian(entry, entries[i].Time);
            BinaryPrimitives.WriteInt64LittleEndian(entry[8..], entries[i].Position + shift);
        }

        return index;
    }
}
