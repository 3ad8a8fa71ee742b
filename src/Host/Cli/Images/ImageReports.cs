// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.Linq;
using Uaas.Host.Images.Oci;
using Uaas.Host.Images.Store;

namespace Uaas.Cli.Images;

/// <summary>An image in a list.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Digest">Digest of its manifest.</param>
/// <param name="Service">Its service; null where it is damaged.</param>
/// <param name="Kinds">The kinds of kernels in it.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Problem">What is wrong with it; null for nothing.</param>
internal sealed record ImageLine(string Name, string Digest, string? Service, IReadOnlyList<string> Kinds, long Bytes, string? Problem);

/// <summary>A layer of an image.</summary>
/// <param name="What">What it is, in words.</param>
/// <param name="MediaType">Its type.</param>
/// <param name="Digest">Its digest.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Present">Whether it is in the store.</param>
internal sealed record LayerReport(string What, string MediaType, string Digest, long Bytes, bool Present);

/// <summary>An image in all its parts.</summary>
internal sealed record ImageReport(
    IReadOnlyList<string> Names, string Digest, string Service, int MemoryMebibytes, IReadOnlyList<string> Networks, IReadOnlyList<string> Blocks,
    IReadOnlyList<string> Ports, IReadOnlyList<string> Arguments, long Bytes, IReadOnlyList<LayerReport> Layers)
{
    internal static ImageReport Of(ImageStore store, StoredImage stored)
    {
        ServiceImage image = store.Open(stored.Manifest);
        ImageConfiguration configuration = image.Configuration;
        string[] names = [.. store.List().Where(other => other.Manifest.Digest == stored.Manifest.Digest).Select(other => other.Reference.ToString())];
        string[] ports = ["http:80", .. configuration.Ports.Select(port => $"{port.Scheme}:{port.Port}")];
        LayerReport[] layers = [.. image.Layers.Select(layer => new LayerReport(layer.Title, layer.MediaType, layer.Digest.ToString(), layer.Size, store.Has(layer)))];
        return new ImageReport(names, stored.Manifest.Digest.ToString(), configuration.Service, configuration.MemoryMebibytes, configuration.Networks, configuration.Blocks,
            ports, configuration.Arguments, image.Size, layers);
    }
}
