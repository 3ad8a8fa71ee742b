// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Gateway;

/// <summary>The gateway's bounds. What is over a bound is refused, never queued without end.</summary>
public sealed record GatewayOptions
{
    /// <summary>Client connections at a time; more are closed at once.</summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>Requests being answered at a time; more get 503 with Retry-After.</summary>
    public int MaxRequests { get; init; } = 5_000;

    /// <summary>Connections to one instance that are kept, at a time; further requests wait for one of them, but for those with large contents, which have one of their own.</summary>
    public int MaxConnectionsPerInstance { get; init; } = 512;

    /// <summary>How long a connection to an instance is kept without a request: less than the instances keep theirs.</summary>
    public TimeSpan KeepIdle { get; init; } = TimeSpan.FromSeconds(50);

    /// <summary>How many other instances a request that is safe to repeat is given to when one fails.</summary>
    public int MaxRetries { get; init; } = 2;

    /// <summary>How long a connection to an instance may take to be made.</summary>
    public TimeSpan ConnectWithin { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a request may show no activity.</summary>
    public TimeSpan IdleWithin { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>How long requests that are being answered have to end when the gateway stops.</summary>
    public TimeSpan DrainWithin { get; init; } = TimeSpan.FromSeconds(5);
}
