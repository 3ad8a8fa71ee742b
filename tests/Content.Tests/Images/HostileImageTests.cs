// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using System.Text;
using Uaas.Content.Tests.Support;

namespace Uaas.Content.Tests.Images;

/// <summary>An image comes from outside: whatever it holds, the reader answers with a result, in bounded time.</summary>
public sealed class HostileImageTests
{
    private static readonly string[] s_paths = ["", "index.html", "docs", "docs/a.txt", "docs/big.bin", "old", "moved/x"];

    [Theory]
    [InlineData(0, ContentResult.NotAnImage)]
    [InlineData(100, ContentResult.NotAnImage)]
    [InlineData(16384, ContentResult.NotAnImage)]
    public void NoImageIsNone(int length, ContentResult expected) =>
        Assert.Equal(expected, ContentImage.Mount(new MemoryBlockDevice(new byte[length]), 0, out _));

    [Fact]
    public void AnotherVersionIsTold()
    {
        byte[] bytes = Pack();
        bytes[ContentFormat.Superblock.Version]++;
        Assert.Equal(ContentResult.UnsupportedVersion, ContentImage.Mount(new MemoryBlockDevice(bytes), 0, out _));
    }

    [Fact]
    public void AShortenedImageIsTold()
    {
        byte[] bytes = Pack();
        Assert.Equal(ContentResult.Truncated, ContentImage.Mount(new MemoryBlockDevice(bytes[..ContentFormat.PageSize]), 0, out _));
    }

    [Theory]
    [InlineData(2 << 20)]
    [InlineData(0)]
    [InlineData(1000)]
    public void AnOddBlockSizeIsTold(int blockSize) =>
        Assert.Equal(ContentResult.UnsupportedBlockSize, ContentImage.Mount(new OddDevice(blockSize), 0, out _));

    [Fact]
    public void AFailingDeviceIsTold()
    {
        MemoryBlockDevice device = new(Pack());
        Assert.Equal(ContentResult.Ok, ContentImage.Mount(device, 0, out ContentImage? image));
        device.Fails = true;
        Assert.Equal(ContentResult.DeviceError, image!.Find("index.html"u8, out _));
        device.Fails = false;
        Assert.Equal(ContentResult.Ok, image.Find("index.html"u8, out _));
        Assert.Equal(ContentResult.DeviceError, ContentImage.Mount(new MemoryBlockDevice(Pack()) { Fails = true }, 0, out _));
    }

    [Fact]
    public void EveryChangedBitOfTheMetadataIsNoticed()
    {
        byte[] good = Pack();
        (long start, long end) = MetadataOf(good);
        Random random = new(1);
        for (int i = 0; i < 300; i++)
        {
            byte[] bytes = (byte[])good.Clone();
            int at = (int)(i < 100 ? random.Next(16, ContentFormat.PageSize) : random.NextInt64(start, end));
            bytes[at] ^= (byte)(1 << random.Next(8));
            ContentResult result = ContentImage.Mount(new MemoryBlockDevice(bytes), 0, out ContentImage? image);
            if (result == ContentResult.Ok)
            {
                bool isIndex = at < start + ContentFormat.PageSize;
                result = isIndex ? image!.TryFind("index.html") : image!.Open(image.Root, out _);
            }

            Assert.Equal(ContentResult.Corrupt, result);
        }
    }

    [Fact]
    public void WithRightChecksumsAnythingMayBeWrong()
    {
        byte[] good = Pack();
        (long start, long end) = MetadataOf(good);
        Random random = new(2);
        for (int i = 0; i < 4000; i++)
        {
            byte[] bytes = (byte[])good.Clone();
            Mutate(bytes, random, start, end);
            Reseal(bytes, start, end);
            if (ContentImage.Mount(new MemoryBlockDevice(bytes), 0, out ContentImage? image) == ContentResult.Ok)
            {
                Explore(image!);
            }
        }
    }

    /// <summary>Asks for everything there is, as a service would.</summary>
    private static void Explore(ContentImage image)
    {
        byte[] buffer = new byte[300];
        foreach (string path in s_paths)
        {
            if (image.Find(Encoding.UTF8.GetBytes(path), out ContentEntry entry) == ContentResult.Ok)
            {
                ExploreEntry(image, entry, buffer, depth: 3);
            }
        }

        if (image.Open(image.Root, out ContentEntry root) == ContentResult.Ok)
        {
            ExploreEntry(image, root, buffer, depth: 3);
        }
    }

