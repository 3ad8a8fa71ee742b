// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>A request method (RFC 9110, 9.3; PATCH from RFC 5789).</summary>
public enum HttpMethod : byte
{
    /// <summary>A well-formed method that this server does not know; its text is <see cref="HttpRequest.MethodText"/>.</summary>
    Unknown,

    /// <summary>GET.</summary>
    Get,

    /// <summary>HEAD.</summary>
    Head,

    /// <summary>POST.</summary>
    Post,

    /// <summary>PUT.</summary>
    Put,

    /// <summary>DELETE.</summary>
    Delete,

    /// <summary>CONNECT.</summary>
    Connect,

    /// <summary>OPTIONS.</summary>
    Options,

    /// <summary>TRACE.</summary>
    Trace,

    /// <summary>PATCH.</summary>
    Patch,
}

/// <summary>The names of methods. They are case-sensitive (RFC 9110, 9.1).</summary>
public static class HttpMethods
{
    /// <summary>The method that <paramref name="text"/> names.</summary>
    public static HttpMethod Find(ReadOnlySpan<byte> text) => text.Length switch
    {
        3 when text.SequenceEqual("GET"u8) => HttpMethod.Get,
        3 when text.SequenceEqual("PUT"u8) => HttpMethod.Put,
        4 when text.SequenceEqual("HEAD"u8) => HttpMethod.Head,
        4 when text.SequenceEqual("POST"u8) => HttpMethod.Post,
        5 when text.SequenceEqual("PATCH"u8) => HttpMethod.Patch,
        5 when text.SequenceEqual("TRACE"u8) => HttpMethod.Trace,
        6 when text.SequenceEqual("DELETE"u8) => HttpMethod.Delete,
        7 when text.SequenceEqual("OPTIONS"u8) => HttpMethod.Options,
        7 when text.SequenceEqual("CONNECT"u8) => HttpMethod.Connect,
        _ => HttpMethod.Unknown,
    };

    /// <summary>The method's name; empty for <see cref="HttpMethod.Unknown"/>.</summary>
    public static ReadOnlySpan<byte> NameOf(HttpMethod method) => method switch
    {
        HttpMethod.Get => "GET"u8,
        HttpMethod.Head => "HEAD"u8,
        HttpMethod.Post => "POST"u8,
        HttpMethod.Put => "PUT"u8,
        HttpMethod.Delete => "DELETE"u8,
        HttpMethod.Connect => "CONNECT"u8,
        HttpMethod.Options => "OPTIONS"u8,
        HttpMethod.Trace => "TRACE"u8,
        HttpMethod.Patch => "PATCH"u8,
        _ => default,
    };
}
