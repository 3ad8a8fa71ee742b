// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

namespace Uaas.Services.Tests;

/// <summary>One response as a client reads it from the stream.</summary>
internal sealed record HttpReply(int Status, ILookup<string, string> Fields, byte[] Body)
{
    internal string Text => Encoding.Latin1.GetString(Body);

    /// <summary>The only field of a name; null if there is none.</summary>
    internal string? this[string name] => Fields[name].SingleOrDefault();

    /// <summary>Reads all responses of a stream that the server has closed. Those to HEAD, by their number, have no body.</summary>
    internal static List<HttpReply> ReadAll(byte[] stream, params int[] heads)
    {
        List<HttpReply> replies = [];
        for (int at = 0; at < stream.Length;)
        {
            int end = stream.AsSpan(at).IndexOf("\r\n\r\n"u8);
            if (end < 0) throw new InvalidDataException("a response without the end of its head");
            string[] lines = Encoding.Latin1.GetString(stream, at, end).Split("\r\n");
            at += end + 4;
            int status = int.Parse(lines[0].AsSpan("HTTP/1.1 ".Length, 3), CultureInfo.InvariantCulture);
            ILookup<string, string> fields = lines[1..].Select(line => line.Split(": ", 2)).ToLookup(parts => parts[0], parts => parts[1], StringComparer.OrdinalIgnoreCase);
            if (status is >= 100 and < 200)
            {
                replies.Add(new HttpReply(status, fields, []));
                continue;
            }

            bool empty = heads.Contains(replies.Count(reply => reply.Status >= 200)) || status is 204 or 304;
            int length = empty ? 0 : int.Parse(fields["Content-Length"].Single(), CultureInfo.InvariantCulture);
            replies.Add(new HttpReply(status, fields, stream.AsSpan(at, length).ToArray()));
            at += length;
        }

        return replies;
    }
}
