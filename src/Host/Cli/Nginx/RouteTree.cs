// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using Uaas.Configuration;

namespace Uaas.Cli.Nginx;

/// <summary>A route, and whose it is.</summary>
/// <param name="Service">The service's name.</param>
/// <param name="Route">The route.</param>
internal sealed record ServiceRoute(string Service, Route Route)
{
    /// <summary>The path without a slash at its end: "" for all paths.</summary>
    internal string Prefix => Route.Path.TrimEnd('/');

    internal bool Covers(string prefix) => Prefix.Length == 0 || prefix == Prefix || prefix.StartsWith(Prefix + "/", StringComparison.Ordinal);
}

/// <summary>Where the requests go whose longest prefix is this one: to the first route that takes their extension; the last takes all, or there is none.</summary>
/// <param name="Prefix">The prefix, without a slash at its end.</param>
/// <param name="Routes">The routes in the order in which they are asked.</param>
internal sealed record RouteLocation(string Prefix, IReadOnlyList<ServiceRoute> Routes);

/// <summary>What one host's requests meet.</summary>
/// <param name="Host">The host, one like <c>*.example.org</c>, or null for all others.</param>
/// <param name="Locations">By prefix; there is one for "".</param>
internal sealed record RouteServer(string? Host, IReadOnlyList<RouteLocation> Locations);

/// <summary>
/// Turns routes into the form of nginx, which first chooses a server by host and then a location by the longest prefix. With us a named host goes before a
/// wildcard and that before every host, whatever the paths: so each server has all routes that its host may meet, and each location the order among them.
/// </summary>
internal static class RouteTree
{
    /// <summary>The servers: that for every host first.</summary>
    internal static IReadOnlyList<RouteServer> Build(IEnumerable<ServiceDefinition> services)
    {
        ServiceRoute[] routes = [.. services.SelectMany(service => service.Routes.Select(route => new ServiceRoute(service.Name, route)))];
        IEnumerable<string?> hosts = routes.Select(route => route.Route.Host).Where(host => host is not null).Distinct().Order(StringComparer.Ordinal).Prepend(null);
        return [.. hosts.Select(host => BuildServer(host, routes))];
    }

    private static RouteServer BuildServer(string? host, ServiceRoute[] all)
    {
        ServiceRoute[] met = [.. all.Where(route => Meets(host, route.Route.Host))];
        IEnumerable<string> prefixes = met.Select(route => route.Prefix).Append("").Distinct().Order(StringComparer.Ordinal);
        return new RouteServer(host, [.. prefixes.Select(prefix => new RouteLocation(prefix, Order(met.Where(route => route.Covers(prefix)))))]);
    }

    /// <summary>Whether requests for <paramref name="host"/> may go to a route for <paramref name="other"/>.</summary>
    private static bool Meets(string? host, string? other) =>
        other is null || other == host || (host is not null && other.StartsWith('*') && host.TrimStart('*').EndsWith(other[1..], StringComparison.Ordinal));

    private static List<ServiceRoute> Order(IEnumerable<ServiceRoute> routes)
    {
        var result = new List<ServiceRoute>();
        foreach (ServiceRoute route in routes.OrderByDescending(route => Precision(route.Route.Host)).ThenByDescending(route => route.Prefix.Length).ThenByDescending(route => route.Route.Extensions.Count > 0))
        {
            result.Add(route);
            if (route.Route.Extensions.Count == 0)
                break;
        }
        return result;
    }

    /// <summary>A named host before a wildcard, the longer wildcard before the shorter, and all before every host.</summary>
    private static int Precision(string? host) => host is null ? 0 : host.StartsWith('*') ? host.Length : int.MaxValue;
}
