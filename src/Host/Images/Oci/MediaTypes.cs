// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Host.Images.Oci;

/// <summary>Media types of an image's parts.</summary>
public static class OciMediaTypes
{
    /// <summary>An index: a list of manifests.</summary>
    public const string Index = "application/vnd.oci.image.index.v1+json";

    /// <summary>A manifest: what an image is made of.</summary>
    public const string Manifest = "application/vnd.oci.image.manifest.v1+json";

    /// <summary>An image's configuration. It is OCI's own, so that other tools show what they understand of it.</summary>
    public const string Configuration = "application/vnd.oci.image.config.v1+json";

    /// <summary>Packed content, as <c>docs/content-format.md</c> describes it: a block device's bytes.</summary>
    public const string Content = "application/vnd.uaas.content.v1";

    private const string KernelPrefix = "application/vnd.uaas.kernel.";
    private const string KernelSuffix = ".v1";
    private const int MaxKindLength = 16;

    /// <summary>The type of a kernel of a kind (spt, hvt, pvh …).</summary>
    public static string Kernel(string kind) => KernelPrefix + kind + KernelSuffix;

    /// <summary>The kind of a kernel by its type; null where it is no kernel's.</summary>
    internal static string? KernelKind(string mediaType)
    {
        if (!mediaType.StartsWith(KernelPrefix, StringComparison.Ordinal) || !mediaType.EndsWith(KernelSuffix, StringComparison.Ordinal))
            return null;
        int length = mediaType.Length - KernelPrefix.Length - KernelSuffix.Length;
        if (length is < 1 or > MaxKindLength)
            return null;
        string kind = mediaType.Substring(KernelPrefix.Length, length);
        return kind.All(char.IsAsciiLetterOrDigit) ? kind : null;
    }
}
