// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Uaas.Configuration;
using Uaas.Master.Storage;

namespace Uaas.Master.Deploying;

/// <summary>What a deployment cannot ask for on this node, however right it is by itself: what another namespace has, and more memory than there is.</summary>
internal static class NodeRules
{
    private const double Mebibyte = 1 << 20;

    /// <summary>Checks services that are to be in a namespace.</summary>
    /// <param name="wanted">The services.</param>
    /// <param name="others">The services of other namespaces.</param>
    /// <param name="owners">The names of namespaces, by their numbers.</param>
    /// <param name="nodeMemory">The node's memory in bytes; null where it is not known.</param>
    /// <exception cref="ConfigurationException">They ask for what cannot be.</exception>
    internal static void Require(IReadOnlyList<ServiceDefinition> wanted, IReadOnlyList<StoredService> others, IReadOnlyDictionary<int, string> owners, long? nodeMemory)
    {
        var errors = new List<ConfigurationError>();
        foreach (ServiceDefinition service in wanted)
        {
            foreach (StoredService other in others)
            {
                string holder = $"{other.Name} of namespace {owners[other.Namespace]}";
                foreach (Route route in service.Routes.Where(route => other.Definition.Routes.Any(taken => AreSame(route, taken))))
                    Add(errors, service, "route", $"{route.Host}{route.Path} is taken by {holder}");
                foreach (TcpPort port in service.Ports.Tcp.Where(port => other.Definition.Ports.Tcp.Any(taken => taken.Listen == port.Listen)))
                    Add(errors, service, "ports", $"port {port.Listen} is taken by {holder}");
            }
        }
        CheckMemory(wanted, nodeMemory, errors);
        if (errors.Count > 0)
            throw new ConfigurationException("deployment", errors);
    }

    private static void CheckMemory(IReadOnlyList<ServiceDefinition> wanted, long? nodeMemory, List<ConfigurationError> errors)
    {
        foreach (ServiceDefinition service in wanted)
        {
            double needed = Math.Max(1, service.Scale.Min) * (double)service.Resources.ReservedMemoryBytes;
            if (needed > nodeMemory)
                Add(errors, service, service.Scale.Min > 1 ? "scale.min" : "resources.memory", string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, service.Scale.Min)} instances need {needed / Mebibyte:0} MiB, and the node has {nodeMemory / Mebibyte:0} MiB"));
        }
        double all = wanted.Sum(service => service.Scale.Min * (double)service.Resources.ReservedMemoryBytes);
        if (errors.Count == 0 && all > nodeMemory)
            errors.Add(new ConfigurationError(0, 0, "services", string.Create(CultureInfo.InvariantCulture, $"services: the least instances of all need {all / Mebibyte:0} MiB, and the node has {nodeMemory / Mebibyte:0} MiB"), null));
    }

    private static bool AreSame(Route one, Route other) =>
        string.Equals(one.Host, other.Host, StringComparison.OrdinalIgnoreCase) && one.Path == other.Path
        && (one.Extensions.Count == 0 ? other.Extensions.Count == 0 : one.Extensions.Intersect(other.Extensions).Any());

    private static void Add(List<ConfigurationError> errors, ServiceDefinition service, string key, string message) =>
        errors.Add(new ConfigurationError(0, 0, $"services.{service.Name}.{key}", $"services.{service.Name}.{key}: {message}", null));
}
