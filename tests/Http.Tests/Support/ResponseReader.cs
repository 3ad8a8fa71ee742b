// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;

namespace Uaas.Http.Tests.Support;

/// <summary>A response as a client reads it.</summary>
internal sealed record ParsedResponse(int Status, Dictionary<string, string> Headers, string Body);

/// <summary>Reads a stream of responses as strictly as the RFC allows: the other end of what the server writes.</summary>
internal static class ResponseReader
{
    /// <summary>Reads all responses in <paramref name="text"/>. <paramref name="methods"/> are those of the requests, where not all are GET.</summary>
    public static List<ParsedResponse> ReadAll(string text, params string[] methods)
    {
        List<ParsedResponse> responses = [];
        int finals = 0;
        while (text.Length > 0)
        {
            string method = finals < methods.Length ? methods[finals] : "GET";
            ParsedResponse response = ReadOne(ref text, method);
            responses.Add(response);
            if (response.Status >= 200) finals++;
        }

        return responses;
    }

    private static ParsedResponse ReadOne(ref string text, string method)
    {
        int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        Assert.True(end > 0, $"no head in: {text}");
        string[] lines = text[..end].Split("\r\n");
        text = text[(end + 4)..];
        Assert.Matches(@"^HTTP/1\.1 \d\d\d [A-Za-z ]+$", lines[0]);
        int status = int.Parse(lines[0][9..12], CultureInfo.InvariantCulture);
        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        foreach (string line in lines[1..])
        {
            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            Assert.True(colon > 0 && line.IndexOfAny(['\r', '\n']) < 0, line);
            Assert.True(headers.TryAdd(line[..colon], line[(colon + 2)..]), $"twice: {line}");
        }

        if (status >= 200) Assert.Contains("Date", headers.Keys);
        return new ParsedResponse(status, headers, ReadBody(ref text, status, method, headers));
    }

    private static string ReadBody(ref string text, int status, string method, Dictionary<string, string> headers)
    {
        if (status < 200 || status is 204 or 304 || method == "HEAD") return "";
        if (headers.ContainsKey("Transfer-Encoding")) return ReadChunks(ref text);
        string body = text;
        if (headers.TryGetValue("Content-Length", out string? length))
        {
            int count = int.Parse(length, CultureInfo.InvariantCulture);
            Assert.True(text.Length >= count, "cut short");
            body = text[..count];
        }

        text = text[body.Length..];
        return body;
    }

    private static string ReadChunks(ref string text)
    {
        string body = "";
        while (true)
        {
            int line = text.IndexOf("\r\n", StringComparison.Ordinal);
            Assert.True(line > 0, "no chunk size");
            int size = int.Parse(text[..line], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            string data = text[(line + 2)..(line + 2 + size)];
            Assert.Equal("\r\n", text[(line + 2 + size)..(line + 4 + size)]);
            text = text[(line + 4 + size)..];
            if (size == 0) return body;
            body += data;
        }
    }
}
