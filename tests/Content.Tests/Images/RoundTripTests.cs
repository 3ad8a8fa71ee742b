// SPDX-License-Identifier: Apache-2.0

using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Uaas.Content.Tests.Support;
using ZstdSharp;

namespace Uaas.Content.Tests.Images;

public sealed class RoundTripTests
{
    [Fact]
    public void EveryFileComesBackAsItWas()
    {
        using TestSite site = new();
        Random random = new(7);
        Dictionary<string, byte[]> files = [];
        for (int i = 0; i < 120; i++)
        {
            int length = random.Next(4) switch { 0 => random.Next(50), 1 => random.Next(2000), 2 => random.Next(16380, 16390), _ => random.Next(60_000) };
            string extension = random.Next(2) == 0 ? "txt" : "bin";
            string path = $"d{random.Next(5)}/{random.Next(3)}/file-{i} ü%.{extension}";
            byte[] content = extension == "txt" ? Encoding.UTF8.GetBytes(Samples.Text(length, i)) : Samples.Noise(length, i);
            files.Add(path, content);
            site.Add(path, content);
        }

        ContentImage image = site.Mount();
        foreach ((string path, byte[] content) in files)
        {
            ContentEntry entry = image.Get(path);
            Assert.Equal(ContentEntryKind.File, entry.Kind);
            Assert.Equal(path, Encoding.UTF8.GetString(entry.Path));
            Assert.Equal(TestSite.Modified.ToUnixTimeSeconds(), entry.LastModified);
            Assert.Equal(content, entry.GetRepresentation(0).File.ReadAll());
        }
    }

    [Fact]
    public void VariantsDecodeToTheFile()
    {
        using TestSite site = new();
        byte[] text = Encoding.UTF8.GetBytes(Samples.Text(40_000));
        ContentImage image = site.Add("a.html", text).Mount();
        Assert.Equal(4, image.Get("a.html").RepresentationCount);
        for (int i = 1; i < 4; i++)
        {
            ContentRepresentation variant = image.Get("a.html").GetRepresentation(i);
            Assert.True(variant.File.Length < text.Length / 2);
            Assert.Equal(text, Decode(variant.Coding, variant.File.ReadAll()));
        }
    }

    [Fact]
    public void TagsAreTheHashOfEachRepresentation()
    {
        using TestSite site = new();
        ContentImage image = site.Add("a.txt", Samples.Text(9000)).Add("b.txt", Samples.Text(9000)).Add("c.txt", Samples.Text(9000, seed: 2)).Mount();
        for (int i = 0; i < image.Get("a.txt").RepresentationCount; i++)
        {
            ContentRepresentation a = image.Get("a.txt").GetRepresentation(i);
            byte[] hash = SHA256.HashData(a.File.ReadAll());
            Assert.Equal(System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(hash), a.TagHigh);
            Assert.Equal(System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(hash.AsSpan(8)), a.TagLow);
            Assert.Equal(a.TagHigh, image.Get("b.txt").GetRepresentation(i).TagHigh);
            Assert.NotEqual(a.TagHigh, image.Get("c.txt").GetRepresentation(i).TagHigh);
        }
    }

    [Theory]
    [InlineData("small.txt", 200)]
    [InlineData("noise.txt", 20_000)]
    [InlineData("photo.jpg", 20_000)]
    public void NoVariantIsKeptThatSavesNothing(string name, int length)
    {
        using TestSite site = new();
        ContentImage image = site.Add(name, Samples.Noise(length)).Mount();
        Assert.Equal(1, image.Get(name).RepresentationCount);
    }

    [Fact]
    public void ACompressedFileBesideItsOriginalStandsForIt()
    {
        using TestSite site = new();
        byte[] text = Encoding.UTF8.GetBytes(Samples.Text(5000));
        byte[] gzip = Gzip(text);
        ContentImage image = site.Add("a.css", text).Add("a.css.gz", gzip).Mount();
        Assert.Equal(ContentCoding.Gzip, image.Get("a.css").GetRepresentation(1).Coding);
        Assert.Equal(gzip, image.Get("a.css").GetRepresentation(1).File.ReadAll());
        Assert.Equal(gzip, image.ReadIdentity("a.css.gz"));
    }

    [Fact]
    public void AStaleCompressedFileIsToldAndNotUsed()
    {
        using TestSite site = new();
        site.Add("a.css", Samples.Text(5000)).Add("a.css.gz", Gzip("old"u8.ToArray())).Add("b.css", Samples.Text(5000)).Add("b.css.gz", "no gzip");
        IReadOnlyList<string> warnings = site.Pack().Warnings;
        Assert.Equal(2, warnings.Count);
        Assert.Contains("a.css.gz is not the compressed form", warnings[0]);
        Assert.Contains("b.css.gz is damaged", warnings[1]);
        ContentImage image = site.Mount();
        Assert.Equal(ContentCoding.Brotli, image.Get("a.css").GetRepresentation(1).Coding);
    }

