// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using Uaas.Configuration.Yaml;

namespace Uaas.Configuration.Reading;

/// <summary>What the file says of the combined service: its own scale and resources.</summary>
/// <param name="Scale">Its scale; null to make it out of those of the services.</param>
/// <param name="Resources">Its resources; null to make them out of those of the services.</param>
internal sealed record CombinedOverrides(ScaleSettings? Scale, ResourceSettings? Resources)
{
    private const int DefaultMebibytes = 192;

    /// <param name="keys">The file's.</param>
    /// <param name="hasVolumes">Whether one of the services has a volume, which one instance has at a time.</param>
    internal static CombinedOverrides Read(KeyReader keys, bool hasVolumes)
    {
        if (keys.Mapping("combined") is not { } combined)
            return new CombinedOverrides(null, null);
        SettingsReader settings = new(combined, hasVolumes, isOne: true);
        bool hasScale = combined.Has("scale");
        bool hasResources = combined.Has("resources");
        CombinedOverrides overrides = new(settings.Scale(), settings.Resources(DefaultMebibytes));
        combined.Finish();
        return new CombinedOverrides(hasScale ? overrides.Scale : null, hasResources ? overrides.Resources : null);
    }
}

/// <summary>Makes one service of the image <c>combined</c> out of those of http, img and flv.</summary>
internal static class CombinedService
{
    internal const string Name = "combined";

    internal static List<ServiceDefinition> Fold(List<ServiceDefinition> services, CombinedOverrides overrides, KeyReader keys)
    {
        List<ServiceDefinition> parts = services.FindAll(IsPart);
        List<ServiceDefinition> others = services.FindAll(static service => !IsPart(service));
        if (parts.Count == 0)
            return services;
        if (others.Exists(static service => service.Name == Name))
            keys.Refuse("mode", "mode: combined makes a service of the name 'combined', which another has");
        HashSet<string> folded = [.. parts.Select(static part => part.Name)];
        ServiceDefinition combined = Combine(parts, overrides, keys) with
        {
            Links = [.. parts.SelectMany(static part => part.Links).Where(link => !folded.Contains(link.Service)).DistinctBy(static link => link.Port)],
        };
        RefuseDifferentLinks(parts, folded, keys);
        RefuseSharedVolumes(parts, keys);
        if (combined.Links.Any(link => Reaches(link.Service, folded, others)))
            keys.Refuse("mode", "mode: combined makes links go in a circle: a service linked from http, img or flv is linked to one of them");
        return [combined, .. others.Select(service => service with { Links = [.. service.Links.Select(link => folded.Contains(link.Service) ? link with { Service = Name } : link)] })];
    }

    internal static bool IsPart(ServiceDefinition service) => service.Image is { Kind: ImageKind.BuiltIn, Value: not Name };

    private static ServiceDefinition Combine(List<ServiceDefinition> parts, CombinedOverrides overrides, KeyReader keys) => new()
    {
        Name = Name,
        Image = new ImageSource(ImageKind.BuiltIn, Name),
        Content = TheOne(parts, "content", static part => part.Content, keys),
        Config = TheOne(parts, "config", static part => part.Config, keys),
        Routes = [.. parts.SelectMany(static part => part.Routes)],
        Ports = new ServicePorts { Http = TheOne(parts, "ports.http", static part => part.Ports.Http?.ToString(System.Globalization.CultureInfo.InvariantCulture), keys) is { } port ? Values.Port(port) : null, Tcp = [.. parts.SelectMany(static part => part.Ports.Tcp)] },
        Environment = Union(parts, "env", static part => part.Environment, keys),
        Secrets = Union(parts, "secrets", static part => part.Secrets, keys),
        Arguments = [.. parts.SelectMany(static part => part.Arguments).Distinct()],
        Egress = [.. parts.SelectMany(static part => part.Egress).Distinct()],
        Volumes = [.. parts.SelectMany(static part => part.Volumes)],
        Scale = overrides.Scale ?? JoinScales(parts),
        Resources = overrides.Resources ?? JoinResources(parts),
        Health = parts[0].Health,
        Vmm = parts.Select(static part => part.Vmm).Distinct().Count() == 1 ? parts[0].Vmm : Differ(keys, "vmm", parts[0].Vmm),
        Restart = parts[0].Restart,
        Rollout = (parts.Find(static part => part.Volumes.Count != 0) ?? parts[0]).Rollout,
        Queue = parts[0].Queue,
        Drain = parts.Max(static part => part.Drain),
    };

