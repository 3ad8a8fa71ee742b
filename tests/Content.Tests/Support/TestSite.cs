// SPDX-License-Identifier: Apache-2.0

extern alias packer;

using System.Text;
using packer::Uaas.Host.Images;

namespace Uaas.Content.Tests.Support;

/// <summary>A directory of content that is gone when the test ends, and its image.</summary>
internal sealed class TestSite : IDisposable
{
    /// <summary>When all files were last modified, unless a test says otherwise.</summary>
    public static readonly DateTimeOffset Modified = new(2024, 2, 29, 12, 34, 56, TimeSpan.Zero);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("uaas-content-");

    public TestSite() => Directory.CreateDirectory(Root);

    /// <summary>The content's root.</summary>
    public string Root => Path.Combine(_directory.FullName, "content");

    /// <summary>Where the image is written.</summary>
    public string ImagePath => Path.Combine(_directory.FullName, "image");

    /// <summary>What lies beside the content: the image, and what a failure left behind.</summary>
    public string[] Outside => [.. Directory.GetFileSystemEntries(_directory.FullName).Select(static path => Path.GetFileName(path)).Where(static name => name != "content")];

    public TestSite Add(string path, string text) => Add(path, Encoding.UTF8.GetBytes(text));

    public TestSite Add(string path, byte[] content)
    {
        string file = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, content);
        File.SetLastWriteTimeUtc(file, Modified.UtcDateTime);
        return this;
    }

    public PackResult Pack(int parallelism = 2, Func<string, Stream>? open = null, string? configuration = null, DateTimeOffset? modified = null) => ContentPacker.Pack(
        open is null
            ? new PackOptions { ContentDirectory = Root, ImagePath = ImagePath, Parallelism = parallelism, Modified = modified ?? Modified, ConfigurationPath = configuration }
            : new PackOptions { ContentDirectory = Root, ImagePath = ImagePath, Parallelism = parallelism, Modified = Modified, OpenOutput = open });

    /// <summary>Packs with films readied for seeking, and mounts.</summary>
    public ContentImage MountFilms(out PackResult result)
    {
        result = ContentPacker.Pack(new PackOptions { ContentDirectory = Root, ImagePath = ImagePath, Modified = Modified, IndexesFilms = true });
        Assert.Equal(ContentResult.Ok, ContentImage.Mount(new MemoryBlockDevice(File.ReadAllBytes(ImagePath)), 1 << 20, out ContentImage? image));
        return image!;
    }

    /// <summary>Packs and reads the image into memory.</summary>
    public byte[] PackToBytes(int parallelism = 2)
    {
        Pack(parallelism);
        return File.ReadAllBytes(ImagePath);
    }

    /// <summary>Packs and mounts.</summary>
    public ContentImage Mount(int cacheBytes = 1 << 20)
    {
        Assert.Equal(ContentResult.Ok, ContentImage.Mount(new MemoryBlockDevice(PackToBytes()), cacheBytes, out ContentImage? image));
        return image!;
    }

    public void Dispose() => _directory.Delete(recursive: true);
}

/// <summary>What tests ask of an image.</summary>
internal static class ContentImageExtensions
{
    public static ContentEntry Get(this ContentImage image, string path)
    {
        Assert.Equal(ContentResult.Ok, image.Find(Encoding.UTF8.GetBytes(path), out ContentEntry entry));
        return entry;
    }

    public static ContentResult TryFind(this ContentImage image, string path) => image.Find(Encoding.UTF8.GetBytes(path), out _);

    public static byte[] ReadAll(this ContentFile file)
    {
        byte[] bytes = new byte[file.Length];
        Assert.Equal(ContentResult.Ok, file.Read(0, bytes));
        return bytes;
    }

    public static byte[] ReadIdentity(this ContentImage image, string path) => image.Get(path).GetRepresentation(0).File.ReadAll();
}
