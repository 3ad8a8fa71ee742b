// SPDX-License-Identifier: Apache-2.0

using System.Net;
using System.Net.Http.Headers;
using Uaas.Host.Images.Oci;
using Uaas.Host.Images.Store;
using Uaas.Linux;

namespace Uaas.Host.Images.Registry;

/// <summary>Pushes images to and pulls them from a registry (OCI distribution specification 1.1).</summary>
public static class RegistryClient
{
    /// <summary>Fetches an image into the store. Every part is verified; what the store has is not fetched; what was interrupted goes on where it was.</summary>
    /// <returns>The image, under its name.</returns>
    /// <exception cref="UaasException">The registry does not give it, or gives something else.</exception>
    public static async Task<StoredImage> PullAsync(
        ImageStore store, ImageReference reference, RegistryOptions options, Transfers transfers, CancellationToken cancellation)
    {
        using var repository = new RemoteRepository(reference, mayPush: false, options);
        byte[] bytes = await repository.FetchManifestAsync(cancellation).ConfigureAwait(false);
        Descriptor manifest = Descriptor.Of(OciMediaTypes.Manifest, bytes);
        if (reference.Digest is { } expected && expected != manifest.Digest)
            throw new UaasException(Failure.Image, $"the manifest of {reference} has been altered: what came has the digest {manifest.Digest}");
        IReadOnlyList<Descriptor> parts = ServiceImage.ReadManifest(bytes);
        using StoreWriter writer = store.BeginWriting();
        writer.Add(manifest.MediaType, bytes);

        // The configuration first: of an image that is not for us, nothing large is fetched.
        await FetchAsync(parts[0]).ConfigureAwait(false);
        foreach (Descriptor layer in store.Open(manifest).Layers)
            await FetchAsync(layer).ConfigureAwait(false);
        writer.Publish(reference, manifest);
        return new StoredImage(reference, manifest);

        Task FetchAsync(Descriptor part) => writer.AddAsync(part, (from, token) => repository.OpenBlobAsync(part, from, token), transfers, cancellation);
    }

    /// <summary>Sends an image to a registry. What the registry has is not sent.</summary>
    /// <exception cref="UaasException">A part is damaged, or the registry does not take it.</exception>
    public static async Task PushAsync(
        ImageStore store, Descriptor manifest, ImageReference destination, RegistryOptions options, Transfers transfers, CancellationToken cancellation)
    {
        ServiceImage image = store.Open(manifest);
        using var repository = new RemoteRepository(destination, mayPush: true, options);
        foreach (Descriptor part in image.Layers.Prepend(image.ConfigurationBlob).DistinctBy(part => part.Digest))
        {
            if (await repository.HasBlobAsync(part, cancellation).ConfigureAwait(false))
                continue;
            await store.VerifyAsync(part, transfers, cancellation).ConfigureAwait(false);
            Transfer transfer = transfers.Begin($"{part.Title} {part.Digest.Short}", part.Size);
            await repository.UploadAsync(part, store.PathOf(part), transfer, cancellation).ConfigureAwait(false);
        }
        await repository.PutManifestAsync(store.ReadDocument(manifest), cancellation).ConfigureAwait(false);
    }
}

/// <summary>One repository of a registry.</summary>
internal sealed class RemoteRepository : IDisposable
{
    /// <summary>Larger parts are sent in pieces of this size, so that each can be tried again by itself.</summary>
    internal const int ChunkSize = 16 << 20;

    private const int Tries = 3;

    private static readonly TimeSpan PauseBetweenTries = TimeSpan.FromSeconds(1);

    private readonly RegistryConnection _connection;
    private readonly ImageReference _reference;

    internal RemoteRepository(ImageReference reference, bool mayPush, RegistryOptions options)
    {
        if (reference.Registry is not { } host)
            throw new UaasException(Failure.Usage, $"{reference} names no registry", $"put its host before the name: localhost:5000/{reference}");
        _reference = reference;
        _connection = new RegistryConnection(host, reference.Repository, mayPush, options);
    }

    public void Dispose() => _connection.Dispose();

