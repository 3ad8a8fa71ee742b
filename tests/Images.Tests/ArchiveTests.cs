// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Formats.Tar;
using System.IO;
using System.IO.Compression;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Host.Images.Oci;
using Uaas.Host.Images.Store;
using Uaas.Linux;
using Xunit;

namespace Uaas.Images.Tests;

/// <summary>Images in one file.</summary>
public sealed class ArchiveTests : IDisposable
{
    private readonly StoreBed _bed = new();

    public void Dispose() => _bed.Dispose();

    [Fact]
    public async Task What_is_saved_and_loaded_is_the_same_and_so_is_the_file()
    {
        StoredImage image = await _bed.BuildAsync("site:1");
        byte[] first = await SaveAsync(_bed.Store, image);
        ImageStore other = _bed.NewStore("other");
        Assert.Equal([image], await LoadAsync(other, first));
        Assert.Equal(first, await SaveAsync(other, image));
        foreach (Descriptor layer in other.Open(image.Manifest).Layers)
            await other.VerifyAsync(layer, _bed.Transfers, CancellationToken.None);
    }

    [Fact]
    public async Task What_comes_by_a_pipe_is_loaded_and_nothing_else_is_left_of_it()
    {
        StoredImage image = await _bed.BuildAsync("site:1");
        using var packed = new MemoryStream();
        await using (var packer = new DeflateStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            await packer.WriteAsync(await SaveAsync(_bed.Store, image));
        packed.Position = 0;
        ImageStore other = _bed.NewStore("other");
        await using var pipe = new DeflateStream(packed, CompressionMode.Decompress);
        Assert.Equal([image], await ImageArchive.LoadAsync(other, pipe, _bed.Transfers, CancellationToken.None));
        Assert.Empty(Directory.GetFiles(Path.Combine(other.Root, "parts")));
    }

    [Fact]
    public async Task Folders_are_in_the_file_and_all_of_it_is_the_savers()
    {
        using var file = new MemoryStream(await SaveAsync(_bed.Store, await _bed.BuildAsync("site:1")));
        using var reader = new TarReader(file);
        var folders = new List<string>();
        while (await reader.GetNextEntryAsync() is { } entry)
        {
            Assert.Equal(((int)CurrentUser.Id, (int)CurrentUser.Group), (entry.Uid, entry.Gid));
            if (entry.EntryType is TarEntryType.Directory)
                folders.Add(entry.Name);
            else
                Assert.True(!entry.Name.StartsWith("blobs/", StringComparison.Ordinal) || folders.Contains("blobs/sha256/"), entry.Name);
        }
        Assert.Equal(["blobs/", "blobs/sha256/"], folders);
    }

    [SkopeoFact]
    public async Task Skopeo_reads_the_file_and_we_read_skopeos()
    {
        StoredImage image = await _bed.BuildAsync("site:1");
        string ours = Path.Combine(_bed.Folder, "ours.tar");
        await File.WriteAllBytesAsync(ours, await SaveAsync(_bed.Store, image));
        (int code, string output) = await StoreBed.RunAsync("skopeo", "inspect", $"oci-archive:{ours}:site:1");
        Assert.True(code == 0, output);
        string theirs = Path.Combine(_bed.Folder, "theirs.tar");
        (code, output) = await StoreBed.RunAsync("skopeo", "copy", "--preserve-digests", $"oci:{_bed.Store.Root}:site:1", $"oci-archive:{theirs}:site:1");
        Assert.True(code == 0, output);
        Assert.Equal([image], await LoadAsync(_bed.NewStore("other"), await File.ReadAllBytesAsync(theirs)));
    }

    [Fact]
    public async Task Every_truncation_is_refused_and_leaves_no_image()
    {
        byte[] archive = await SaveAsync(_bed.Store, await _bed.BuildAsync("site:1"));
        var random = new Random(7);
        for (int i = 0; i < 40; i++)
        {
            ImageStore store = _bed.NewStore($"broken-{i}");
            await Assert.ThrowsAsync<UaasException>(() => LoadAsync(store, archive[..random.Next(archive.Length - 2048)]));
            Assert.Empty(store.List());
        }
    }

    [Fact]
    public async Task A_truncated_layer_is_refused_by_name_and_so_is_the_file()
    {
        StoredImage image = await _bed.BuildAsync("site:1");
        byte[] archive = await SaveAsync(_bed.Store, image);
        int place = archive.AsSpan().IndexOf("a kernel for spt"u8);
        string path = Path.Combine(_bed.Folder, "cut.tar");
        await File.WriteAllBytesAsync(path, archive[..(place + 3)]);
        await using FileStream cut = File.OpenRead(path);
        UaasException e = await Assert.ThrowsAsync<UaasException>(() => ImageArchive.LoadAsync(_bed.NewStore("other"), cut, _bed.Transfers, CancellationToken.None));
        Assert.StartsWith($"{path} is truncated: it ends within blobs/sha256/{_bed.Store.Open(image.Manifest).Kernel("spt")!.Digest.Hex}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_archive_is_said_of_the_file_that_is_none()
    {
        string path = Path.Combine(_bed.Folder, "note.tar");
        await File.WriteAllTextAsync(path, new string('x', 2000));
        await using FileStream file = File.OpenRead(path);
        UaasException e = await Assert.ThrowsAsync<UaasException>(() => ImageArchive.LoadAsync(_bed.NewStore("other"), file, _bed.Transfers, CancellationToken.None));
        Assert.StartsWith($"{path} is no tar archive", e.Message, StringComparison.Ordinal);
        Assert.NotNull(e.Remedy);
    }

    [Fact]
    public async Task An_altered_layer_is_refused_by_name()
    {
        StoredImage image = await _bed.BuildAsync("site:1");
        byte[] archive = await SaveAsync(_bed.Store, image);
        int place = archive.AsSpan().IndexOf("a kernel for spt"u8);
        archive[place] ^= 1;
        ImageStore store = _bed.NewStore("other");
        UaasException e = await Assert.ThrowsAsync<UaasException>(() => LoadAsync(store, archive));
        Assert.Contains($"spt kernel ({_bed.Store.Open(image.Manifest).Kernel("spt")!.Digest}) has been altered", e.Message, StringComparison.Ordinal);
        Assert.Empty(store.List());
    }

    [Fact]
    public async Task What_has_been_altered_here_is_mended_by_the_same_image_from_elsewhere()
    {
        StoredImage image = await _bed.BuildAsync("site:1");
        byte[] archive = await SaveAsync(_bed.Store, image);
        ServiceImage opened = _bed.Store.Open(image.Manifest);
        foreach (Descriptor part in new[] { opened.Kernel("spt")!, opened.ConfigurationBlob, image.Manifest })
        {
            byte[] bytes = await File.ReadAllBytesAsync(_bed.Store.PathOf(part));
            bytes[^2] ^= 1;
            await File.WriteAllBytesAsync(_bed.Store.PathOf(part), bytes);
            await Assert.ThrowsAsync<UaasException>(() => _bed.Store.VerifyAsync(part, _bed.Transfers, CancellationToken.None));
            Assert.Equal([image], await LoadAsync(_bed.Store, archive));
            await _bed.Store.VerifyAsync(part, _bed.Transfers, CancellationToken.None);
        }
    }

    private async Task<byte[]> SaveAsync(ImageStore store, StoredImage image)
    {
        var output = new MemoryStream();
        await ImageArchive.SaveAsync(store, image, output, _bed.Transfers, CancellationToken.None);
        return output.ToArray();
    }

    private async Task<System.Collections.Generic.IReadOnlyList<StoredImage>> LoadAsync(ImageStore store, byte[] archive) =>
        await ImageArchive.LoadAsync(store, new MemoryStream(archive), _bed.Transfers, CancellationToken.None);
}
