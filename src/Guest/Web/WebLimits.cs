// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;

namespace Uaas.Web;

/// <summary>The bounds of a service, and what happens at each. A value that could not work is held to the nearest one that can.</summary>
public sealed class WebLimits
{
    /// <summary>
    /// Requests that are in progress at once: whose content arrives, whose handler waits, whose large response is not yet acknowledged. One more is answered 503 with
    /// Retry-After. Their buffers are made when first needed.
    /// </summary>
    public int MaxRequests { get; init => field = Math.Clamp(value, 1, 1 << 16); } = 64;

    /// <summary>Bytes of a request's content that is received before its handler runs; more: 413.</summary>
    public int MaxContent { get; init => field = Math.Clamp(value, 0, 1 << 26); } = 64 << 10;

    /// <summary>Bytes of content of a request whose handler reads it as it arrives; more: 413, or the connection is cut off.</summary>
    public long MaxStreamedContent { get; init => field = Math.Max(value, 0); } = 1L << 30;

    /// <summary>Bytes of content of a response that is sent whole (more: 500), and of a streamed one that are kept until the client has them.</summary>
    public int MaxResponse { get; init => field = Math.Clamp(value, 1 << 10, 1 << 26); } = 64 << 10;

    /// <summary>Bytes that the code of one request can `new`; more: a panic.</summary>
    public int RequestMemory { get; init => field = Math.Clamp(value, 1 << 10, 1 << 26); } = 16 << 10;

    /// <summary>Other services that are called; one more stops the guest as it starts.</summary>
    public int MaxClients { get; init => field = Math.Clamp(value, 0, 256); } = 4;

    /// <summary>Calls to each other service that are under way at once, and so connections to it; one more is not begun.</summary>
    public int MaxCalls { get; init => field = Math.Clamp(value, 1, 1 << 12); } = 32;

    /// <summary>Nanoseconds that another service may be silent while something is waited for; longer: the call fails.</summary>
    public long CallTimeout { get; init => field = Math.Clamp(value, HttpLimits.Second / 1000, 86_400 * HttpLimits.Second); } = 30 * HttpLimits.Second;

    /// <summary>The bounds of connections and heads. Its bound of content is set from the two above.</summary>
    public HttpLimits Http { get; init; } = new() { MaxRequestLine = 4096, MaxHeadSize = 8192 };
}
