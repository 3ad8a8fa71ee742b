// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.CommandLine;

namespace Uaas.Cli;

/// <summary>Whether a service serves a directory.</summary>
internal enum ContentUse
{
    /// <summary>It has none.</summary>
    None,

    /// <summary>It may be given one.</summary>
    Optional,

    /// <summary>It is no use without.</summary>
    Required,
}

/// <summary>What the command has to know of a service in order to run it.</summary>
internal sealed record ServiceDescription
{
    /// <summary>Its name; its instances are called name-1, name-2 and so on.</summary>
    internal required string Name { get; init; }

    /// <summary>What it serves, in a few words.</summary>
    internal required string Title { get; init; }

    /// <summary>Memory of an instance in MiB where none is asked for.</summary>
    internal int MemoryMebibytes { get; init; } = 32;

    /// <summary>Whether it serves a directory.</summary>
    internal ContentUse Content { get; init; }

    /// <summary>Whether FLV files in its content are readied for seeking.</summary>
    internal bool IndexesFilms { get; init; }

    /// <summary>Why there can be but one instance; null where there can be many.</summary>
    internal string? OnlyOneBecause { get; init; }

    /// <summary>The TCP ports that it serves beside HTTP.</summary>
    internal IReadOnlyList<ServicePort> Ports { get; init; } = [];

    /// <summary>The options that it takes beside those of all services.</summary>
    internal IReadOnlyList<ServiceOption> Options { get; init; } = [];
}

/// <summary>A TCP port beside HTTP. All of its connections go to the first instance.</summary>
/// <param name="Option">Where to listen: a port of the host.</param>
/// <param name="GuestPort">The port of the guest.</param>
/// <param name="Scheme">Scheme of the address that people are told.</param>
/// <param name="Path">Path of that address.</param>
internal sealed record ServicePort(Option<int> Option, int GuestPort, string Scheme, string Path)
{
    /// <summary>The word that begins the line that tells its address.</summary>
    internal string Label { get; init; } = Scheme;
}

/// <summary>An option whose value a service is given as a boot argument.</summary>
/// <param name="Option">The option.</param>
/// <param name="Key">Key of the boot argument.</param>
internal sealed record ServiceOption(Option<string?> Option, string Key);
