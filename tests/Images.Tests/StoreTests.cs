// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Host.Images.Oci;
using Uaas.Host.Images.Store;
using Uaas.Linux;
using Xunit;

namespace Uaas.Images.Tests;

/// <summary>The store of images.</summary>
public sealed class StoreTests : IDisposable
{
    private readonly StoreBed _bed = new();

    public void Dispose() => _bed.Dispose();

    [Fact]
    public async Task The_same_files_make_the_same_image_wherever_it_is_built()
    {
        StoredImage first = await _bed.BuildAsync("site:1");
        StoredImage second = await _bed.BuildAsync("site:1", store: _bed.NewStore("other"));
        Assert.Equal(first, second);
        StoredImage third = await _bed.BuildAsync("site:2", "other words");
        Assert.NotEqual(first.Manifest, third.Manifest);
    }

    [Fact]
    public async Task An_image_says_what_it_is_made_of()
    {
        ServiceImage image = _bed.Store.Open((await _bed.BuildAsync("site:1")).Manifest);
        Assert.Equal(["hvt", "spt"], image.Kinds.Order());
        Assert.Equal("http", image.Configuration.Service);
        Assert.Equal(["content"], image.Configuration.Blocks);
        Assert.All(image.Layers, layer => Assert.True(_bed.Store.Has(layer)));
        Assert.Equal("a kernel for spt", await File.ReadAllTextAsync(_bed.Store.PathOf(image.Kernel("spt")!)));
    }

    [SkopeoFact]
    public async Task Skopeo_reads_the_store()
    {
        StoredImage image = await _bed.BuildAsync("site:1");
        (int code, string output) = await StoreBed.RunAsync("skopeo", "inspect", $"oci:{_bed.Store.Root}:site:1");
        Assert.True(code == 0, output);
        using var json = JsonDocument.Parse(output);
        Assert.Equal(image.Manifest.Digest.ToString(), json.RootElement.GetProperty("Digest").GetString());
        Assert.Equal(3, json.RootElement.GetProperty("Layers").GetArrayLength());
    }

    [Fact]
    public async Task Removing_an_image_keeps_what_others_share()
    {
        StoredImage first = await _bed.BuildAsync("site:1");
        StoredImage second = await _bed.BuildAsync("site:2", "other words");
        Assert.True(_bed.Store.Remove(first) > 0);
        foreach (Descriptor layer in _bed.Store.Open(second.Manifest).Layers)
            await _bed.Store.VerifyAsync(layer, _bed.Transfers, CancellationToken.None);
        _bed.Store.Remove(second);
        Assert.Empty(Directory.GetFiles(Path.Combine(_bed.Store.Root, "blobs", "sha256")));
        Assert.Empty(_bed.Store.List());
    }

    [Fact]
    public async Task A_name_can_go_while_another_stays()
    {
        StoredImage image = await _bed.BuildAsync("site:1");
        _bed.Store.Tag(ImageReference.Parse("site:stable"), image.Manifest);
        _bed.Store.Remove(image);
        Assert.Equal("site:stable", Assert.Single(_bed.Store.List()).Reference.ToString());
        Assert.Equal(image.Manifest, _bed.Store.Require(image.Manifest.Digest.Short).Manifest);
    }

    [Fact]
    public async Task An_image_that_runs_cannot_be_removed()
    {
        StoredImage image = await _bed.BuildAsync("site:1");
        using (_bed.Store.Use(image.Manifest.Digest))
        {
            UaasException refused = Assert.Throws<UaasException>(() => _bed.Store.Remove(image));
            Assert.Equal(Failure.InUse, refused.Failure);
            Assert.Contains("in use", refused.Message, StringComparison.Ordinal);
        }
        _bed.Store.Remove(image);
        Assert.Empty(_bed.Store.List());
    }

    [Fact]
    public async Task An_image_that_runs_keeps_its_parts_when_its_name_becomes_another_s()
    {
        StoredImage former = await _bed.BuildAsync("site:1");
        Descriptor content = _bed.Store.Open(former.Manifest).Content!;
        StoredImage other = await _bed.BuildAsync("other:1", "other words");
        using (_bed.Store.Use(former.Manifest.Digest))
        {
            await _bed.BuildAsync("site:1", "new words");
            _bed.Store.Remove(other);
            Assert.True(_bed.Store.Has(former.Manifest));
            Assert.True(_bed.Store.Has(content));
        }
        _bed.Store.Remove(_bed.Store.Require("site:1"));
        Assert.False(_bed.Store.Has(content));
    }