    [Fact]
    public void DirectoriesKnowTheirIndexFile()
    {
        using TestSite site = new();
        ContentImage image = site.Add("index.html", "home").Add("docs/index.html", "docs").Add("pictures/a.png", Samples.Noise(10)).Mount();
        Assert.Equal("home"u8.ToArray(), ReadPage(image, ""));
        Assert.Equal("docs"u8.ToArray(), ReadPage(image, "docs"));
        Assert.True(image.Get("pictures").DirectoryPage.IsNone);
        Assert.Equal(ContentResult.Ok, image.Open(image.Root, out ContentEntry root));
        Assert.Equal(ContentEntryKind.Directory, root.Kind);
    }

    [Fact]
    public void WhatIsNotThereIsNotFound()
    {
        using TestSite site = new();
        ContentImage image = site.Add("a/b.txt", "b").Mount();
        foreach (string path in (string[])["b.txt", "a/b.txt/", "a/", "A", "a/b", "a/b.txt\0", new string('x', 5000)])
        {
            Assert.Equal(ContentResult.NotFound, image.TryFind(path));
        }
    }

    [Fact]
    public void AnEmptyDirectoryMakesAnImage()
    {
        using TestSite site = new();
        ContentImage image = site.Mount();
        Assert.Equal(1, image.EntryCount);
        Assert.Equal(ContentEntryKind.Directory, image.Get("").Kind);
    }

    [Fact]
    public void AnEmptyFileHasOneEmptyRepresentation()
    {
        using TestSite site = new();
        ContentImage image = site.Add("empty.txt", "").Mount();
        Assert.Empty(image.ReadIdentity("empty.txt"));
        Assert.Equal(1, image.Get("empty.txt").RepresentationCount);
    }

    [Fact]
    public void ManyThousandPathsAreAllFound()
    {
        using TestSite site = new();
        for (int i = 0; i < 2500; i++)
        {
            site.Add($"{i % 7}/{i}.bin", BitConverter.GetBytes(i));
        }

        ContentImage image = site.Mount(cacheBytes: 0);
        for (int i = 0; i < 2500; i++)
        {
            Assert.Equal(BitConverter.GetBytes(i), image.ReadIdentity($"{i % 7}/{i}.bin"));
            Assert.Equal(ContentResult.NotFound, image.TryFind($"{i % 7}/{i}.bim"));
        }
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    [InlineData(16384)]
    [InlineData(65536)]
    public void TheBlockSizeDoesNotMatter(int blockSize)
    {
        using TestSite site = new();
        byte[] content = Samples.Noise(200_000);
        byte[] bytes = site.Add("a.bin", content).Add("b.txt", "b").PackToBytes();
        Assert.Equal(ContentResult.Ok, ContentImage.Mount(new MemoryBlockDevice(bytes, blockSize), 0, out ContentImage? image));
        Assert.Equal(content, image!.ReadIdentity("a.bin"));
        Assert.Equal("b"u8.ToArray(), image!.ReadIdentity("b.txt"));
    }

    [Fact]
    public void MediaTypesComeFromTheExtension()
    {
        using TestSite site = new();
        ContentImage image = site.Add("A.HTML", "x").Add("b.png", "x").Add("noext", "x").Add("d.json", "x").Mount();
        Assert.Equal("text/html; charset=utf-8", Encoding.ASCII.GetString(image.Get("A.HTML").MediaType));
        Assert.Equal("image/png", Encoding.ASCII.GetString(image.Get("b.png").MediaType));
        Assert.Equal("application/octet-stream", Encoding.ASCII.GetString(image.Get("noext").MediaType));
        Assert.Equal("application/json", Encoding.ASCII.GetString(image.Get("d.json").MediaType));
    }

    private static byte[] ReadPage(ContentImage image, string directory)
    {
        Assert.Equal(ContentResult.Ok, image.Open(image.Get(directory).DirectoryPage, out ContentEntry page));
        return page.GetRepresentation(0).File.ReadAll();
    }

    private static byte[] Gzip(byte[] content)
    {
        MemoryStream output = new();
        using (GZipStream gzip = new(output, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return output.ToArray();
    }

    private static byte[] Decode(ContentCoding coding, byte[] bytes)
    {
        MemoryStream source = new(bytes);
        using Stream decoder = coding switch
        {
            ContentCoding.Gzip => new GZipStream(source, CompressionMode.Decompress),
            ContentCoding.Brotli => new BrotliStream(source, CompressionMode.Decompress),
            _ => new DecompressionStream(source),
        };
        MemoryStream plain = new();
        decoder.CopyTo(plain);
        return plain.ToArray();
    }
}
