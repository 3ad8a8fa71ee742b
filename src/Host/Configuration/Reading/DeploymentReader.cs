// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using Uaas.Configuration.Yaml;

namespace Uaas.Configuration.Reading;

/// <summary>Reads a whole file.</summary>
internal static class DeploymentReader
{
    private static readonly Dictionary<string, ServingMode> s_modes = new() { ["split"] = ServingMode.Split, ["combined"] = ServingMode.Combined };

    internal static Deployment Read(string yaml, string source, string folder, Func<string, PathKind> look)
    {
        ErrorList errors = new();
        YamlTree? root = YamlLoader.Load(yaml, errors);
        if (root is null && !errors.Any)
            errors.Add(new Place(1, 1), "", "the file is empty: it needs 'services'");
        Deployment? deployment = root is not null && KeyReader.Of(root, "", errors) is { } keys ? Read(keys, folder, look) : null;
        return errors.Any ? throw new ConfigurationException(source, errors.Sorted()) : deployment!;
    }

    private static Deployment Read(KeyReader keys, string folder, Func<string, PathKind> look)
    {
        string owner = keys.Text("namespace") ?? Deployment.DefaultNamespace;
        if (!Values.IsName(owner))
            keys.Refuse("namespace", $"namespace has to be of lower-case letters, digits and '-', not '{KeyReader.Shorten(owner)}'");
        ServingMode mode = keys.Choice("mode", s_modes) ?? ServingMode.Split;
        NamespaceLimits limits = keys.Mapping("limits") is { } limitKeys ? ReadLimits(limitKeys) : new NamespaceLimits();
        TlsSettings tls = TlsReader.Read(keys, folder, look);
        List<ServiceDraft> drafts = ReadServices(keys, folder, look);
        DeploymentChecks.Check(drafts, keys.Errors);
        Dictionary<string, int?> httpPorts = drafts.ToDictionary(static draft => draft.Name, static draft => draft.Definition.Ports.Http, StringComparer.Ordinal);
        List<ServiceDefinition> services = [.. drafts.Select(draft => Complete(draft, httpPorts))];
        CombinedOverrides overrides = CombinedOverrides.Read(keys, services.Exists(static service => CombinedService.IsPart(service) && service.Volumes.Count != 0));
        if (mode == ServingMode.Combined && !keys.Errors.Any)
            services = CombinedService.Fold(services, overrides, keys);
        keys.Finish();
        Deployment deployment = new() { Namespace = owner, Mode = mode, Limits = limits, Tls = tls, Services = services };
        DeploymentChecks.CheckLimits(deployment, drafts, keys);
        return deployment;
    }

    private static NamespaceLimits ReadLimits(KeyReader keys)
    {
        NamespaceLimits limits = new()
        {
            Instances = SettingsReader.Count(keys, "instances", 1, SettingsReader.MaxInstances * 10),
            MemoryBytes = keys.Value<long>("memory", Values.BytesForm, static text => Values.Bytes(text) is > 0 and { } bytes ? bytes : null),
            CpuMillicores = keys.Value("cpu", "cores like 2 or 0.5, or thousandths like 250m", Values.Millicores),
        };
        keys.Finish();
        return limits;
    }

    private static List<ServiceDraft> ReadServices(KeyReader keys, string folder, Func<string, PathKind> look)
    {
        List<ServiceDraft> drafts = [];
        KeyReader? services = keys.Mapping("services");
        foreach (YamlEntry entry in services?.All(Deployment.MaxServices) ?? [])
        {
            string path = services!.PathOf(entry.Key);
            if (!Values.IsName(entry.Key))
                keys.Errors.Add(entry.Place, path, $"{path}: services are named by lower-case letters, digits and '-', at most 63 of them");
            if (KeyReader.Of(entry.Value, path, keys.Errors) is { } service)
                drafts.Add(new ServiceReader(service, entry.Key, folder, look).Read());
        }
        if (!keys.Has("services"))
            keys.Refuse("services", "the file needs 'services'");
        else if (drafts.Count == 0 && !keys.Errors.Any)
            keys.Refuse("services", "there is no service in 'services'");
        return drafts;
    }

    /// <summary>Adds what depends on other services: the only service of a file is reached at / unless it says otherwise; a link leads to a service's HTTP port.</summary>
    private static ServiceDefinition Complete(ServiceDraft draft, Dictionary<string, int?> httpPorts) => draft.Definition with
    {
        Routes = httpPorts.Count == 1 && !draft.Keys.Has("route") && draft.Definition.Ports.Http is not null ? [new Route()] : draft.Definition.Routes,
        Links = [.. draft.Links.Select(link => new ServiceLink(link.Value.Port, link.Value.Service, link.Value.TargetPort ?? httpPorts.GetValueOrDefault(link.Value.Service) ?? 80))],
    };
}
