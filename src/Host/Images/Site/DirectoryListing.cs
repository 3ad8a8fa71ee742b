// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Uaas.Host.Images.Sources;

namespace Uaas.Host.Images.Site;

/// <summary>Writes what a directory without an index file shows. The content cannot change, so its listings are files like any other, made at packing.</summary>
internal static class DirectoryListing
{
    private static readonly JsonWriterOptions s_jsonOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The listing for people.</summary>
    internal static byte[] Html(SourceDirectory directory)
    {
        string title = WebUtility.HtmlEncode($"Index of /{directory.Path}");
        StringBuilder page = new(
            $$"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{{title}}</title>
            <style>
            :root { color-scheme: light dark; }
            body { font: 16px/1.6 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
            h1 { font-size: 1.25rem; overflow-wrap: anywhere; }
            table { width: 100%; border-collapse: collapse; }
            th, td { text-align: left; padding: .3rem .5rem; border-bottom: 1px solid #8884; }
            td:first-child { overflow-wrap: anywhere; }
            .n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
            a { text-decoration: none; }
            a:hover { text-decoration: underline; }
            </style>
            </head>
            <body>
            <h1>{{title}}</h1>
            <table>
            <thead><tr><th>Name</th><th class="n">Size</th><th class="n">Modified (UTC)</th></tr></thead>
            <tbody>

            """);
        if (directory.Path.Length != 0)
        {
            page.Append("<tr><td><a href=\"../\">../</a></td><td class=\"n\"></td><td class=\"n\"></td></tr>\n");
        }

        foreach ((string name, SourceDirectory child) in directory.Directories)
        {
            AppendRow(page, name + "/", "", child.Modified);
        }

        foreach ((string name, SourceFile child) in directory.Files)
        {
            AppendRow(page, name, child.Size.ToString("N0", CultureInfo.InvariantCulture), child.Modified);
        }

        return Encoding.UTF8.GetBytes(page.Append("</tbody>\n</table>\n</body>\n</html>\n").ToString());
    }

    /// <summary>The listing for programs.</summary>
    internal static byte[] Json(SourceDirectory directory)
    {
        MemoryStream output = new();
        using (Utf8JsonWriter writer = new(output, s_jsonOptions))
        {
            writer.WriteStartArray();
            foreach ((string name, SourceDirectory child) in directory.Directories)
            {
                WriteItem(writer, name, "directory", null, child.Modified);
            }

            foreach ((string name, SourceFile child) in directory.Files)
            {
                WriteItem(writer, name, "file", child.Size, child.Modified);
            }

            writer.WriteEndArray();
        }

        return output.ToArray();
    }

    /// <summary>The newest of the directory and what is in it.</summary>
    internal static long Modified(SourceDirectory directory) =>
        directory.Files.Values.Select(static file => file.Modified)
            .Concat(directory.Directories.Values.Select(static child => child.Modified))
            .Append(directory.Modified)
            .Max();

    private static void AppendRow(StringBuilder page, string name, string size, long modified)
    {
        // "./" keeps a name with a colon from being read as a scheme.
        string link = "./" + string.Join('/', name.Split('/').Select(Uri.EscapeDataString));
        page.Append(
            CultureInfo.InvariantCulture,
            $"<tr><td><a href=\"{link}\">{WebUtility.HtmlEncode(name)}</a></td><td class=\"n\">{size}</td><td class=\"n\">{Date(modified):yyyy-MM-dd HH:mm}</td></tr>\n");
    }

    private static void WriteItem(Utf8JsonWriter writer, string name, string type, long? size, long modified)
    {
        writer.WriteStartObject();
        writer.WriteString("name", name);
        writer.WriteString("type", type);
        if (size is { } bytes)
        {
            writer.WriteNumber("size", bytes);
        }

        writer.WriteString("modified", Date(modified).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        writer.WriteEndObject();
    }

    private static DateTimeOffset Date(long seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds);
}
