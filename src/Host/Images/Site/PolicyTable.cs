// SPDX-License-Identifier: Apache-2.0

using System.Globalization;

namespace Uaas.Host.Images.Site;

/// <summary>What all the rules that match a path say together.</summary>
internal sealed class Policy
{
    internal bool Listing { get; set; }

    internal IReadOnlyList<string> Fallback { get; set; } = [];

    internal string? CacheControl { get; set; }

    internal TimeSpan? Expires { get; set; }

    internal SortedDictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    internal CorsRule? Cors { get; set; }

    /// <summary>The first rule's line, for messages.</summary>
    internal int Line { get; set; }

    /// <summary>The fields of every response, each with its CRLF.</summary>
    internal string HeaderBlock()
    {
        List<string> lines = [];
        string? cacheControl = CacheControl ?? (Expires is { } expires ? string.Create(CultureInfo.InvariantCulture, $"max-age={(long)expires.TotalSeconds}") : null);
        if (cacheControl is not null)
        {
            lines.Add($"Cache-Control: {cacheControl}");
        }

        lines.AddRange(Headers.Select(static header => $"{header.Key}: {header.Value}"));
        if (Cors is { } cors)
        {
            lines.Add(cors.Origins.Contains("*") ? "Access-Control-Allow-Origin: *" : "Vary: Origin");
            if (cors.ExposeHeaders.Count != 0)
            {
                lines.Add($"Access-Control-Expose-Headers: {string.Join(", ", cors.ExposeHeaders)}");
            }
        }

        return Join(lines);
    }

    /// <summary>The fields that the answer to a preflight request has besides.</summary>
    internal string PreflightBlock()
    {
        if (Cors is not { } cors)
        {
            return "";
        }

        List<string> lines = ["Access-Control-Allow-Methods: GET, HEAD, OPTIONS"];
        if (cors.AllowHeaders.Count != 0)
        {
            lines.Add($"Access-Control-Allow-Headers: {string.Join(", ", cors.AllowHeaders)}");
        }

        if (cors.MaxAge is { } age)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"Access-Control-Max-Age: {(long)age.TotalSeconds}"));
        }

        return Join(lines);
    }

    private static string Join(IEnumerable<string> lines) => string.Concat(lines.Select(static line => line + "\r\n"));
}

/// <summary>
/// Works out, at packing, which rules hold for each path, so that the guest matches no pattern: paths for which the same rules hold share a policy.
/// </summary>
internal sealed class PolicyTable(SiteConfiguration site)
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<Policy> _policies = [];

    /// <summary>The policies by number.</summary>
    internal IReadOnlyList<Policy> Policies => _policies;

    /// <summary>The number of the policy of a path, with its leading slash, and a trailing one if it is a directory's.</summary>
    internal int NumberOf(string path)
    {
        bool[] matches = [.. site.Rules.Select(rule => rule.Paths.Count == 0 || rule.Paths.Any(pattern => pattern.Matches(path)))];
        string key = string.Concat(matches.Select(static match => match ? '1' : '0'));
        if (!_numbers.TryGetValue(key, out int number))
        {
            number = _policies.Count;
            _numbers.Add(key, number);
            _policies.Add(Merge(site.Rules.Where((_, i) => matches[i])));
        }

        return number;
    }

    /// <summary>The policy of a path.</summary>
    internal Policy Of(string path) => _policies[NumberOf(path)];

    private static Policy Merge(IEnumerable<SiteRule> rules)
    {
        Policy policy = new();
        foreach (SiteRule rule in rules)
        {
            policy.Line = rule.Line;
            policy.Listing = rule.Listing ?? policy.Listing;
            policy.Fallback = rule.Fallback ?? policy.Fallback;
            policy.CacheControl = rule.CacheControl ?? policy.CacheControl;
            policy.Expires = rule.Expires ?? policy.Expires;
            policy.Cors = rule.Cors ?? policy.Cors;
            foreach ((string name, string value) in rule.Headers)
            {
                policy.Headers.Remove(name);
                if (value.Length != 0)
                {
                    policy.Headers.Add(name, value);
                }
            }
        }

        return policy;
    }
}
