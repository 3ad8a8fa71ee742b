// SPDX-License-Identifier: Apache-2.0

using System;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Uaas.Front.Logging;

/// <summary>An entry as a line. What comes from the client can end no line and no quotation.</summary>
internal static class AccessLine
{
    /// <summary>Characters of any one thing that the client sent; what is longer is cut.</summary>
    internal const int LongestField = 2048;

    private static readonly JsonWriterOptions Options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>The line, without its end.</summary>
    internal static string Write(in AccessEntry entry, AccessLogFormat format) => format switch
    {
        AccessLogFormat.Json => Json(entry),
        AccessLogFormat.Combined => $"{Common(entry)} \"{Quote(entry.Referrer)}\" \"{Quote(entry.UserAgent)}\"",
        _ => Common(entry),
    };

    private static string Common(in AccessEntry entry)
    {
        string zone = entry.Time.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal);
        return string.Create(CultureInfo.InvariantCulture,
            $"{entry.Remote} - - [{entry.Time:dd/MMM/yyyy:HH:mm:ss} {zone}] \"{Quote(entry.Method)} {Quote(entry.Target)} {entry.Protocol}\" {entry.Status} {entry.Bytes}");
    }

    /// <summary>As nginx does it: what could end the quotation or the line, or is not ASCII, in hexadecimal; nothing is a dash.</summary>
    private static string Quote(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return "-";
        if (text.Length > LongestField)
            text = text[..LongestField];
        if (text.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0 && text.AsSpan().IndexOfAny('"', '\\') < 0)
            return text;
        var result = new StringBuilder(text.Length + 16);
        foreach (byte one in Encoding.UTF8.GetBytes(text))
            _ = one is < 0x20 or > 0x7e or (byte)'"' or (byte)'\\' ? result.Append(CultureInfo.InvariantCulture, $"\\x{one:X2}") : result.Append((char)one);
        return result.ToString();
    }

    private static string Json(in AccessEntry entry)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("time", entry.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            writer.WriteString("remote", entry.Remote);
            writer.WriteString("method", Cut(entry.Method));
            writer.WriteString("target", Cut(entry.Target));
            writer.WriteString("protocol", entry.Protocol);
            writer.WriteString("scheme", entry.IsHttps ? "https" : "http");
            writer.WriteString("host", Cut(entry.Host));
            writer.WriteNumber("status", entry.Status);
            writer.WriteNumber("bytes", entry.Bytes);
            writer.WriteNumber("duration_ms", Math.Round(entry.Duration.TotalMilliseconds, 3));
            WriteText(writer, "referrer", entry.Referrer);
            WriteText(writer, "user_agent", entry.UserAgent);
            WriteText(writer, "service", entry.Service);
            WriteText(writer, "instance", entry.Instance);
            if (entry.HasWaited)
                writer.WriteBoolean("waited", true);
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteText(Utf8JsonWriter writer, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
            writer.WriteString(name, Cut(value));
    }

    private static string Cut(string text) => text.Length > LongestField ? text[..LongestField] : text;
}
