// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Host.Images.Oci;

/// <summary>A part of an image: what it is, and what bytes it has to be.</summary>
/// <param name="MediaType">What it is.</param>
/// <param name="Digest">The digest of its bytes.</param>
/// <param name="Size">How many bytes.</param>
public sealed record Descriptor(string MediaType, Digest Digest, long Size)
{
    /// <summary>The largest part of an image, in bytes.</summary>
    public const long MaxSize = 1L << 40;

    /// <summary>The largest manifest, configuration or index, in bytes: each is read as a whole.</summary>
    public const int MaxDocumentSize = 4 << 20;

    /// <summary>What people are told that it is.</summary>
    public string Title => MediaType switch
    {
        OciMediaTypes.Manifest => "manifest",
        OciMediaTypes.Configuration => "configuration",
        OciMediaTypes.Content => "content",
        _ when OciMediaTypes.KernelKind(MediaType) is { } kind => $"{kind} kernel",
        _ => "layer",
    };

    /// <summary>The descriptor of a document.</summary>
    internal static Descriptor Of(string mediaType, ReadOnlySpan<byte> bytes) => new(mediaType, Digest.Of(bytes), bytes.Length);

    internal static Descriptor? From(DescriptorJson? json, long maxSize) =>
        json is { MediaType.Length: > 0 and < 256, Size: >= 0 } && json.Size <= maxSize && Digest.Parse(json.Digest) is { } digest
            ? new Descriptor(json.MediaType, digest, json.Size) : null;

    internal DescriptorJson ToJson(SortedDictionary<string, string>? annotations = null) => new(MediaType, Digest.ToString(), Size, annotations);
}