    internal async Task<byte[]> FetchManifestAsync(CancellationToken cancellation)
    {
        using HttpResponseMessage response = await _connection.SendAsync(() =>
        {
            var request = new HttpRequestMessage(HttpMethod.Get, At($"manifests/{_reference.RemoteName}"));
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(OciMediaTypes.Manifest));
            return request;
        }, cancellation).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw await _connection.ExplainAsync(response, $"image {_reference.Repository}:{_reference.RemoteName}", cancellation).ConfigureAwait(false);
        if (response.Content.Headers.ContentType?.MediaType is { } type and not OciMediaTypes.Manifest)
            throw new UaasException(Failure.Image, $"{_reference} is not an image of ours, but of type {type}");
        return await _connection.ReadAtMostAsync(response, Descriptor.MaxDocumentSize, cancellation).ConfigureAwait(false);
    }

    /// <summary>The bytes of a part from an offset on.</summary>
    internal async Task<Stream> OpenBlobAsync(Descriptor part, long from, CancellationToken cancellation)
    {
        HttpResponseMessage response = await _connection.SendAsync(() =>
        {
            var request = new HttpRequestMessage(HttpMethod.Get, At($"blobs/{part.Digest}"));
            if (from > 0)
                request.Headers.Range = new RangeHeaderValue(from, null);
            return request;
        }, cancellation).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
        {
            using (response)
                throw await _connection.ExplainAsync(response, $"{part.Title} {part.Digest}", cancellation).ConfigureAwait(false);
        }
        Stream body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var guarded = new GuardedBody(response, body, part.Title);
        if (from > 0 && response.StatusCode != HttpStatusCode.PartialContent)
            await guarded.SkipAsync(from, cancellation).ConfigureAwait(false);
        return guarded;
    }

    internal async Task<bool> HasBlobAsync(Descriptor part, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await _connection.SendAsync(() => new HttpRequestMessage(HttpMethod.Head, At($"blobs/{part.Digest}")), cancellation).ConfigureAwait(false);
        return response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.NotFound ? response.IsSuccessStatusCode
            : throw await _connection.ExplainAsync(response, $"{part.Title} {part.Digest}", cancellation).ConfigureAwait(false);
    }

    /// <summary>Sends a part: in one piece if it is small ("POST then PUT"), else in several ("Pushing a blob in chunks").</summary>
    internal async Task UploadAsync(Descriptor part, string path, Transfer transfer, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                transfer.Set(0);
                await UploadOnceAsync(part, path, transfer, cancellation).ConfigureAwait(false);
                return;
            }
            catch (UaasException e) when (e.InnerException is HttpRequestException && attempt < Tries)
            {
                await Task.Delay(PauseBetweenTries * attempt, cancellation).ConfigureAwait(false);
            }
        }
    }

    internal async Task PutManifestAsync(byte[] bytes, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await _connection.SendAsync(() => new HttpRequestMessage(HttpMethod.Put, At($"manifests/{_reference.RemoteName}"))
        {
            Content = new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue(OciMediaTypes.Manifest) } },
        }, cancellation).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw await _connection.ExplainAsync(response, $"manifest of {_reference}", cancellation).ConfigureAwait(false);
    }

    private Uri At(string path) => new(_connection.Root, path);

    private async Task UploadOnceAsync(Descriptor part, string path, Transfer transfer, CancellationToken cancellation)
    {
        Uri place = await SendPieceAsync(HttpMethod.Post, At("blobs/uploads/"), path, 0, 0, transfer, part, cancellation).ConfigureAwait(false);
        long sent = 0;
        while (part.Size - sent > ChunkSize)
        {
            place = await SendPieceAsync(HttpMethod.Patch, place, path, sent, ChunkSize, transfer, part, cancellation).ConfigureAwait(false);
            sent += ChunkSize;
        }
        string separator = place.Query.Length > 0 ? "&" : "?";
        var end = new Uri($"{place.AbsoluteUri}{separator}digest={Uri.EscapeDataString(part.Digest.ToString())}");
        await SendPieceAsync(HttpMethod.Put, end, path, sent, part.Size - sent, transfer, part, cancellation).ConfigureAwait(false);
    }

    /// <summary>Sends some bytes of a file; returns where to send the next.</summary>
    private async Task<Uri> SendPieceAsync(
        HttpMethod method, Uri place, string path, long from, long count, Transfer transfer, Descriptor part, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await _connection.SendAsync(() =>
        {
            var content = new FileContent(path, from, count, transfer);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            if (method == HttpMethod.Patch)
                content.Headers.TryAddWithoutValidation("Content-Range", $"{from}-{from + count - 1}");
            return new HttpRequestMessage(method, place) { Content = content };
        }, cancellation).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw await _connection.ExplainAsync(response, $"{part.Title} {part.Digest}", cancellation).ConfigureAwait(false);
        return response.Headers.Location is { } location ? new Uri(place, location) : place;
    }
}
