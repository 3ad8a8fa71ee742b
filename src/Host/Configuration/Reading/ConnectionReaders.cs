// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using Uaas.Configuration.Yaml;

namespace Uaas.Configuration.Reading;

/// <summary>Reads a service's routes: a text like <c>/img</c> or <c>example.org/img</c>, a mapping, or a list of both.</summary>
internal static class RouteReader
{
    private const int MaxRoutes = 1000;

    internal static List<Placed<Route>> Read(KeyReader keys)
    {
        List<Placed<Route>> routes = [];
        YamlTree? node = keys.Find("route");
        IReadOnlyList<YamlTree> items = node is YamlList list ? list.Items : node is null or YamlText { Value: "none" } ? [] : [node];
        if (items.Count > MaxRoutes)
            keys.Refuse("route", $"{keys.PathOf("route")} has {items.Count} entries: there may be {MaxRoutes}");
        foreach (YamlTree item in items.Take(MaxRoutes))
        {
            Route? route = item is YamlText text ? FromText(keys, text) : KeyReader.Of(item, keys.PathOf("route"), keys.Errors) is { } mapping ? FromMapping(mapping) : null;
            if (route is not null)
                routes.Add(new Placed<Route>(route, item.Place));
        }
        return routes;
    }

    private static Route? FromText(KeyReader keys, YamlText text)
    {
        int slash = text.Value.IndexOf('/', StringComparison.Ordinal);
        string? host = slash == 0 ? null : Values.Host(slash < 0 ? text.Value : text.Value[..slash]);
        string? path = slash < 0 ? "/" : Values.RoutePath(text.Value[slash..]);
        if (path is not null && (slash == 0 || host is not null))
            return new Route { Host = host, Path = path };
        keys.Errors.Add(text.Place, keys.PathOf("route"), $"{keys.PathOf("route")} has to be a path like /img, a host like example.org, or both like example.org/img, not '{KeyReader.Shorten(text.Value)}'");
        return null;
    }

    private static Route FromMapping(KeyReader keys)
    {
        string? host = keys.Text("host");
        string path = keys.Text("path") ?? "/";
        Route route = new()
        {
            Host = host is null ? null : Values.Host(host),
            Path = Values.RoutePath(path) ?? "/",
            Strip = keys.Truth("strip") ?? false,
            Extensions = [.. keys.Texts("extensions").Select(item => Extension(keys, item)).OfType<string>().Distinct().Order(StringComparer.Ordinal)],
        };
        if (host is not null && route.Host is null)
            keys.Refuse("host", $"{keys.PathOf("host")} has to be a host like example.org or *.example.org, not '{KeyReader.Shorten(host)}'");
        if (Values.RoutePath(path) is null)
            keys.Refuse("path", $"{keys.PathOf("path")} has to be a path like /img, without pattern or query, not '{KeyReader.Shorten(path)}'");
        keys.Finish();
        return route;
    }

    private static string? Extension(KeyReader keys, YamlText item)
    {
        string extension = item.Value.TrimStart('.').ToLowerInvariant();
        if (extension.Length is >= 1 and <= 16 && extension.All(char.IsAsciiLetterOrDigit))
            return extension;
        keys.Errors.Add(item.Place, keys.PathOf("extensions"), $"{keys.PathOf("extensions")}: '{KeyReader.Shorten(item.Value)}' has to be an extension like jpg");
        return null;
    }
}

/// <summary>Reads a service's ports: <c>{http: 80, rtmp: 1935}</c>.</summary>
internal static class PortReader
{
    private const string PortForm = "a port from 1 to 65535";

    internal static (ServicePorts Ports, List<Placed<TcpPort>> Tcp) Read(KeyReader keys)
    {
        List<Placed<TcpPort>> tcp = [];
        KeyReader? ports = keys.Mapping("ports");
        int? http = 80;
        foreach (YamlEntry entry in ports?.All() ?? [])
        {
            if (entry.Key == "http")
                http = entry.Value is YamlText { Value: "none" } ? null : ports!.Value("http", "the guest's port, or none", Values.Port);
            else if (ReadTcp(ports!, entry) is { } port)
                tcp.Add(new Placed<TcpPort>(port, entry.Place));
        }
        return (new ServicePorts { Http = http, Tcp = [.. tcp.Select(static port => port.Value)] }, tcp);
    }

    private static TcpPort? ReadTcp(KeyReader ports, YamlEntry entry)
    {
        if (!Values.IsName(entry.Key))
        {
            ports.Errors.Add(entry.Place, ports.PathOf(entry.Key), $"{ports.PathOf(entry.Key)}: ports are named by lower-case letters, digits and '-'");
            return null;
        }
        if (entry.Value is not YamlMapping)
            return ports.Value(entry.Key, PortForm, Values.Port) is { } both ? new TcpPort(entry.Key, both, both) : null;
        KeyReader mapping = ports.Mapping(entry.Key)!;
        int? listen = mapping.Value("listen", PortForm, Values.Port);
        int? port = mapping.Value("port", PortForm, Values.Port);
        mapping.Finish();
        if (listen is null && !mapping.Has("listen"))
            ports.Errors.Add(entry.Place, mapping.Path, $"{mapping.Path} needs 'listen', the node's port");
        return listen is { } l ? new TcpPort(entry.Key, l, port ?? l) : null;
    }
}

/// <summary>Reads a service's links: <c>{9000: img}</c> or <c>{9000: img:8080}</c>.</summary>
internal static class LinkReader
{
    internal static List<Placed<LinkDraft>> Read(KeyReader keys)
    {
        List<Placed<LinkDraft>> links = [];
        KeyReader? mapping = keys.Mapping("links");
        foreach (YamlEntry entry in mapping?.All() ?? [])
        {
            string path = mapping!.PathOf(entry.Key);
            int? port = Values.Port(entry.Key);
            string[] target = mapping.TextOf(entry.Value, path)?.Split(':') ?? [];
            if (port is null)
                keys.Errors.Add(entry.Place, path, $"{path}: a link begins with the port that the guest connects to, like 9000: img");
            else if (links.Exists(link => link.Value.Port == port))
                keys.Errors.Add(entry.Place, path, $"port {port} is linked twice");
            else if (target.Length > 2 || (target.Length == 2 && Values.Port(target[1]) is null))
                keys.Errors.Add(entry.Value.Place, path, $"{path} has to be a service, or one with its port like img:8080");
            else if (target.Length != 0)
                links.Add(new Placed<LinkDraft>(new LinkDraft(port.Value, target[0], target.Length == 2 ? Values.Port(target[1]) : null), entry.Value.Place));
        }
        return links;
    }
}
