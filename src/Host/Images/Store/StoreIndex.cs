// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Uaas.Host.Images.Oci;
using Uaas.Linux;

namespace Uaas.Host.Images.Store;

/// <summary>The list of a layout's images by name (OCI image specification, "index.json"). It is replaced as a whole, so that readers need no lock.</summary>
internal sealed class StoreIndex(string root, string lockFile)
{
    internal const string NameAnnotation = "org.opencontainers.image.ref.name";
    internal const string IndexFile = "index.json";
    internal const string LayoutFile = "oci-layout";

    private const string LayoutVersion = "1.0.0";

    private string Path => System.IO.Path.Combine(root, IndexFile);

    internal IReadOnlyList<StoredImage> Read()
    {
        try
        {
            return Parse(File.ReadAllBytes(Path), Path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
    }

    internal void Put(StoredImage image) => Change(images => [.. images.Where(other => other.Reference != image.Reference), image]);

    internal void Remove(StoredImage image, bool isLastAllowed) => Change(images =>
    {
        List<StoredImage> left = [.. images.Where(other => other.Reference != image.Reference)];
        if (!isLastAllowed && left.All(other => other.Manifest.Digest != image.Manifest.Digest))
            throw new UaasException(Failure.InUse, $"{image.Reference} is in use: uaas run, or a service of uaas up, has it", "stop that first, or take the service out of uaas.yaml and apply it");
        return left;
    });

    /// <summary>The images that an index lists; what has no name of an image is passed over.</summary>
    internal static IReadOnlyList<StoredImage> Parse(byte[] bytes, string place)
    {
        try
        {
            IndexJson? json = JsonSerializer.Deserialize(bytes, OciJson.Default.IndexJson);
            if (json is not { SchemaVersion: 2 })
                throw new JsonException("it is no OCI index of version 2");
            return [.. (json.Manifests ?? []).Select(ToImage).OfType<StoredImage>()];
        }
        catch (JsonException e)
        {
            throw new UaasException(Failure.Image, $"{place} cannot be read: {e.Message}", null, e);
        }
    }

    internal static byte[] Serialize(IEnumerable<StoredImage> images)
    {
        IEnumerable<DescriptorJson> manifests = images.OrderBy(image => image.Reference.ToString(), StringComparer.Ordinal).Select(image =>
            image.Manifest.ToJson(new(StringComparer.Ordinal) { [NameAnnotation] = image.Reference.ToString() }));
        return JsonSerializer.SerializeToUtf8Bytes(new IndexJson(2, OciMediaTypes.Index, [.. manifests]), OciJson.Default.IndexJson);
    }

    internal static byte[] Layout() => JsonSerializer.SerializeToUtf8Bytes(new LayoutJson(LayoutVersion), OciJson.Default.LayoutJson);

    private static StoredImage? ToImage(DescriptorJson json)
    {
        string? name = null;
        json.Annotations?.TryGetValue(NameAnnotation, out name);
        return Descriptor.From(json, Descriptor.MaxDocumentSize) is { MediaType: OciMediaTypes.Manifest } manifest && name is not null
            && ImageReference.TryParse(name) is { } reference ? new StoredImage(reference, manifest) : null;
    }

    private void Change(Func<IReadOnlyList<StoredImage>, IReadOnlyList<StoredImage>> change) => StoreErrors.Explain(root, () =>
    {
        using var only = FileLock.TakeExclusive(lockFile);
        Replace(System.IO.Path.Combine(root, LayoutFile), Layout());
        Replace(Path, Serialize(change(Read())));
    });

    private static void Replace(string path, byte[] bytes)
    {
        string temporary = path + ".new";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
    }
}
