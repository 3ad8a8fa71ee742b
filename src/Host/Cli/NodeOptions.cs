// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.Text.Json;
using System.Text.Json.Serialization;
using Uaas.Cli.Guests;
using Uaas.Cli.Images;
using Uaas.Linux.Groups;

namespace Uaas.Cli;

/// <summary>What the command tells the node that it starts in a namespace of its own.</summary>
internal sealed record NodeOptions
{
    /// <summary>The network namespace that the command lives in; the node must live in another.</summary>
    public string HostNamespace { get; init; } = "";

    /// <summary>Descriptor of the socket to serve on.</summary>
    public int Listener { get; init; }

    /// <summary>Descriptor of a pipe whose end means: stop.</summary>
    public int Lifeline { get; init; }

    /// <summary>Descriptor of a pipe that the node writes a byte to when it has come to life.</summary>
    public int Started { get; init; }

    /// <summary>The address that people are told, such as http://127.0.0.1:8080/.</summary>
    public string Url { get; init; } = "";

    /// <summary>Name of the service; its instances are called name-1, name-2 and so on.</summary>
    public required string Service { get; init; }

    /// <summary>Path of the image, of the kind that the monitor runs.</summary>
    public required string Image { get; init; }

    /// <summary>How the guest is started.</summary>
    public GuestSetup Guest { get; init; } = new();

    /// <summary>The monitor, by its key in <see cref="Monitor"/>.</summary>
    public required string Monitor { get; init; }

    /// <summary>The directory to serve; null for none.</summary>
    public string? Content { get; init; }

    /// <summary>The packed content to serve, of an image; null for none.</summary>
    public string? PackedContent { get; init; }

    /// <summary>Whether the service has a device for content and does without any: then it gets an empty one.</summary>
    public bool TakesNoContent { get; init; }

    /// <summary>Whether FLV files in the content are readied for seeking.</summary>
    public bool IndexesFilms { get; init; }

    /// <summary>What is served beside HTTP.</summary>
    public IReadOnlyList<NodePort> Ports { get; init; } = [];

    /// <summary>Boot arguments beside those that every instance gets.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>The site's configuration file; null for none.</summary>
    public string? Configuration { get; init; }

    /// <summary>How many instances.</summary>
    public required int Instances { get; init; }

    /// <summary>Where the control groups of instances are made.</summary>
    public GroupRoot Groups { get; init; } = new();

    /// <summary>Memory of each in MiB.</summary>
    public required int MemoryMebibytes { get; init; }

    /// <summary>Whether the instances' consoles are not shown.</summary>
    public bool Quiet { get; init; }

    internal string ToJson() => JsonSerializer.Serialize(this, CliJson.Default.NodeOptions);

    internal static NodeOptions FromJson(string json) =>
        JsonSerializer.Deserialize(json, CliJson.Default.NodeOptions) ?? throw new JsonException("null");
}

/// <summary>A port that a node serves beside HTTP: its connections go to the first instance.</summary>
/// <param name="Label">What begins the line that tells people of it.</param>
/// <param name="Url">The address that people are told.</param>
/// <param name="Listener">Descriptor of the socket.</param>
/// <param name="GuestPort">The instance's port.</param>
internal sealed record NodePort(string Label, string Url, int Listener, int GuestPort);

/// <summary>JSON without reflection.</summary>
[JsonSourceGenerationOptions(WriteIndented = false, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NodeOptions))]
[JsonSerializable(typeof(DoctorReport))]
[JsonSerializable(typeof(ImageLine[]))]
[JsonSerializable(typeof(ImageReport))]
[JsonSerializable(typeof(DoctorCache.Entry))]
internal sealed partial class CliJson : JsonSerializerContext;
