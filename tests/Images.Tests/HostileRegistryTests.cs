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

/// <summary>Pulling from registries that break off, lie, or ask for tokens.</summary>
public sealed class HostileRegistryTests : IDisposable
{
    private const int LargeBytes = 1_000_000;

    private readonly StoreBed _bed = new();

    public void Dispose() => _bed.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_pull_that_ended_early_goes_on_where_it_was(bool knowsRanges)
    {
        StoredImage image = await _bed.BuildAsync("site:1", "hello", LargeBytes);
        await using ScriptedRegistry registry = await ScriptedRegistry.StartAsync(_bed.Store);
        registry.KnowsRanges = knowsRanges;
        registry.CutAfter = LargeBytes / 2;
        ImageStore other = _bed.NewStore("other");
        UaasException e = await Assert.ThrowsAsync<UaasException>(() => PullAsync(other, registry));
        Assert.Contains($"is truncated: {LargeBytes / 2} of ", e.Message, StringComparison.Ordinal);
        Assert.Empty(other.List());
        registry.CutAfter = long.MaxValue;
        long before = registry.Sent;
        Assert.Equal(image.Manifest, (await PullAsync(other, registry)).Manifest);
        Descriptor content = other.Open(image.Manifest).Content!;
        await other.VerifyAsync(content, _bed.Transfers, CancellationToken.None);
        if (knowsRanges)
            Assert.True(registry.Sent - before < content.Size * 3 / 4, $"{registry.Sent - before} bytes came anew");
    }

    [Fact]
    public async Task A_connection_that_breaks_is_said_and_costs_nothing()
    {
        StoredImage image = await _bed.BuildAsync("site:1", "hello", LargeBytes);
        await using ScriptedRegistry registry = await ScriptedRegistry.StartAsync(_bed.Store);
        registry.BreaksOff = true;
        registry.CutAfter = LargeBytes / 2;
        ImageStore other = _bed.NewStore("other");
        UaasException e = await Assert.ThrowsAsync<UaasException>(() => PullAsync(other, registry));
        Assert.Equal(Failure.Registry, e.Failure);
        Assert.Contains("the connection broke while the content came", e.Message, StringComparison.Ordinal);
        registry.CutAfter = long.MaxValue;
        Assert.Equal(image.Manifest, (await PullAsync(other, registry)).Manifest);
    }

    [Fact]
    public async Task What_an_interrupted_pull_left_damaged_is_fetched_anew()
    {
        StoredImage image = await _bed.BuildAsync("site:1", "hello", LargeBytes);
        await using ScriptedRegistry registry = await ScriptedRegistry.StartAsync(_bed.Store);
        ImageStore other = _bed.NewStore("other");
        Descriptor content = _bed.Store.Open(image.Manifest).Content!;
        await File.WriteAllBytesAsync(Path.Combine(other.Root, "parts", content.Digest.Hex), new byte[1000]);
        Assert.Equal(image.Manifest, (await PullAsync(other, registry)).Manifest);
        await other.VerifyAsync(content, _bed.Transfers, CancellationToken.None);
    }

    [Fact]
    public async Task A_token_is_fetched_where_one_is_asked_for()
    {
        StoredImage image = await _bed.BuildAsync("site:1");
        await using ScriptedRegistry registry = await ScriptedRegistry.StartAsync(_bed.Store);
        registry.Realm = $"http://{registry.Host}/token";
        Assert.Equal(image.Manifest, (await PullAsync(_bed.NewStore("other"), registry)).Manifest);
        Assert.Equal("GET /token?service=test%2C%20with%20a%20comma&scope=repository%3Asite%3Apull", registry.Requests.Single(request => request.Contains("/token", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("http://tokens.example.org/token")]
    [InlineData("file:///etc/passwd")]
    [InlineData("")]
    public async Task No_password_goes_where_others_could_read_it(string realm)
    {
        await _bed.BuildAsync("site:1");
        await using ScriptedRegistry registry = await ScriptedRegistry.StartAsync(_bed.Store);
        registry.Realm = realm;
        UaasException e = await Assert.ThrowsAsync<UaasException>(() => PullAsync(_bed.NewStore("other"), registry));
        Assert.Contains("is no place to send a password to", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "not the manifest of an OCI image")]
    [InlineData("[]", "cannot be used")]
    [InlineData("garbage", "cannot be used")]
    [InlineData("""{"schemaVersion":2,"config":{"mediaType":"a","digest":"sha256:1","size":1},"layers":[{}]}""", "its configuration's descriptor is wrong")]
    [InlineData("""{"schemaVersion":2,"config":{"mediaType":"a","digest":"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","size":99999999999},"layers":[{}]}""", "its configuration's descriptor is wrong")]
    [InlineData("""{"schemaVersion":2,"config":{"mediaType":"a","digest":"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","size":2},"layers":[{"size":-1}]}""", "layer 1 is wrong")]
    public void A_manifest_that_is_none_is_refused(string text, string expected) =>
        Assert.Contains(expected, Assert.Throws<UaasException>(() => ServiceImage.ReadManifest(System.Text.Encoding.UTF8.GetBytes(text))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("127.0.0.1:5000", true)]
    [InlineData("127.8.9.1", true)]
    [InlineData("localhost:5000", true)]
    [InlineData("[::1]:5000", true)]
    [InlineData("localhost.example.org", false)]
    [InlineData("10.0.0.1:5000", false)]
    [InlineData("registry.example.org", false)]
    public void Plain_HTTP_is_for_this_machine(string host, bool plain) => Assert.Equal(plain, RegistryConnection.IsThisMachine(host));

    private Task<StoredImage> PullAsync(ImageStore store, ScriptedRegistry registry) =>
        RegistryClient.PullAsync(store, ImageReference.Parse($"{registry.Host}/site:1"), new RegistryOptions(), _bed.Transfers, CancellationToken.None);
}
