// SPDX-License-Identifier: Apache-2.0

extern alias packer;

using System.Diagnostics;
using System.Security.Cryptography;
using packer::Uaas.Host.Images;
using Uaas.Content.Tests.Support;

namespace Uaas.Content.Tests.Images;

public sealed class PackingTests
{
    [Fact]
    public void TheSameContentGivesTheSameImage()
    {
        using TestSite first = new();
        using TestSite second = new();
        string[] paths = ["z.txt", "a/b.html", "a/a.css", "noise.bin", "a.txt"];
        foreach (string path in paths)
        {
            first.Add(path, Samples.Text(30_000, path.Length));
        }

        foreach (string path in paths.Reverse())
        {
            second.Add(path, Samples.Text(30_000, path.Length));
        }

        Assert.Equal(SHA256.HashData(first.PackToBytes(parallelism: 1)), SHA256.HashData(second.PackToBytes(parallelism: 8)));
    }

    [Fact]
    public void TheDigestIsOfWhatIsServedAndNotOfWhenItWasWritten()
    {
        using TestSite site = new();
        site.Add("index.html", Samples.Text(30_000, 1)).Add("a/index.html", "a").Add("a/b.css", "b");
        string digest = site.Pack().Digest;
        byte[] image = File.ReadAllBytes(site.ImagePath);
        Assert.Equal(digest, site.Pack(modified: TestSite.Modified.AddHours(1)).Digest);
        Assert.NotEqual(image, File.ReadAllBytes(site.ImagePath));
        HashSet<string> digests = [digest];
        Assert.True(digests.Add(site.Add("a/b.css", "c").Pack().Digest), "another byte");
        Assert.True(digests.Add(site.Add("a/c.css", "c").Pack().Digest), "another file");
        File.Move(Path.Combine(site.Root, "a/c.css"), Path.Combine(site.Root, "a/d.css"));
        Assert.True(digests.Add(site.Pack().Digest), "another name");
        Assert.True(digests.Add(site.Add("uaas-site.yaml", "headers: { X-A: b }\n").Pack().Digest), "another rule");
    }

    [Fact]
    public void AListingShowsWhenFilesWereModifiedSoThatIsServedToo()
    {
        using TestSite site = new();
        site.Add("files/a.txt", "a").Add("uaas-site.yaml", "rules: [{ path: /files/**, listing: true }]\n");
        Assert.NotEqual(site.Pack().Digest, site.Pack(modified: TestSite.Modified.AddHours(1)).Digest);
    }

    [Fact]
    public void ALinkWithinTheContentIsFollowed()
    {
        using TestSite site = new();
        site.Add("real/a.txt", "a");
        File.CreateSymbolicLink(Path.Combine(site.Root, "link.txt"), "real/a.txt");
        Directory.CreateSymbolicLink(Path.Combine(site.Root, "other"), "real");
        ContentImage image = site.Mount();
        Assert.Equal("a"u8.ToArray(), image.ReadIdentity("link.txt"));
        Assert.Equal("a"u8.ToArray(), image.ReadIdentity("other/a.txt"));
    }

    [Theory]
    [InlineData("/etc/hostname", "out of the content")]
    [InlineData("../image", "leads nowhere")]
    [InlineData(".", "would never end")]
    [InlineData("nothing", "leads nowhere")]
    public void ABadLinkIsNamed(string target, string message)
    {
        using TestSite site = new();
        File.CreateSymbolicLink(Path.Combine(site.Root, "link"), target);
        PackException failure = Assert.Throws<PackException>(() => site.Pack());
        Assert.Contains("link", failure.Message);
        Assert.Contains(message, failure.Message);
        Assert.Empty(site.Outside);
    }

    [Fact]
    public void APipeIsRefusedWithoutWaitingForItsWriter()
    {
        using TestSite site = new();
        using (Process mkfifo = Process.Start("mkfifo", Path.Combine(site.Root, "pipe")))
        {
            mkfifo.WaitForExit();
        }

        Assert.Contains("pipe is a device, pipe or socket", Assert.Throws<PackException>(() => site.Pack()).Message);
    }