    [Fact]
    public async Task An_image_that_somebody_may_go_back_to_loses_its_name_and_keeps_its_parts()
    {
        StoredImage image = await _bed.BuildAsync("site:1");
        Descriptor content = _bed.Store.Open(image.Manifest).Content!;
        using (var holds = new ImageHolds(_bed.Store))
        {
            holds.Set(new HashSet<Digest>(), new HashSet<Digest> { image.Manifest.Digest });
            Assert.Equal(0, _bed.Store.Remove(image));
            Assert.Empty(_bed.Store.List());
            Assert.True(_bed.Store.Has(content));
        }
        _bed.Store.Remove(await _bed.BuildAsync("other:1", "other words"));
        Assert.False(_bed.Store.Has(content));
    }

    [Fact]
    public async Task Nothing_is_removed_while_somebody_adds()
    {
        StoredImage image = await _bed.BuildAsync("site:1");
        using (StoreWriter writer = _bed.Store.BeginWriting())
        {
            Descriptor kept = writer.Add("text/plain", "not named yet"u8.ToArray());
            Assert.Equal(0, _bed.Store.Remove(image));
            Assert.True(_bed.Store.Has(kept));
        }
        StoredImage other = await _bed.BuildAsync("site:2", "other words");
        Assert.True(_bed.Store.Remove(other) > 0);
        Assert.Empty(Directory.GetFiles(Path.Combine(_bed.Store.Root, "blobs", "sha256")));
    }

    [Fact]
    public async Task A_truncated_layer_is_named()
    {
        Descriptor content = _bed.Store.Open((await _bed.BuildAsync("site:1")).Manifest).Content!;
        using (FileStream file = File.OpenWrite(_bed.Store.PathOf(content)))
            file.SetLength(content.Size - 1);
        await RefusesAsync(content, $"content ({content.Digest})", "truncated");
    }

    [Fact]
    public async Task An_altered_layer_is_named()
    {
        Descriptor kernel = _bed.Store.Open((await _bed.BuildAsync("site:1")).Manifest).Kernel("spt")!;
        using (FileStream file = File.OpenWrite(_bed.Store.PathOf(kernel)))
            file.WriteByte((byte)'A');
        await RefusesAsync(kernel, $"spt kernel ({kernel.Digest})", "altered");
    }

    [Fact]
    public async Task An_altered_manifest_or_configuration_is_named()
    {
        StoredImage stored = await _bed.BuildAsync("site:1");
        Descriptor configuration = _bed.Store.Open(stored.Manifest).ConfigurationBlob;
        foreach (Descriptor document in new[] { configuration, stored.Manifest })
        {
            byte[] bytes = await File.ReadAllBytesAsync(_bed.Store.PathOf(document));
            bytes[^2] ^= 1;
            await File.WriteAllBytesAsync(_bed.Store.PathOf(document), bytes);
            Assert.Contains($"{document.Title} ({document.Digest})", Assert.Throws<UaasException>(() => _bed.Store.Open(stored.Manifest)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Many_may_use_the_store_at_the_same_time()
    {
        await Task.WhenAll(Enumerable.Range(0, 12).Select(number => Task.Run(async () =>
        {
            var store = new ImageStore(_bed.Store.Root);
            StoredImage image = await _bed.BuildAsync($"site:{number}", $"words {number % 4}", store: store);
            if (number % 3 == 0)
                store.Remove(image);
        })));
        Assert.Equal(8, _bed.Store.List().Count);
        foreach (StoredImage image in _bed.Store.List())
        {
            foreach (Descriptor layer in _bed.Store.Open(image.Manifest).Layers)
                await _bed.Store.VerifyAsync(layer, _bed.Transfers, CancellationToken.None);
        }
    }

    [RootFact]
    public async Task A_full_disk_loses_nothing()
    {
        string place = Directory.CreateDirectory(Path.Combine(_bed.Folder, "small")).FullName;
        Assert.Equal(0, (await StoreBed.RunAsync("mount", "-t", "tmpfs", "-o", "size=1m", "none", place)).Code);
        try
        {
            var store = new ImageStore(place);
            StoredImage image = await _bed.BuildAsync("site:1", store: store);
            UaasException e = await Assert.ThrowsAsync<UaasException>(() => _bed.BuildAsync("site:1", "hello", extraBytes: 2_000_000, store: store));
            Assert.Equal(Failure.Disk, e.Failure);
            Assert.Equal(image, Assert.Single(store.List()));
            await store.VerifyAsync(store.Open(image.Manifest).Content!, _bed.Transfers, CancellationToken.None);
            Assert.Empty(Directory.GetFiles(Path.Combine(place, "parts")));
        }
        finally
        {
            await StoreBed.RunAsync("umount", place);
        }
    }

    private async Task RefusesAsync(Descriptor layer, params string[] words)
    {
        UaasException e = await Assert.ThrowsAsync<UaasException>(() => _bed.Store.VerifyAsync(layer, _bed.Transfers, CancellationToken.None));
        Assert.Equal(Failure.Image, e.Failure);
        Assert.All(words, word => Assert.Contains(word, e.Message, StringComparison.Ordinal));
    }
}
