// SPDX-License-Identifier: Apache-2.0

using System;
using System.Text.RegularExpressions;

namespace Uaas.Configuration.Reading;

/// <summary>References to images in a store or registry: <c>[host[:port]/]path[:tag][@sha256:digest]</c> (the OCI distribution specification, "Pulling manifests").</summary>
internal static partial class ImageReference
{
    private const int MaxLength = 512;

    /// <summary>Whether a text is a reference. It must have a tag, a digest, or a registry before it: a bare word is a mistyped built-in image.</summary>
    internal static bool IsValid(string text) => text.Length <= MaxLength && Grammar().IsMatch(text) && text.AsSpan().ContainsAny('/', ':', '@');

    [GeneratedRegex(@"^([a-zA-Z0-9.-]{1,253}(:[0-9]{1,5})?/)?[a-z0-9]+([._-][a-z0-9]+|__[a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+|__[a-z0-9]+)*)*(:[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?\z", RegexOptions.NonBacktracking)]
    private static partial Regex Grammar();
}
