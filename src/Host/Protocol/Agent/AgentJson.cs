// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Uaas.Protocol.Agent;

/// <summary>The form of what master and agent say to each other: one JSON object a line.</summary>
public static class AgentLine
{
    /// <summary>The version of the protocol.</summary>
    public const int Version = 1;

    /// <summary>The longest line, in bytes.</summary>
    public const int MaxLength = 1 << 20;

    /// <summary>A command as a line.</summary>
    public static byte[] Write(AgentCommand command) => WithEnd(command, AgentJson.Default.AgentCommand);

    /// <summary>An event as a line.</summary>
    public static byte[] Write(AgentEvent told) => WithEnd(told, AgentJson.Default.AgentEvent);

    /// <summary>Reads a command; null where the line is none.</summary>
    public static AgentCommand? ReadCommand(ReadOnlySpan<byte> line) => Read(line, AgentJson.Default.AgentCommand);

    /// <summary>Reads an event; null where the line is none.</summary>
    public static AgentEvent? ReadEvent(ReadOnlySpan<byte> line) => Read(line, AgentJson.Default.AgentEvent);

    private static T? Read<T>(ReadOnlySpan<byte> line, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(line, type);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return null;
        }
    }

    private static byte[] WithEnd<T>(T value, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
            JsonSerializer.Serialize(writer, value, type);
        buffer.GetSpan(1)[0] = (byte)'\n';
        buffer.Advance(1);
        return buffer.WrittenSpan.ToArray();
    }
}

/// <summary>JSON without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AgentCommand))]
[JsonSerializable(typeof(AgentEvent))]
internal sealed partial class AgentJson : JsonSerializerContext;
