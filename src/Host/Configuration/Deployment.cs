// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;

namespace Uaas.Configuration;

/// <summary>How built-in services are run.</summary>
public enum ServingMode
{
    /// <summary>Each service in instances of its own, scaled on its own.</summary>
    Split,

    /// <summary>All services of the images http, img and flv as one, by the image combined.</summary>
    Combined,
}

/// <summary>All that a file <c>uaas.yaml</c> wants, checked: names are unique, links lead somewhere, routes do not collide.</summary>
public sealed record Deployment
{
    /// <summary>The name of the namespace (the tenant) when none is given.</summary>
    public const string DefaultNamespace = "default";

    /// <summary>Most services of one deployment.</summary>
    public const int MaxServices = 10_000;

    /// <summary>Who owns the services: tokens, quotas and networks are a namespace's own.</summary>
    public string Namespace { get; init; } = DefaultNamespace;

    /// <summary>How built-in services are run. <see cref="Services"/> is already what comes of it.</summary>
    public ServingMode Mode { get; init; }

    /// <summary>What all services of the namespace may take together.</summary>
    public NamespaceLimits Limits { get; init; } = new();

    /// <summary>How its services are reached over HTTPS.</summary>
    public TlsSettings Tls { get; init; } = new();

    /// <summary>The services to run, in the order of the file.</summary>
    public required IReadOnlyList<ServiceDefinition> Services { get; init; }
}

/// <summary>What all services of a namespace may take together. Null: as much as there is.</summary>
public sealed record NamespaceLimits
{
    /// <summary>Instances, in whatever phase.</summary>
    public int? Instances { get; init; }

    /// <summary>Memory set aside for instances, in bytes.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Processor time set aside for instances, in thousandths of a core.</summary>
    public int? CpuMillicores { get; init; }
}
