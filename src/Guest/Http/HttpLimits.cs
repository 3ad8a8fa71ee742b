// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Http;

/// <summary>
/// The bounds of a server, and what happens at each. Times are in nanoseconds. The defaults suit a public site behind a proxy.
/// </summary>
public sealed class HttpLimits
{
    /// <summary>One second in the unit of the times.</summary>
    public const long Second = 1_000_000_000;

    /// <summary>Bytes of the request line without its CRLF; more: 414.</summary>
    public int MaxRequestLine { get; init; } = 8192;

    /// <summary>Bytes of the whole head with its last CRLF; more: 431. At most 65,535, and less than the connection's receive buffer holds.</summary>
    public int MaxHeadSize { get; init; } = 16384;

    /// <summary>Header fields of a request, at most 255; more: 431.</summary>
    public int MaxHeaderCount { get; init; } = 64;

    /// <summary>Bytes of content of a request, freed from its framing; more: 413.</summary>
    public long MaxBody { get; init; } = 1 << 20;

    /// <summary>Bytes of content that no handler wants and that are read all the same to keep the connection; more: it is closed after the response.</summary>
    public long MaxDiscardedBody { get; init; } = 64 << 10;

    /// <summary>Connections that are served at a time.</summary>
    public int MaxConnections { get; init; } = 1024;

    /// <summary>Connections beyond <see cref="MaxConnections"/> that are told 503 and closed; any more are refused by TCP. 0: refuse at once.</summary>
    public int MaxOverloadConnections { get; init; } = 16;

    /// <summary>Requests served on one connection before it is closed, so that a balancer can spread them anew; 0: any number.</summary>
    public long MaxRequestsPerConnection { get; init; }

    /// <summary>Bytes of a connection's response buffer: response heads and small contents that are not yet acknowledged. It is held only while there are any.</summary>
    public int ResponseBufferSize { get; init; } = 4096;

    /// <summary>
    /// Room in the response buffer that a request waits for before it is handled: the largest response head together with its small content.
    /// At most <see cref="ResponseBufferSize"/>; a handler that writes more gets a 500 sent instead.
    /// </summary>
    public int MaxBufferedResponse { get; init; } = 2048;

    /// <summary>From the first byte of a head (or the opening of the connection) to its last; longer: 408, or closed where nothing came.</summary>
    public long HeaderTimeout { get; init; } = 30 * Second;

    /// <summary>From a response to the next request; longer: closed.</summary>
    public long IdleTimeout { get; init; } = 75 * Second;

    /// <summary>Between two arrivals of request content; longer: 408, or closed where the response has begun.</summary>
    public long BodyTimeout { get; init; } = 30 * Second;

    /// <summary>Between two acknowledgements while something is being sent; longer: aborted.</summary>
    public long SendTimeout { get; init; } = 60 * Second;

    /// <summary>How long what the client still sends is read and thrown away after the server has said its last word; longer: aborted.</summary>
    public long LingerTimeout { get; init; } = 5 * Second;
}
