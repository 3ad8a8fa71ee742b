// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using Uaas.Content.Tests.Support;
using Uaas.Devices;

namespace Uaas.Content.Tests.Images;

public sealed class CacheTests
{
    private const long TenGigabytes = 10L << 30;

    [Fact]
    public void OpeningReadsOneBlockAndALookupTwo()
    {
        using TestSite site = new();
        for (int i = 0; i < 500; i++)
        {
            site.Add($"{i}.bin", "x");
        }

        MemoryBlockDevice device = new(site.PackToBytes());
        Assert.Equal(ContentResult.Ok, ContentImage.Mount(device, 1 << 20, out ContentImage? image));
        Assert.Equal(1, device.Reads);
        image!.Get("17.bin");
        Assert.Equal(3, device.Reads);
        image!.Get("17.bin");
        Assert.Equal(3, device.Reads);
    }

    [Fact]
    public void WhatIsInUseStaysWhileALargeFileStreams()
    {
        using TestSite site = new();
        MemoryBlockDevice device = new(site.Add("large.bin", Samples.Noise(3 << 20)).Add("hot.bin", Samples.Noise(5000)).PackToBytes());
        Assert.Equal(ContentResult.Ok, ContentImage.Mount(device, 512 << 10, out ContentImage? image));
        ContentFile hot = image!.Get("hot.bin").GetRepresentation(0).File;
        ContentFile large = image!.Get("large.bin").GetRepresentation(0).File;
        byte[] buffer = new byte[5000];
        Assert.Equal(ContentResult.Ok, hot.Read(0, buffer));
        large.ReadAll();
        large.ReadAll();
        int reads = device.Reads;
        Assert.Equal(ContentResult.Ok, hot.Read(0, buffer));
        image!.Get("hot.bin");
        Assert.Equal(reads, device.Reads);
    }

    [Fact]
    public void SmallFilesShareTheBlocksTheyLieIn()
    {
        using TestSite site = new();
        for (int i = 0; i < 20; i++)
        {
            site.Add($"{i}.bin", Samples.Noise(700, i));
        }

        MemoryBlockDevice device = new(site.PackToBytes());
        Assert.Equal(ContentResult.Ok, ContentImage.Mount(device, 1 << 20, out ContentImage? image));
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(Samples.Noise(700, i), image!.ReadIdentity($"{i}.bin"));
        }

