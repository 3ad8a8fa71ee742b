// SPDX-License-Identifier: Apache-2.0

using System.Text.RegularExpressions;
using Uaas.Linux;

namespace Uaas.Host.Images.Oci;

/// <summary>
/// The name of an image: <c>[HOST[:PORT]/]NAME[/NAME…][:TAG][@sha256:…]</c> (OCI distribution specification, "Pulling manifests"). The first part is
/// a host if it has a dot or a colon in it or is <c>localhost</c>.
/// </summary>
public sealed partial record ImageReference
{
    /// <summary>The tag of a name that has none.</summary>
    public const string DefaultTag = "latest";

    private const int MaxLength = 512;

    private ImageReference(string? registry, string repository, string? tag, Digest? digest)
    {
        Registry = registry;
        Repository = repository;
        Tag = tag;
        Digest = digest;
    }

    /// <summary>Host, and port if given, of the registry; null for a name of this machine only.</summary>
    public string? Registry { get; }

    /// <summary>The name within the registry.</summary>
    public string Repository { get; }

    /// <summary>The tag; null only where there is a digest.</summary>
    public string? Tag { get; }

    /// <summary>The manifest's digest, if it is named by one.</summary>
    public Digest? Digest { get; }

    /// <summary>What the registry's interface calls this image: its digest if it has one, else its tag.</summary>
    internal string RemoteName => Digest?.ToString() ?? Tag!;

    /// <summary>Reads a name.</summary>
    /// <exception cref="UaasException">It is none.</exception>
    public static ImageReference Parse(string text) => TryParse(text) ?? throw new UaasException(Failure.Usage,
        $"'{text}' cannot name an image", "a name is of lowercase letters, digits and . _ - /, with an optional host before it and :TAG after it: localhost:5000/site:1");

    /// <summary>Reads a name; null where it is none.</summary>
    public static ImageReference? TryParse(string text)
    {
        if (text.Length > MaxLength || Pattern().Match(text) is not { Success: true } match)
            return null;
        Digest? digest = null;
        if (match.Groups["digest"] is { Success: true } given && (digest = Digest.Parse(given.Value)) is null)
            return null;
        string? tag = match.Groups["tag"] is { Success: true } named ? named.Value : digest is null ? DefaultTag : null;
        string? registry = match.Groups["host"] is { Success: true } host ? host.Value : null;
        return new ImageReference(registry, match.Groups["name"].Value, tag, digest);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        (Registry is null ? "" : Registry + "/") + Repository + (Tag is null ? "" : ":" + Tag) + (Digest is null ? "" : "@" + Digest);

    [GeneratedRegex("""
        ^(?:(?<host>localhost(?::[0-9]{1,5})?|[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)+(?::[0-9]{1,5})?|[a-zA-Z0-9-]+:[0-9]{1,5}|\[[0-9a-fA-F:]+\](?::[0-9]{1,5})?)/)?
        (?<name>[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*)
        (?::(?<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?
        (?:@(?<digest>[a-z0-9]+:[0-9a-f]+))?\z
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
