// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;

namespace Uaas.Front;

/// <summary>Which requests go to which service.</summary>
/// <param name="Service">The service.</param>
/// <param name="Host">The host in lower case, one like <c>*.example.org</c>, or <c>*</c> for every host.</param>
/// <param name="Path">The prefix of the path; it matches whole segments.</param>
/// <param name="Strip">Whether the prefix is taken off.</param>
/// <param name="Extensions">Extensions that the path must have one of; empty for every path.</param>
/// <param name="OnlyHttps">Whether plain HTTP is sent on to HTTPS.</param>
internal sealed record FrontRoute(string Service, string Host, string Path, bool Strip, IReadOnlyList<string> Extensions, bool OnlyHttps = false);

/// <summary>All routes. A named host goes before one with a wildcard, and that before every host; then the longest path, then one with extensions.</summary>
internal sealed class RouteTable
{
    private readonly Dictionary<(string Host, string Path), FrontRoute[]> _routes;

    /// <param name="routes">The routes.</param>
    internal RouteTable(IEnumerable<FrontRoute> routes)
    {
        _routes = routes.GroupBy(route => (route.Host, Trim(route.Path)))
            .ToDictionary(group => group.Key, group => group.OrderByDescending(route => route.Extensions.Count > 0).ToArray());
    }

    internal static RouteTable Empty { get; } = new([]);

    /// <summary>The route of a request; null where there is none. The cost grows with the length of the path alone.</summary>
    internal FrontRoute? Find(string host, string path)
    {
        host = host.ToLowerInvariant();
        if (FindOn(host, path) is { } named)
            return named;
        for (int dot = host.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = host.IndexOf('.', dot + 1))
        {
            if (FindOn("*" + host[dot..], path) is { } wild)
                return wild;
        }
        return FindOn("*", path);
    }

    private FrontRoute? FindOn(string host, string path)
    {
        string prefix = Trim(path);
        while (true)
        {
            if (_routes.TryGetValue((host, prefix), out FrontRoute[]? routes) && routes.FirstOrDefault(route => Takes(route, path)) is { } found)
                return found;
            if (prefix.Length == 0)
                return null;
            prefix = prefix[..prefix.LastIndexOf('/')];
        }
    }

    private static bool Takes(FrontRoute route, string path)
    {
        if (route.Extensions.Count == 0)
            return true;
        int dot = path.LastIndexOf('.');
        return dot > path.LastIndexOf('/') && route.Extensions.Contains(path[(dot + 1)..].ToLowerInvariant());
    }

    private static string Trim(string path) => path.TrimEnd('/');
}