        Assert.Equal(4, device.Reads);
    }

    [Fact]
    public void AnyOrderOfReadsGivesTheSameBytes()
    {
        using TestSite site = new();
        byte[] a = Samples.Noise(700_000, 1);
        byte[] b = Samples.Noise(40_000, 2);
        ContentImage image = site.Add("a.bin", a).Add("b.bin", b).Mount(cacheBytes: 0);
        ContentFile fileA = image.Get("a.bin").GetRepresentation(0).File;
        ContentFile fileB = image.Get("b.bin").GetRepresentation(0).File;
        Random random = new(3);
        byte[] buffer = new byte[70_000];
        for (int i = 0; i < 3000; i++)
        {
            (ContentFile file, byte[] content) = random.Next(2) == 0 ? (fileA, a) : (fileB, b);
            int offset = random.Next(content.Length);
            Span<byte> room = buffer.AsSpan(0, random.Next(Math.Min(buffer.Length, content.Length - offset)));
            Assert.Equal(ContentResult.Ok, file.Read(offset, room));
            Assert.True(room.SequenceEqual(content.AsSpan(offset, room.Length)));
        }
    }

    [Fact]
    public void TenGigabytesStreamThroughFourMegabytes()
    {
        using TestSite site = new();
        HugeDevice device = new(site.Add("huge.bin", Samples.Noise(16384)).PackToBytes());
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(ContentResult.Ok, ContentImage.Mount(device, 4 << 20, out ContentImage? image));
        Assert.Equal(ContentResult.Ok, image!.Find("huge.bin"u8, out ContentEntry entry));
        ContentFile file = entry.GetRepresentation(0).File;
        Assert.Equal(TenGigabytes, file.Length);

        // A piece of each megabyte, in order: every read is of a new block.
        byte[] buffer = new byte[64];
        byte[] expected = new byte[64];
        bool good = true;
        for (long offset = 100; offset < TenGigabytes; offset += 1 << 20)
        {
            good &= file.Read(offset, buffer) == ContentResult.Ok;
            device.Expected(offset, expected);
            good &= buffer.AsSpan().SequenceEqual(expected);
        }

        Assert.True(good);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 5 << 20);
        Assert.Equal(ContentResult.OutOfRange, file.Read(TenGigabytes - 63, buffer));
    }

    /// <summary>
    /// A small image, enlarged: the one file's length and the image's are made ten gigabytes, and its bytes made up as they are asked for.
    /// </summary>
    private sealed class HugeDevice : BlockDevice
    {
        private readonly byte[] _metadata;
        private readonly long _metadataStart;

        public HugeDevice(byte[] image)
        {
            long oldStart = BinaryPrimitives.ReadInt64LittleEndian(image.AsSpan(ContentFormat.Superblock.MetadataOffset));
            _metadata = image[(int)oldStart..];
            _metadataStart = ContentFormat.PageSize + TenGigabytes;
            Head = image[..ContentFormat.PageSize];
            BinaryPrimitives.WriteInt64LittleEndian(Head.AsSpan(ContentFormat.Superblock.MetadataOffset), _metadataStart);
            BinaryPrimitives.WriteInt64LittleEndian(Head.AsSpan(ContentFormat.Superblock.ImageLength), _metadataStart + _metadata.Length);
            Span<byte> index = _metadata.AsSpan(0, ContentFormat.PageSize);
            for (int slot = 0; slot < ContentFormat.Index.SlotsPerPage; slot++)
            {
                Span<byte> offset = index.Slice(slot * ContentFormat.Index.SlotSize + 8, 8);
                long old = BinaryPrimitives.ReadInt64LittleEndian(offset);
                BinaryPrimitives.WriteInt64LittleEndian(offset, old == 0 ? 0 : old - oldStart + _metadataStart);
            }

            // The root comes first; the file's entry follows it.
            Span<byte> entries = _metadata.AsSpan(ContentFormat.PageSize, ContentFormat.PageSize);
            Span<byte> file = entries[BinaryPrimitives.ReadUInt16LittleEndian(entries)..];
            BinaryPrimitives.WriteInt64LittleEndian(file[(ContentFormat.Entry.FileRepresentations + ContentFormat.Representation.Length)..], TenGigabytes);
            Seal(Head);
            Seal(index);
            Seal(entries);
        }

        private byte[] Head { get; }

        public override long Capacity => _metadataStart + _metadata.Length;

        public override int BlockSize => 4096;

        public void Expected(long fileOffset, Span<byte> destination) => Fill(ContentFormat.PageSize + fileOffset, destination);

        public override BlockResult Read(long offset, Span<byte> destination)
        {
            if (offset == 0)
            {
                Head.AsSpan().CopyTo(destination);
            }
            else if (offset >= _metadataStart)
            {
                _metadata.AsSpan((int)(offset - _metadataStart), destination.Length).CopyTo(destination);
            }
            else
            {
                Fill(offset, destination);
            }

            return BlockResult.Ok;
        }

        public override BlockResult Write(long offset, ReadOnlySpan<byte> source) => BlockResult.ReadOnly;

        private static void Fill(long offset, Span<byte> destination)
        {
            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = (byte)((offset + i) * 0x9E3779B1 >> 20);
            }
        }

        private static void Seal(Span<byte> page) =>
            BinaryPrimitives.WriteUInt64LittleEndian(page[ContentFormat.PagePayload..], XxHash64.Hash(page[..ContentFormat.PagePayload]));
    }
}
