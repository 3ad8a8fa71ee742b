// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace Uaas.Services.Tests.Comparison;

/// <summary>Content of a response, or one of several parts of it (RFC 9110, section 14.6).</summary>
internal sealed record Part(string? Type, string? Range, ReadOnlyMemory<byte> Content)
{
    private const string Multipart = "multipart/byteranges; boundary=";

    /// <summary>The parts of a response; one where it is not made of parts.</summary>
    internal static List<Part> Of(HttpReply reply)
    {
        if (reply["Content-Type"] is not { } type || !type.StartsWith(Multipart, StringComparison.Ordinal)) return [new Part(reply["Content-Type"], null, reply.Body)];
        byte[] delimiter = Encoding.ASCII.GetBytes($"\r\n--{type[Multipart.Length..]}");
        List<Part> parts = [];

        // The first delimiter may lack its line end, and does with none of the two.
        for (int at = reply.Body.AsSpan().IndexOf(delimiter); at >= 0;)
        {
            at += delimiter.Length;
            int next = reply.Body.AsSpan(at).IndexOf(delimiter);
            if (next < 0) break;
            parts.Add(Read(reply.Body.AsMemory(at, next)));
            at += next;
        }

        return parts;
    }

    private static Part Read(ReadOnlyMemory<byte> part)
    {
        int head = part.Span.IndexOf("\r\n\r\n"u8);
        ILookup<string, string> fields = Encoding.Latin1.GetString(part.Span[..head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(": ", 2)).ToLookup(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        return new Part(fields["Content-Type"].SingleOrDefault(), fields["Content-Range"].SingleOrDefault(), part[(head + 4)..]);
    }
}
