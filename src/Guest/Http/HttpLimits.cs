// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>
/// The bounds of a server, and what happens at each. Times are in nanoseconds. The defaults suit a public site behind a proxy. A value that could not
/// work is held to the nearest one that can.
/// </summary>
public sealed class HttpLimits
{
    /// <summary>One second in the unit of the times.</summary>
    public const long Second = 1_000_000_000;

    /// <summary>Bytes of the request line without its CRLF; more: 414.</summary>
    public int MaxRequestLine { get; init => field = Math.Clamp(value, 16, ushort.MaxValue); } = 8192;

    /// <summary>Bytes of the whole head with its last CRLF; more: 431. At most 65,535, and less than the connection's receive buffer holds.</summary>
    public int MaxHeadSize { get; init => field = Math.Clamp(value, 64, ushort.MaxValue); } = 16384;

    /// <summary>Header fields of a request, at most 255; more: 431.</summary>
    public int MaxHeaderCount { get; init => field = Math.Clamp(value, 1, byte.MaxValue); } = 64;

    /// <summary>Bytes of content of a request, freed from its framing; more: 413.</summary>
    public long MaxBody { get; init => field = Math.Max(value, 0); } = 1 << 20;

    /// <summary>Bytes of content that no handler wants and that are read all the same to keep the connection; more: it is closed after the response.</summary>
    public long MaxDiscardedBody { get; init => field = Math.Max(value, 0); } = 64 << 10;

    /// <summary>Connections that are served at a time; one more has one closed that has sent nothing for a second.</summary>
    public int MaxConnections { get; init => field = Math.Clamp(value, 1, 1 << 20); } = 1024;

    /// <summary>
    /// Connections beyond <see cref="MaxConnections"/>: while an idle one closes to make room, or, where none is idle, to be told 503; any more are refused by
    /// TCP. 0: refuse at once.
    /// </summary>
    public int MaxOverloadConnections { get; init => field = Math.Clamp(value, 0, 1 << 10); } = 16;

    /// <summary>Requests served on one connection before it is closed, so that a balancer can spread them anew; 0: any number.</summary>
    public long MaxRequestsPerConnection { get; init; }

    /// <summary>Bytes of a connection's response buffer: response heads and small contents that are not yet acknowledged. It is held only while there are any.</summary>
    public int ResponseBufferSize { get; init => field = Math.Clamp(value, 512, 1 << 20); } = 4096;

    /// <summary>
    /// Room in the response buffer that a request waits for before it is handled: the largest response head together with its small content.
    /// At most <see cref="ResponseBufferSize"/>; a handler that writes more gets a 500 sent instead.
    /// </summary>
    public int MaxBufferedResponse { get => Math.Min(field, ResponseBufferSize); init => field = Math.Max(value, 512); } = 2048;

    /// <summary>From the first byte of a head (or the opening of the connection) to its last; longer: 408, or closed where nothing came.</summary>
    public long HeaderTimeout { get; init => field = HoldTime(value); } = 30 * Second;

    /// <summary>From a response to the next request; longer: closed.</summary>
    public long IdleTimeout { get; init => field = HoldTime(value); } = 75 * Second;

    /// <summary>Between two arrivals of request content; longer: 408, or closed where the response has begun.</summary>
    public long BodyTimeout { get; init => field = HoldTime(value); } = 30 * Second;

    /// <summary>Between two acknowledgements while something is being sent; longer: aborted.</summary>
    public long SendTimeout { get; init => field = HoldTime(value); } = 60 * Second;

    /// <summary>How long what the client still sends is read and thrown away after the server has said its last word; longer: aborted.</summary>
    public long LingerTimeout { get; init => field = HoldTime(value); } = 5 * Second;

    /// <summary>The same bounds with another of content.</summary>
    internal HttpLimits WithBody(long maxBody) => new()
    {
        MaxRequestLine = MaxRequestLine,
        MaxHeadSize = MaxHeadSize,
        MaxHeaderCount = MaxHeaderCount,
        MaxBody = maxBody,
        MaxDiscardedBody = MaxDiscardedBody,
        MaxConnections = MaxConnections,
        MaxOverloadConnections = MaxOverloadConnections,
        MaxRequestsPerConnection = MaxRequestsPerConnection,
        ResponseBufferSize = ResponseBufferSize,
        MaxBufferedResponse = MaxBufferedResponse,
        HeaderTimeout = HeaderTimeout,
        IdleTimeout = IdleTimeout,
        BodyTimeout = BodyTimeout,
        SendTimeout = SendTimeout,
        LingerTimeout = LingerTimeout,
    };

    /// <summary>A millisecond to a day: a deadline must lie ahead, and not beyond what a long counts.</summary>
    private static long HoldTime(long value) => Math.Clamp(value, Second / 1000, 86_400 * Second);
}
