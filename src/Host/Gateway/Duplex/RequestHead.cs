// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;

namespace Uaas.Gateway.Duplex;

/// <summary>The head of a request that has content and a connection of its own (RFC 9112, sections 3 to 6).</summary>
internal static class RequestHead
{
    /// <summary>What is about the connection, which is written anew, and Expect: the content is sent without waiting.</summary>
    private static readonly FrozenSet<string> NotPassedOn = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "Host", "Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Expect");

    private static readonly SearchValues<char> EndsLine = SearchValues.Create("\r\n\0");

    /// <summary>Its bytes, a byte each character of a value.</summary>
    /// <exception cref="HttpRequestException">A value would end its line.</exception>
    internal static byte[] Write(HttpRequestMessage request, HttpContent content)
    {
        Uri target = request.RequestUri!;
        var head = new StringBuilder(512);
        head.Append(request.Method.Method).Append(' ').Append(target.PathAndQuery).Append(" HTTP/1.1\r\n");
        Append(head, "Host", request.Headers.Host ?? target.Authority);
        Append(head, request.Headers.NonValidated);
        Append(head, content.Headers.NonValidated);
        if (content.Headers.ContentLength is { } length)
            Append(head, "Content-Length", length.ToString(CultureInfo.InvariantCulture));
        else
            Append(head, "Transfer-Encoding", "chunked");
        Append(head, "Connection", "close");
        return Encoding.Latin1.GetBytes(head.Append("\r\n").ToString());
    }

    private static void Append(StringBuilder head, HttpHeadersNonValidated fields)
    {
        foreach ((string name, HeaderStringValues values) in fields)
        {
            if (NotPassedOn.Contains(name))
                continue;
            foreach (string value in values)
                Append(head, name, value);
        }
    }

    private static void Append(StringBuilder head, string name, string value)
    {
        if (value.AsSpan().ContainsAny(EndsLine))
            throw new HttpRequestException($"the value of {name} has a character that ends a line");
        head.Append(name).Append(": ").Append(value).Append("\r\n");
    }
}
