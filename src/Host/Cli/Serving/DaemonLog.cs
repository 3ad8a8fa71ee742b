// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.Json;
using Uaas.Master.Storage;

namespace Uaas.Cli.Serving;

/// <summary>What a daemon's processes say, on standard error: lines for people, or JSON objects for programs, one a line.</summary>
internal static class DaemonLog
{
    private static readonly JsonWriterOptions Options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether it is for programs. Each process is told when it starts.</summary>
    internal static bool IsJson { get; set; }

    /// <summary>Says something of the daemon itself.</summary>
    internal static void Say(string text) => Console.Error.WriteLine(IsJson ? Json(DateTimeOffset.UtcNow, "warn", "daemon", null, null, text) : $"uaas: {text}");

    /// <summary>An event as a line.</summary>
    internal static string Line(StoredEvent one, bool isJson) => isJson
        ? Json(one.Time, LevelOf(one.Kind), one.Kind, one.Service, one.Instance, one.Message)
        : string.Create(CultureInfo.InvariantCulture, $"{one.Time.ToLocalTime():HH:mm:ss.fff} {one.Instance ?? one.Service ?? "node"} {one.Kind}: {one.Message}");

    private static string LevelOf(string kind) =>
        kind is "crashed" or "start-failed" or "unreachable" or "unhealthy" or "undone" or "node-lost" or "crash-loop" or "quota-reached" or "unplaceable" ? "warn" : "info";

    private static string Json(DateTimeOffset time, string level, string kind, string? service, string? instance, string message)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("time", time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            writer.WriteString("level", level);
            writer.WriteString("kind", kind);
            if (service is not null)
                writer.WriteString("service", service);
            if (instance is not null)
                writer.WriteString("instance", instance);
            writer.WriteString("message", message);
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
