// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using Uaas.Configuration.Yaml;

namespace Uaas.Configuration.Reading;

/// <summary>Checks services against each other.</summary>
internal static class DeploymentChecks
{
    internal static void Check(List<ServiceDraft> drafts, ErrorList errors)
    {
        Dictionary<string, ServiceDraft> byName = drafts.ToDictionary(static draft => draft.Name, StringComparer.Ordinal);
        RefuseSharedRoutes(drafts, errors);
        RefuseSharedPorts(drafts, errors);
        foreach (ServiceDraft draft in drafts)
        {
            if (draft is { Definition.Ports.Http: null, Routes.Count: > 0 })
                draft.Keys.Refuse("route", $"{draft.Keys.PathOf("route")}: a service with 'http: none' cannot have a route");
            foreach (Placed<LinkDraft> link in draft.Links)
                CheckLink(draft, link, byName, errors);
        }
        RefuseCircles(drafts, byName, errors);
    }

    /// <summary>Whether what is asked for can be had within the namespace's limits.</summary>
    internal static void CheckLimits(Deployment deployment, List<ServiceDraft> drafts, KeyReader keys)
    {
        NamespaceLimits limits = deployment.Limits;
        foreach (ServiceDraft draft in drafts)
        {
            ResourceSettings resources = draft.Definition.Resources;
            if (resources.ReservedMemoryBytes > limits.MemoryBytes || resources.ReservedCpuMillicores > limits.CpuMillicores)
                draft.Keys.Refuse("resources", $"{draft.Keys.PathOf("resources")}: one instance is more than limits allow for all");
        }
        long instances = deployment.Services.Sum(static service => (long)service.Scale.Min);
        decimal memory = deployment.Services.Sum(static service => (decimal)service.Scale.Min * service.Resources.ReservedMemoryBytes);
        long cpu = deployment.Services.Sum(static service => (long)service.Scale.Min * service.Resources.ReservedCpuMillicores);
        if (instances > limits.Instances)
            keys.Refuse("limits", $"limits.instances is {limits.Instances}, but the least instances of all services are {instances}");
        if (memory > limits.MemoryBytes)
            keys.Refuse("limits", $"limits.memory is {limits.MemoryBytes / ResourceSettings.Mebibyte}MiB, but the least instances of all services take {memory / ResourceSettings.Mebibyte:0.#}MiB");
        if (cpu > limits.CpuMillicores)
            keys.Refuse("limits", $"limits.cpu is {limits.CpuMillicores}m, but the least instances of all services take {cpu}m");
    }

    private static void RefuseSharedRoutes(List<ServiceDraft> drafts, ErrorList errors)
    {
        Dictionary<(string? Host, string Path, string Extension), (string Service, int Line)> taken = [];
        foreach (ServiceDraft draft in drafts)
        {
            foreach ((Route route, Place place) in draft.Routes)
            {
                foreach (string extension in route.Extensions.DefaultIfEmpty(""))
                {
                    if (taken.TryAdd((route.Host, route.Path, extension), (draft.Name, place.Line)))
                        continue;
                    (string service, int line) = taken[(route.Host, route.Path, extension)];
                    string name = $"{route.Host}{route.Path}{(extension.Length == 0 ? "" : $" (*.{extension})")}";
                    errors.Add(place, draft.Keys.PathOf("route"), $"the route {name} is taken by '{service}' in line {line}");
                }
            }
        }
    }

    private static void RefuseSharedPorts(List<ServiceDraft> drafts, ErrorList errors)
    {
        Dictionary<int, (string Service, int Line)> taken = [];
        foreach (ServiceDraft draft in drafts)
        {
            foreach ((TcpPort port, Place place) in draft.TcpPorts)
            {
                if (!taken.TryAdd(port.Listen, (draft.Name, place.Line)))
                    errors.Add(place, $"{draft.Keys.PathOf("ports")}.{port.Name}", $"the node's port {port.Listen} is taken by '{taken[port.Listen].Service}' in line {taken[port.Listen].Line}");
            }
        }
    }

    private static void CheckLink(ServiceDraft draft, Placed<LinkDraft> link, Dictionary<string, ServiceDraft> byName, ErrorList errors)
    {
        string path = $"{draft.Keys.PathOf("links")}.{link.Value.Port}";
        if (link.Value.Service == draft.Name)
            errors.Add(link.Place, path, $"{path}: '{draft.Name}' is linked to itself");
        else if (!byName.TryGetValue(link.Value.Service, out ServiceDraft? target))
            errors.Add(link.Place, path, $"{path}: there is no service '{KeyReader.Shorten(link.Value.Service)}'", NearestName.Of(link.Value.Service, byName.Keys));
        else if (link.Value.TargetPort is null && target.Definition.Ports.Http is null)
            errors.Add(link.Place, path, $"{path}: '{target.Name}' speaks no HTTP: say which of its ports, like {target.Name}:1935");
    }

    /// <summary>Reports each circle of links once, at the link that closes it. Depth-first with a stack of its own: a chain may be as long as there are services.</summary>
    private static void RefuseCircles(List<ServiceDraft> drafts, Dictionary<string, ServiceDraft> byName, ErrorList errors)
    {
        HashSet<string> finished = new(StringComparer.Ordinal);
        foreach (ServiceDraft root in drafts)
        {
            List<(ServiceDraft Draft, int Next)> trail = finished.Contains(root.Name) ? [] : [(root, 0)];
            HashSet<string> onTrail = new(StringComparer.Ordinal) { root.Name };
            while (trail.Count != 0)
            {
                (ServiceDraft draft, int next) = trail[^1];
                if (next == draft.Links.Count)
                {
                    finished.Add(draft.Name);
                    onTrail.Remove(draft.Name);
                    trail.RemoveAt(trail.Count - 1);
                    continue;
                }
                trail[^1] = (draft, next + 1);
                Placed<LinkDraft> link = draft.Links[next];
                if (link.Value.Service == draft.Name || !byName.TryGetValue(link.Value.Service, out ServiceDraft? target) || finished.Contains(target.Name))
                    continue;
                if (onTrail.Add(target.Name))
                    trail.Add((target, 0));
                else
                    Report(trail, target.Name, link.Place, draft, errors);
            }
        }
    }

    private static void Report(List<(ServiceDraft Draft, int Next)> trail, string target, Place place, ServiceDraft draft, ErrorList errors)
    {
        const int shown = 10;
        IEnumerable<string> names = trail.Select(static step => step.Draft.Name).SkipWhile(name => name != target);
        string circle = string.Join(" → ", names.Take(shown)) + (names.Count() > shown ? " → …" : "");
        errors.Add(place, draft.Keys.PathOf("links"), $"links go in a circle: {circle} → {target}");
    }
}