    private static void ExploreEntry(ContentImage image, ContentEntry entry, byte[] buffer, int depth)
    {
        Assert.InRange(entry.Path.Length, 0, ContentFormat.MaxPathLength);
        Assert.InRange(entry.Policy, 0, ushort.MaxValue);
        switch (entry.Kind)
        {
            case ContentEntryKind.File:
                Assert.InRange(entry.MediaType.Length, 1, ContentFormat.MaxMediaTypeLength);
                for (int i = 0; i < entry.RepresentationCount; i++)
                {
                    ContentFile file = entry.GetRepresentation(i).File;
                    Assert.InRange(file.Length, 0, image.Length);
                    Assert.Equal(ContentResult.OutOfRange, file.Read(file.Length, new byte[1]));
                }

                ContentFile identity = entry.GetRepresentation(0).File;
                int count = (int)Math.Min(buffer.Length, identity.Length);
                identity.Read(0, buffer.AsSpan(0, count));
                identity.Read(identity.Length - count, buffer.AsSpan(0, count));
                break;
            case ContentEntryKind.Directory:
                ContentEntryId page = entry.DirectoryPage;
                ContentEntryId json = entry.DirectoryJson;
                foreach (ContentEntryId id in (ContentEntryId[])[page, json])
                {
                    if (depth > 0 && image.Open(id, out ContentEntry next) == ContentResult.Ok)
                    {
                        ExploreEntry(image, next, buffer, depth - 1);
                    }
                }

                break;
            default:
                Assert.InRange(entry.RedirectTarget.Length, 1, ContentFormat.MaxTargetLength);
                Assert.InRange(entry.RedirectStatus, 301, 308);
                break;
        }
    }

    /// <summary>Overwrites a few numbers: those that parsers trip over, or any.</summary>
    private static void Mutate(byte[] bytes, Random random, long start, long end)
    {
        ulong[] nasty = [0, 1, 7, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, long.MaxValue, 0x8000000000000000, ulong.MaxValue, (ulong)bytes.Length, (ulong)start];
        int changes = random.Next(1, 4);
        for (int i = 0; i < changes; i++)
        {
            int at = (int)(random.Next(4) == 0 ? random.Next(16, 56) : random.NextInt64(start, end - 8));

            // Where records are: the index's slots in use and the first entries.
            if (random.Next(2) == 0)
            {
                at = (int)(start + ContentFormat.PageSize + random.Next(600));
            }

            ulong value = random.Next(3) == 0 ? (ulong)random.NextInt64() : nasty[random.Next(nasty.Length)];
            switch (random.Next(4))
            {
                case 0: bytes[at] = (byte)value; break;
                case 1: BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), (ushort)value); break;
                case 2: BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), (uint)value); break;
                default: BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), value); break;
            }
        }
    }

    private static void Reseal(byte[] bytes, long start, long end)
    {
        Seal(bytes.AsSpan(0, ContentFormat.PageSize));
        for (long page = start; page < end; page += ContentFormat.PageSize)
        {
            Seal(bytes.AsSpan((int)page, ContentFormat.PageSize));
        }
    }

    private static void Seal(Span<byte> page) =>
        BinaryPrimitives.WriteUInt64LittleEndian(page[ContentFormat.PagePayload..], XxHash64.Hash(page[..ContentFormat.PagePayload]));

    private static (long Start, long End) MetadataOf(byte[] bytes)
    {
        long start = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(ContentFormat.Superblock.MetadataOffset));
        int pages = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(ContentFormat.Superblock.IndexPages))
            + BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(ContentFormat.Superblock.EntryPages));
        return (start, start + (long)pages * ContentFormat.PageSize);
    }

    private static byte[] Pack()
    {
        using TestSite site = new();
        return site.Add("index.html", Samples.Text(2000)).Add("docs/a.txt", "a").Add("docs/big.bin", Samples.Noise(50_000))
            .Add("uaas-site.yaml", "listing: true\nredirects:\n- {from: /old, to: /new}\n- {from: /moved/*, to: 'https://example.org/*'}\n")
            .PackToBytes();
    }

    private sealed class OddDevice(int blockSize) : Devices.BlockDevice
    {
        public override long Capacity => 1 << 30;

        public override int BlockSize => blockSize;

        public override Devices.BlockResult Read(long offset, Span<byte> destination) => throw new InvalidOperationException("not to be read");

        public override Devices.BlockResult Write(long offset, ReadOnlySpan<byte> source) => Devices.BlockResult.ReadOnly;
    }
}
