// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Text;
using Uaas.Content;
using Uaas.Devices;

namespace Uaas.Fuzz.Content;

/// <summary>
/// A device with an image of four pages: superblock, data, index, entries. An input gives what is in them, without the zeros between; the slots of the index
/// stand where their hashes say, and the checksums are right.
/// </summary>
internal sealed class ContentSeed : BlockDevice
{
    /// <summary>Bytes of the superblock, index and entries that the input holds; the rest of their pages is zero.</summary>
    private const int SuperblockBytes = 64;
    private const int IndexSlots = 8;
    private const int EntriesStart = SuperblockBytes + IndexSlots * ContentFormat.Index.SlotSize;

    private const long MetadataOffset = 2 * ContentFormat.PageSize;
    private const long EntriesOffset = MetadataOffset + ContentFormat.PageSize;

    private readonly byte[] _bytes = new byte[4 * ContentFormat.PageSize];

    public override long Capacity => _bytes.Length;

    public override int BlockSize => 512;

    public void Set(ReadOnlySpan<byte> input)
    {
        Array.Clear(_bytes);
        Copy(input, 0, SuperblockBytes, 0);
        for (int slot = 0; slot < IndexSlots; slot++)
        {
            int start = SuperblockBytes + slot * ContentFormat.Index.SlotSize;
            ulong hash = input.Length >= start + 8 ? BinaryPrimitives.ReadUInt64LittleEndian(input[start..]) : 0;
            Copy(input, start, ContentFormat.Index.SlotSize, (int)MetadataOffset + ContentFormat.Index.FirstSlotOf(hash) * ContentFormat.Index.SlotSize);
        }

        Copy(input, EntriesStart, ContentFormat.PagePayload, (int)EntriesOffset);
        foreach (int page in (int[])[0, 2, 3])
        {
            Span<byte> bytes = _bytes.AsSpan(page * ContentFormat.PageSize, ContentFormat.PageSize);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[ContentFormat.PagePayload..], XxHash64.Hash(bytes[..ContentFormat.PagePayload]));
        }
    }

    public override BlockResult Read(long offset, Span<byte> destination)
    {
        _bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
        return BlockResult.Ok;
    }

    public override BlockResult Write(long offset, ReadOnlySpan<byte> source) => BlockResult.ReadOnly;

    private void Copy(ReadOnlySpan<byte> input, int from, int count, int to)
    {
        int start = Math.Min(from, input.Length);
        input.Slice(start, Math.Min(count, input.Length - start)).CopyTo(_bytes.AsSpan(to));
    }

    /// <summary>A small good image: a root with an index file, a redirect, and a redirect of all below.</summary>
    internal static byte[] Make()
    {
        byte[] seed = new byte[1000];
        Span<byte> superblock = seed;
        BinaryPrimitives.WriteUInt64LittleEndian(superblock, ContentFormat.Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(superblock[ContentFormat.Superblock.Version..], ContentFormat.Version);
        BinaryPrimitives.WriteInt32LittleEndian(superblock[ContentFormat.Superblock.PageSize..], ContentFormat.PageSize);
        BinaryPrimitives.WriteInt64LittleEndian(superblock[ContentFormat.Superblock.ImageLength..], EntriesOffset + ContentFormat.PageSize);
        BinaryPrimitives.WriteInt64LittleEndian(superblock[ContentFormat.Superblock.MetadataOffset..], MetadataOffset);
        BinaryPrimitives.WriteInt32LittleEndian(superblock[ContentFormat.Superblock.IndexPages..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(superblock[ContentFormat.Superblock.EntryPages..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(superblock[ContentFormat.Superblock.EntryCount..], 5);
        BinaryPrimitives.WriteInt64LittleEndian(superblock[ContentFormat.Superblock.RootEntry..], EntriesOffset);
        int at = 0;
        at = AddEntry(seed, at, slot: 0, kind: 2, "", 24, record => BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(8), EntriesOffset + 32));
        at = AddEntry(seed, at + (32 - at), slot: 1, kind: 1, "a.txt", 24 + 40 + 10, WriteFile);
        at = AddEntry(seed, at, slot: 2, kind: 2, "d", 24, static _ => { });
        at = AddEntry(seed, at, slot: 3, kind: 3, "old", 16 + 4, static record => WriteRedirect(record));
        AddEntry(seed, at, slot: 4, kind: 4, "moved", 16 + 4, static record => WriteRedirect(record));
        return seed;
    }

    private static int AddEntry(byte[] seed, int at, int slot, byte kind, string path, int pathOffset, Action<byte[]> write)
    {
        byte[] name = Encoding.UTF8.GetBytes(path);
        byte[] record = new byte[(pathOffset + name.Length + 7) / 8 * 8];
        BinaryPrimitives.WriteUInt16LittleEndian(record, (ushort)record.Length);
        record[ContentFormat.Entry.Kind] = kind;
        BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(ContentFormat.Entry.PathLength), (ushort)name.Length);
        write(record);
        name.CopyTo(record, pathOffset);
        record.CopyTo(seed, EntriesStart + at);
        Span<byte> index = seed.AsSpan(SuperblockBytes + slot * ContentFormat.Index.SlotSize);
        BinaryPrimitives.WriteUInt64LittleEndian(index, XxHash64.Hash(name));
        BinaryPrimitives.WriteInt64LittleEndian(index[8..], EntriesOffset + at);
        return at + record.Length;
    }

    private static void WriteFile(byte[] record)
    {
        record[ContentFormat.Entry.RepresentationCount] = 1;
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(ContentFormat.Entry.FileModified), 1_700_000_000);
        record[ContentFormat.Entry.FileMediaTypeLength] = 10;
        Span<byte> representation = record.AsSpan(ContentFormat.Entry.FileRepresentations);
        BinaryPrimitives.WriteInt64LittleEndian(representation[ContentFormat.Representation.Offset..], ContentFormat.PageSize);
        BinaryPrimitives.WriteInt64LittleEndian(representation[ContentFormat.Representation.Length..], 5000);
        "text/plain"u8.CopyTo(representation[ContentFormat.Representation.Size..]);
    }

    private static void WriteRedirect(byte[] record)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(ContentFormat.Entry.RedirectStatus), 301);
        record[ContentFormat.Entry.RedirectTargetLength] = 4;
        "/new"u8.CopyTo(record.AsSpan(ContentFormat.Entry.RedirectTarget));
    }
}