    [Fact]
    public void AMissingDirectoryIsNamed()
    {
        using TestSite site = new();
        Directory.Delete(site.Root);
        Assert.Equal($"the content directory {site.Root} does not exist", Assert.Throws<PackException>(() => site.Pack()).Message);
    }

    [Fact]
    public void AFullDiskIsToldAndLeavesNothing()
    {
        using TestSite site = new();
        site.Add("a.bin", Samples.Noise(3_000_000)).Add("b.txt", Samples.Text(100_000));
        PackException failure = Assert.Throws<PackException>(() => site.Pack(open: static path => new FullDisk(path, room: 1_000_000)));
        Assert.Contains($"no space left to write {site.ImagePath}", failure.Message);
        Assert.Empty(site.Outside);
    }

    [Fact]
    public void AFailureKeepsTheOldImage()
    {
        using TestSite site = new();
        site.Add("a.bin", Samples.Noise(3_000_000));
        byte[] old = site.PackToBytes();
        Assert.Throws<PackException>(() => site.Pack(open: static path => new FullDisk(path, room: 1_000_000)));
        Assert.Equal(old, File.ReadAllBytes(site.ImagePath));
        Assert.Equal(["image"], site.Outside);
    }

    [Fact]
    public void DotFilesAreLeftOutAndCounted()
    {
        using TestSite site = new();
        site.Add(".git/config", "secret").Add(".env", "secret").Add(".well-known/security.txt", "ok").Add("a.txt", "a");
        Assert.Equal(2, site.Pack().HiddenFiles);
        ContentImage image = site.Mount();
        Assert.Equal(ContentResult.NotFound, image.TryFind(".env"));
        Assert.Equal(ContentResult.NotFound, image.TryFind(".git/config"));
        Assert.Equal("ok"u8.ToArray(), image.ReadIdentity(".well-known/security.txt"));
    }

    [Fact]
    public void ProgressEndsAtAll()
    {
        using TestSite site = new();
        site.Add("a.bin", Samples.Noise(100)).Add("b.txt", Samples.Text(1000));
        List<PackProgress> told = [];
        ContentPacker.Pack(new PackOptions { ContentDirectory = site.Root, ImagePath = site.ImagePath, Progress = told.Add });
        Assert.Equal([1, 2], told.Select(static progress => progress.Files));
        Assert.Equal(1100, told[^1].Bytes);
        Assert.Equal(1100, told[^1].TotalBytes);
    }

    [Fact]
    public void CancellingLeavesNothing()
    {
        using TestSite site = new();
        site.Add("a.txt", Samples.Text(1000));
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(
            () => ContentPacker.Pack(new PackOptions { ContentDirectory = site.Root, ImagePath = site.ImagePath }, cancelled.Token));
        Assert.Empty(site.Outside);
    }

    [Fact]
    public void CancellingDoesNotWaitForTheEndOfAFile()
    {
        using TestSite site = new();
        site.Add("a.bin", Samples.Noise(30 << 20));
        using CancellationTokenSource cancelled = new();
        long told = 0;
        PackOptions options = new()
        {
            ContentDirectory = site.Root,
            ImagePath = site.ImagePath,
            Progress = progress =>
            {
                told = progress.Bytes;
                cancelled.Cancel();
            },
        };
        Assert.ThrowsAny<OperationCanceledException>(() => ContentPacker.Pack(options, cancelled.Token));
        Assert.InRange(told, 1, 20 << 20);
        Assert.Empty(site.Outside);
    }

    /// <summary>A file on a disk with little room: it fails as the kernel does, with ENOSPC.</summary>
    private sealed class FullDisk(string path, long room) : FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite)
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (Position + buffer.Length > room)
            {
                throw new IOException("No space left on device", 28);
            }

            base.Write(buffer);
        }
    }
}
