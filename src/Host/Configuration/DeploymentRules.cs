// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using Uaas.Configuration.Reading;
using Uaas.Configuration.Yaml;

namespace Uaas.Configuration;

/// <summary>
/// Checks a deployment that did not come from <see cref="ConfigurationReader"/>, such as one that was sent as JSON: the same bounds, without the lines of a
/// file. What stands at the paths is not looked at.
/// </summary>
public static class DeploymentRules
{
    /// <summary>Checks a deployment.</summary>
    /// <param name="deployment">As it was sent.</param>
    /// <exception cref="ConfigurationException">Something in it is wrong: the keys are told, the places are 0.</exception>
    public static void Require(Deployment deployment)
    {
        ErrorList errors = new();
        if (!Values.IsName(deployment.Namespace))
            Add(errors, "namespace", "has to be of lower-case letters, digits and '-'");
        NamespaceLimits limits = deployment.Limits;
        if (limits.Instances <= 0 || limits.MemoryBytes <= 0 || limits.CpuMillicores <= 0)
            Add(errors, "limits", "have to be more than nothing");
        if (!Enum.IsDefined(deployment.Mode))
            Add(errors, "mode", "is none");
        CheckTls(deployment.Tls, errors);
        if (deployment.Services.Count > Deployment.MaxServices)
            Add(errors, "services", $"are more than {Deployment.MaxServices}");
        else
            CheckServices(deployment.Services, errors);
        if (errors.Any)
            throw new ConfigurationException("deployment", errors.Sorted());
    }

    /// <summary>Checks one service by itself: where its links lead is not looked at.</summary>
    /// <param name="service">As it was sent.</param>
    /// <exception cref="ConfigurationException">Something in it is wrong: the keys are told, the places are 0.</exception>
    public static void Require(ServiceDefinition service)
    {
        ErrorList errors = new();
        ServiceRules.Check(service, errors);
        if (errors.Any)
            throw new ConfigurationException("service", errors.Sorted());
    }

    private static void CheckTls(TlsSettings tls, ErrorList errors)
    {
        bool areFiles = tls.Certificates.Count <= TlsSettings.MaxCertificates
            && tls.Certificates.All(static files => files is not null && ServiceRules.IsPath(files.Certificate) && ServiceRules.IsPath(files.Key));
        if (!areFiles)
            Add(errors, "tls.certificates", $"have to be at most {TlsSettings.MaxCertificates}, each of two absolute paths");
        if (!Enum.IsDefined(tls.Minimum))
            Add(errors, "tls.minimum", "is no version");
    }

    private static void CheckServices(IReadOnlyList<ServiceDefinition> services, ErrorList errors)
    {
        if (services.Any(static service => service is null))
        {
            Add(errors, "services", "has one that is null");
            return;
        }
        foreach (ServiceDefinition service in services)
            ServiceRules.Check(service, errors);
        if (errors.Any)
            return;
        RefuseRepeated(services.Select(static service => service.Name), "services", errors);
        RefuseRepeated(services.SelectMany(static service => service.Routes.SelectMany(static route =>
            route.Extensions.DefaultIfEmpty("").Select(extension => $"{route.Host}{route.Path} {extension}".TrimEnd()))), "route", errors);
        RefuseRepeated(services.SelectMany(static service => service.Ports.Tcp.Select(static port => $"port {port.Listen}")), "ports", errors);
        CheckLinks(services, errors);
    }

    private static void RefuseRepeated(IEnumerable<string> names, string key, ErrorList errors)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (string name in names.Where(name => !seen.Add(name)))
            Add(errors, key, $"'{KeyReader.Shorten(name)}' is there twice");
    }

    /// <summary>Links lead to services that are there, and not in a circle: taking away what links nowhere, again and again, leaves nothing.</summary>
    private static void CheckLinks(IReadOnlyList<ServiceDefinition> services, ErrorList errors)
    {
        HashSet<string> names = [.. services.Select(static service => service.Name)];
        foreach (ServiceDefinition service in services)
        {
            foreach (ServiceLink link in service.Links.Where(link => !names.Contains(link.Service)))
                Add(errors, $"services.{service.Name}.links.{link.Port}", $"there is no service '{KeyReader.Shorten(link.Service)}'");
        }
        if (errors.Any)
            return;
        Dictionary<string, int> open = services.ToDictionary(static service => service.Name, static service => service.Links.Count, StringComparer.Ordinal);
        ILookup<string, string> linkedBy = services.SelectMany(static service => service.Links.Select(link => (link.Service, By: service.Name))).ToLookup(static pair => pair.Service, static pair => pair.By);
        Queue<string> done = new(open.Where(static pair => pair.Value == 0).Select(static pair => pair.Key));
        int taken = 0;
        for (; done.TryDequeue(out string? name); taken++)
        {
            foreach (string by in linkedBy[name].Where(by => --open[by] == 0))
                done.Enqueue(by);
        }
        if (taken != services.Count)
            Add(errors, "links", $"go in a circle: {string.Join(", ", open.Where(static pair => pair.Value > 0).Select(static pair => pair.Key).Take(10))}");
    }

    internal static void Add(ErrorList errors, string key, string message) => errors.Add(default, key, $"{key} {message}");
}