    /// <summary>
    /// What one instance answered of each is answered by one of the combined: the least instances are those of the greatest, the most all together. But where streams or a volume bind
    /// one service to fewer, all are bound: a stream, or a volume, is in the instance that has it, and another would answer that it knows of none.
    /// </summary>
    private static ScaleSettings JoinScales(List<ServiceDefinition> parts)
    {
        List<ServiceDefinition> bound = parts.FindAll(static part => part.Volumes.Count != 0 || ServiceReader.HasStreams(part.Image));
        int max = bound.Count > 0 ? bound.Min(static part => part.Scale.Max) : (int)Math.Min(SettingsReader.MaxInstances, parts.Sum(static part => (long)part.Scale.Max));
        return new()
        {
            Min = Math.Min(max, parts.Max(static part => part.Scale.Min)),
            Max = max,
            Concurrency = parts.Min(static part => part.Scale.Concurrency),
            Idle = parts.Max(static part => part.Scale.Idle),
            Window = parts.Max(static part => part.Scale.Window),
            Spares = parts.Min(static part => part.Scale.Spares),
        };
    }

    private static ResourceSettings JoinResources(List<ServiceDefinition> parts) => new()
    {
        MemoryBytes = parts.Sum(static part => part.Resources.MemoryBytes),
        ReservedMemoryBytes = parts.Sum(static part => part.Resources.ReservedMemoryBytes),
        CpuMillicores = parts.Max(static part => part.Resources.CpuMillicores),
        ReservedCpuMillicores = parts.Max(static part => part.Resources.ReservedCpuMillicores),
    };

    private static string? TheOne(List<ServiceDefinition> parts, string key, Func<ServiceDefinition, string?> of, KeyReader keys)
    {
        string?[] values = [.. parts.Select(of).Where(static value => value is not null).Distinct()];
        return values.Length <= 1 ? values.FirstOrDefault() : Differ(keys, key, values[0]);
    }

    private static T Differ<T>(KeyReader keys, string key, T value)
    {
        keys.Refuse("mode", $"mode: combined needs the same '{key}' for all of http, img and flv, which differ");
        return value;
    }

    private static SortedDictionary<string, string> Union(List<ServiceDefinition> parts, string key, Func<ServiceDefinition, IReadOnlyDictionary<string, string>> of, KeyReader keys)
    {
        SortedDictionary<string, string> union = new(StringComparer.Ordinal);
        foreach ((string name, string value) in parts.SelectMany(of))
        {
            if (!union.TryAdd(name, value) && union[name] != value)
                Differ(keys, $"{key}.{name}", value);
        }
        return union;
    }

    /// <summary>Whether links lead from a service to one of those that are folded. Links are known to have no circle of their own, and each service is visited once.</summary>
    private static bool Reaches(string from, HashSet<string> folded, List<ServiceDefinition> others)
    {
        HashSet<string> seen = [from];
        Queue<string> next = new(seen);
        while (next.TryDequeue(out string? name))
        {
            foreach (ServiceLink link in others.Find(service => service.Name == name)?.Links ?? [])
            {
                if (folded.Contains(link.Service))
                    return true;
                if (seen.Add(link.Service))
                    next.Enqueue(link.Service);
            }
        }
        return false;
    }

    private static void RefuseSharedVolumes(List<ServiceDefinition> parts, KeyReader keys)
    {
        foreach (IGrouping<string, VolumeDefinition> volume in parts.SelectMany(static part => part.Volumes).GroupBy(static volume => volume.Name))
        {
            if (volume.Count() > 1)
                keys.Refuse("mode", $"mode: combined has room for one volume '{volume.Key}', and two services have one of that name");
        }
    }

    private static void RefuseDifferentLinks(List<ServiceDefinition> parts, HashSet<string> folded, KeyReader keys)
    {
        foreach (IGrouping<int, ServiceLink> port in parts.SelectMany(static part => part.Links).Where(link => !folded.Contains(link.Service)).Distinct().GroupBy(static link => link.Port))
        {
            if (port.Count() > 1)
                Differ(keys, $"links.{port.Key}", port.First());
        }
    }
}
