// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Host.Images.Oci;
using Uaas.Host.Images.Registry;
using Uaas.Host.Images.Store;
using Uaas.Linux;
using Xunit;

namespace Uaas.Images.Tests;

/// <summary>Pushing to and pulling from a real registry.</summary>
[Trait("Needs", "docker-registry")]
public sealed class RegistryTests : IDisposable
{
    // The hash of "secret", as htpasswd -B makes it.
    private const string PasswordFile = "user:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n";

    private readonly StoreBed _bed = new();

    public void Dispose() => _bed.Dispose();

    [RegistryFact]
    public async Task An_image_goes_to_a_registry_and_comes_back_the_same()
    {
        using DebianRegistry registry = await DebianRegistry.StartAsync(_bed.Folder);
        StoredImage image = await _bed.BuildAsync("site:1");
        var name = ImageReference.Parse($"{registry.Host}/team/site:1");
        await PushAsync(image, name);
        ImageStore other = _bed.NewStore("other");
        StoredImage pulled = await PullAsync(other, name);
        Assert.Equal(image.Manifest, pulled.Manifest);
        foreach (Descriptor layer in other.Open(pulled.Manifest).Layers)
            await other.VerifyAsync(layer, _bed.Transfers, CancellationToken.None);
        await PullAsync(_bed.NewStore("third"), ImageReference.Parse($"{registry.Host}/team/site@{image.Manifest.Digest}"));
        (int code, string output) = await StoreBed.RunAsync("skopeo", "inspect", "--tls-verify=false", $"docker://{name}");
        Assert.True(code == 0, output);
        Assert.Contains(image.Manifest.Digest.ToString(), output, StringComparison.Ordinal);
    }

    [RegistryFact]
    public async Task Large_layers_go_in_chunks_and_what_is_there_is_not_sent_again()
    {
        using DebianRegistry registry = await DebianRegistry.StartAsync(_bed.Folder);
        StoredImage image = await _bed.BuildAsync("site:1", "hello", extraBytes: 2 * RemoteRepository.ChunkSize + 12345);
        await PushAsync(image, ImageReference.Parse($"{registry.Host}/site:1"));
        var transfers = new Transfers();
        await RegistryClient.PushAsync(_bed.Store, image.Manifest, ImageReference.Parse($"{registry.Host}/site:2"), new RegistryOptions(), transfers, CancellationToken.None);
        Assert.Empty(transfers.Snapshot());
        ImageStore other = _bed.NewStore("other");
        StoredImage pulled = await PullAsync(other, ImageReference.Parse($"{registry.Host}/site:2"));
        Assert.Equal(image.Manifest, pulled.Manifest);
        await other.VerifyAsync(other.Open(pulled.Manifest).Content!, _bed.Transfers, CancellationToken.None);
    }

    [RegistryFact]
    public async Task A_password_opens_what_is_closed_without()
    {
        string passwords = Path.Combine(_bed.Folder, "passwords");
        await File.WriteAllTextAsync(passwords, PasswordFile);
        using DebianRegistry registry = await DebianRegistry.StartAsync(_bed.Folder, passwords);
        StoredImage image = await _bed.BuildAsync("site:1");
        var name = ImageReference.Parse($"{registry.Host}/site:1");
        UaasException e = await Assert.ThrowsAsync<UaasException>(() => PushAsync(image, name));
        Assert.Equal(Failure.Registry, e.Failure);
        Assert.NotNull(e.Remedy);
        string file = Path.Combine(_bed.Folder, "auth.json");
        await File.WriteAllTextAsync(file, $$$"""{"auths":{"{{{registry.Host}}}":{"auth":"{{{Convert.ToBase64String("user:secret"u8)}}}" } } }""");
        var options = new RegistryOptions { Credentials = RegistryCredentials.Read(file, registry.Host) };
        await PushAsync(image, name, options);
        Assert.Equal(image.Manifest, (await PullAsync(_bed.NewStore("other"), name, options)).Manifest);
        var wrong = new RegistryOptions { Credentials = new RegistryCredentials("user", "wrong") };
        await Assert.ThrowsAsync<UaasException>(() => PullAsync(_bed.NewStore("third"), name, wrong));
    }

    [RegistryFact]
    public async Task What_the_registry_has_altered_or_truncated_is_refused_by_name_and_what_was_here_stays()
    {
        using DebianRegistry registry = await DebianRegistry.StartAsync(_bed.Folder);
        StoredImage image = await _bed.BuildAsync("site:1");
        var name = ImageReference.Parse($"{registry.Host}/site:1");
        await PushAsync(image, name);
        Descriptor kernel = _bed.Store.Open(image.Manifest).Kernel("spt")!;
        string blob = Directory.GetDirectories(Path.Combine(_bed.Folder, "registry"), kernel.Digest.Hex, SearchOption.AllDirectories).Select(folder => Path.Combine(folder, "data")).First(File.Exists);
        byte[] bytes = await File.ReadAllBytesAsync(blob);
        bytes[0] ^= 1;
        await File.WriteAllBytesAsync(blob, bytes);
        ImageStore other = _bed.NewStore("other");
        UaasException e = await Assert.ThrowsAsync<UaasException>(() => PullAsync(other, name));
        Assert.Contains($"spt kernel ({kernel.Digest}) has been altered", e.Message, StringComparison.Ordinal);
        await File.WriteAllBytesAsync(blob, bytes[..^3]);
        e = await Assert.ThrowsAsync<UaasException>(() => PullAsync(other, name));
        Assert.Contains($"spt kernel ({kernel.Digest}) is truncated", e.Message, StringComparison.Ordinal);
        Assert.Empty(other.List());
        bytes[0] ^= 1;
        await File.WriteAllBytesAsync(blob, bytes);
        Assert.Equal(image.Manifest, (await PullAsync(other, name)).Manifest);
    }

    [RegistryFact]
    public async Task What_is_not_there_is_said()
    {
        using DebianRegistry registry = await DebianRegistry.StartAsync(_bed.Folder);
        UaasException e = await Assert.ThrowsAsync<UaasException>(() => PullAsync(_bed.Store, ImageReference.Parse($"{registry.Host}/none:1")));
        Assert.Contains("has no image none:1: 404", e.Message, StringComparison.Ordinal);
    }

    private Task PushAsync(StoredImage image, ImageReference name, RegistryOptions? options = null) =>
        RegistryClient.PushAsync(_bed.Store, image.Manifest, name, options ?? new RegistryOptions(), _bed.Transfers, CancellationToken.None);

    private Task<StoredImage> PullAsync(ImageStore store, ImageReference name, RegistryOptions? options = null) =>
        RegistryClient.PullAsync(store, name, options ?? new RegistryOptions(), _bed.Transfers, CancellationToken.None);
}
