// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Text.Json.Serialization;

namespace Uaas.Configuration;

/// <summary>Which requests are a service's own. Of several routes that match, the one with a host wins, then the longest path, then the one with extensions.</summary>
public sealed record Route
{
    /// <summary>The host, in lower case, or one like <c>*.example.org</c>; null for every host.</summary>
    public string? Host { get; init; }

    /// <summary>The prefix of the path. It matches whole segments: <c>/img</c> matches <c>/img</c> and <c>/img/a</c>, not <c>/images</c>.</summary>
    public string Path { get; init; } = "/";

    /// <summary>Whether the prefix is taken off before the instance sees the path.</summary>
    public bool Strip { get; init; }

    /// <summary>The extensions that the path must have one of, in lower case, without the dot; none for every path.</summary>
    public IReadOnlyList<string> Extensions { get; init; } = [];
}

/// <summary>The ports of a service's instances.</summary>
public sealed record ServicePorts
{
    /// <summary>The guest's port that speaks HTTP; null for a service that speaks none, which is said in JSON too: what is left out there is as by default.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int? Http { get; init; } = 80;

    /// <summary>TCP ports that the node listens on and passes on.</summary>
    public IReadOnlyList<TcpPort> Tcp { get; init; } = [];
}

/// <summary>A TCP port that the node listens on.</summary>
/// <param name="Name">What it is called, such as rtmp.</param>
/// <param name="Listen">The node's port.</param>
/// <param name="Port">The guest's port.</param>
public sealed record TcpPort(string Name, int Listen, int Port);

/// <summary>A service that another reaches at its own 127.0.0.1.</summary>
/// <param name="Port">The port that the guest connects to.</param>
/// <param name="Service">The service that answers.</param>
/// <param name="TargetPort">The port of that service's instances.</param>
public sealed record ServiceLink(int Port, string Service, int TargetPort);

/// <summary>Addresses that instances may connect to.</summary>
/// <param name="Network">The network, as address and prefix length: <c>10.0.0.0/8</c>; <c>0.0.0.0/0</c> is everywhere.</param>
/// <param name="Port">The one port, or null for all.</param>
public sealed record EgressRule(string Network, int? Port);

/// <summary>A writable block device that outlives the instances. One instance has it at a time.</summary>
/// <param name="Name">Its name, unique in the service.</param>
/// <param name="Device">The device's name in the guest's manifest.</param>
/// <param name="SizeBytes">Its size.</param>
public sealed record VolumeDefinition(string Name, string Device, long SizeBytes)
{
    /// <summary>The device that content is on.</summary>
    public const string ContentDevice = "content";
}

/// <summary>How long requests wait for an instance, and how many.</summary>
public sealed record QueueSettings
{
    /// <summary>Requests that wait at a time; more get 503 with Retry-After.</summary>
    public int Length { get; init; } = 1024;

    /// <summary>How long each waits at most; then it gets 504.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(10);
}
