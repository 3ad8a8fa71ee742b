// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;

namespace Uaas.Protocol.Agent;

/// <summary>All that the instances of one revision have in common. The agent is told of it before the first start, so that a start is a few words.</summary>
public sealed record InstanceTemplate
{
    /// <summary>Its name, unique on the node: different contents, different names.</summary>
    public required string Id { get; init; }

    /// <summary>The service, by the name it has on the node.</summary>
    public required string Service { get; init; }

    /// <summary>The revision's number.</summary>
    public required int Revision { get; init; }

    /// <summary>Key of the monitor: spt, hvt, qemu-kvm, qemu-tcg.</summary>
    public required string Monitor { get; init; }

    /// <summary>Path of the image, of the monitor's kind.</summary>
    public required string Image { get; init; }

    /// <summary>Digest of the manifest of the stored image that this is a part of; null where it is of none.</summary>
    public string? StoredImage { get; init; }

    /// <summary>Memory in MiB.</summary>
    public required int MemoryMebibytes { get; init; }

    /// <summary>Most processor time, in thousandths of a core; 0 for no limit.</summary>
    public int CpuMillicores { get; init; }

    /// <summary>Words of the guest's command line, beside those of its place in the network.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Block devices.</summary>
    public IReadOnlyList<TemplateBlock> Blocks { get; init; } = [];

    /// <summary>Path of the file with the settings that each gets off its command line; null for none.</summary>
    public string? Settings { get; init; }

    /// <summary>What the instances may connect to on other instances of the node.</summary>
    public IReadOnlyList<TemplateLink> Links { get; init; } = [];

    /// <summary>The networks outside that the instances may connect to, each with a port or without: 10.0.0.0/8:443.</summary>
    public IReadOnlyList<string> Egress { get; init; } = [];

    /// <summary>The port that tells whether the instance answers; 0 where its start is all that can be known.</summary>
    public int ProbePort { get; init; }

    /// <summary>The path that must answer over HTTP with a status below 500; null: a connection is enough.</summary>
    public string? ProbePath { get; init; }

    /// <summary>Whether, where there is no such path, it must begin an HTTP answer of any kind: guests of others may accept connections before they serve.</summary>
    public bool ProbesAnswer { get; init; }

    /// <summary>Milliseconds from the start within which it must answer.</summary>
    public int ReadyWithinMilliseconds { get; init; } = 20_000;
}

/// <summary>A block device of a template.</summary>
/// <param name="Name">The device's name in the guest's manifest.</param>
/// <param name="Path">The file behind it.</param>
/// <param name="SectorSize">Bytes of one block.</param>
/// <param name="VolumeBytes">Of a volume, which one instance may write to at a time: bytes that it has at least. 0: it is content, to read only.</param>
public sealed record TemplateBlock(string Name, string Path, int SectorSize, long VolumeBytes = 0);

/// <summary>A link of a template.</summary>
/// <param name="Service">The service that it leads to, by the name it has on the node.</param>
/// <param name="Port">The port of that service's instances.</param>
public sealed record TemplateLink(string Service, int Port);
