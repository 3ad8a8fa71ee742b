// SPDX-License-Identifier: Apache-2.0

using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace Uaas.Host.Images.Registry;

/// <summary>What a registry asks for with its WWW-Authenticate field (RFC 9110, section 11.6.1).</summary>
/// <param name="Scheme">Basic or Bearer, in lower case.</param>
/// <param name="Parameters">Its parameters.</param>
internal sealed partial record Challenge(string Scheme, IReadOnlyDictionary<string, string> Parameters)
{
    /// <summary>The first challenge of a scheme that can be met; null for none.</summary>
    internal static Challenge? Find(HttpHeaderValueCollection<AuthenticationHeaderValue> fields)
    {
        foreach (AuthenticationHeaderValue field in fields)
        {
            string scheme = field.Scheme.ToLowerInvariant();
            if (scheme is "basic" or "bearer")
                return new Challenge(scheme, Parse(field.Parameter ?? ""));
        }
        return null;
    }

    internal static Dictionary<string, string> Parse(string text)
    {
        var parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (Match match in Pattern().Matches(text))
            parameters[match.Groups["name"].Value] = match.Groups["quoted"].Success ? match.Groups["quoted"].Value.Replace("\\", "", StringComparison.Ordinal) : match.Groups["token"].Value;
        return parameters;
    }

    [GeneratedRegex("""(?<name>[A-Za-z_-]+)\s*=\s*(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<token>[^\s,"]+))""", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Pattern();
}
