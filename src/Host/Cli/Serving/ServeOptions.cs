// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.Text.Json;
using System.Text.Json.Serialization;
using Uaas.Front.Logging;
using Uaas.Linux.Groups;

namespace Uaas.Cli.Serving;

/// <summary>What the daemon tells the processes that it starts.</summary>
internal sealed record ServeOptions
{
    /// <summary>The state directory.</summary>
    public required string State { get; init; }

    /// <summary>The network namespace of the host; the node must live in another.</summary>
    public required string HostNamespace { get; init; }

    /// <summary>Where the front serves, as people are told.</summary>
    public required string Url { get; init; }

    /// <summary>Descriptor of the socket that the front serves on.</summary>
    public required int FrontListener { get; init; }

    /// <summary>Descriptor of the socket that the front serves HTTPS on; null for none.</summary>
    public int? TlsListener { get; init; }

    /// <summary>The port of <see cref="TlsListener"/>.</summary>
    public int TlsPort { get; init; }

    /// <summary>How the front writes requests down; null for not at all.</summary>
    public AccessLogOptions? AccessLog { get; init; }

    /// <summary>Descriptors of the sockets that the front takes other protocols than HTTP on, by their ports.</summary>
    public IReadOnlyDictionary<int, int> TcpListeners { get; init; } = new Dictionary<int, int>();

    /// <summary>Descriptor of the socket that fronts connect to.</summary>
    public required int FrontHub { get; init; }

    /// <summary>Descriptor of the socket that the master connects to.</summary>
    public required int Agent { get; init; }

    /// <summary>Descriptor of the socket that the process outside is reached by.</summary>
    public int Outside { get; init; }

    /// <summary>Descriptor of the API's socket.</summary>
    public required int Api { get; init; }

    /// <summary>Descriptor of the API's TCP socket; null for none.</summary>
    public int? ApiTcp { get; init; }

    /// <summary>Descriptor of the socket that leads the front to the collector of traces; null where nothing is traced.</summary>
    public int? Traces { get; init; }

    /// <summary>Descriptor of a pipe whose end means: stop.</summary>
    public int Lifeline { get; init; }

    /// <summary>Key of the monitor that auto stands for.</summary>
    public required string AutoMonitor { get; init; }

    /// <summary>Where the control groups of instances are made.</summary>
    public GroupRoot Groups { get; init; } = new();

    /// <summary>Links that wait for instances.</summary>
    public int SpareLinks { get; init; } = 48;

    /// <summary>Whether what is said and shown is for programs.</summary>
    public bool LogsJson { get; init; }

    /// <summary>Whether events are shown.</summary>
    public bool IsVerbose { get; init; }

    internal string ToJson() => JsonSerializer.Serialize(this, ServeJson.Default.ServeOptions);

    internal static ServeOptions FromJson(string json) => JsonSerializer.Deserialize(json, ServeJson.Default.ServeOptions) ?? throw new JsonException("null");
}

/// <summary>JSON without reflection.</summary>
[JsonSourceGenerationOptions(WriteIndented = false, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ServeOptions))]
internal sealed partial class ServeJson : JsonSerializerContext;
