// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;

namespace Uaas.Front;

/// <summary>What a front is given, and its bounds. What is over a bound is refused, never queued without end.</summary>
public sealed record FrontOptions
{
    /// <summary>Descriptor of the listening socket, which may belong to another network namespace.</summary>
    public required int Listener { get; init; }

    /// <summary>Descriptor of the listening socket for HTTPS; null for none.</summary>
    public int? TlsListener { get; init; }

    /// <summary>The port that people reach <see cref="TlsListener"/> at: where plain HTTP is sent on to.</summary>
    public int TlsPort { get; init; } = 443;

    /// <summary>How requests are written down; null for not at all.</summary>
    public Logging.AccessLogOptions? AccessLog { get; init; }

    /// <summary>How long a client may take for a TLS handshake.</summary>
    public TimeSpan HandshakeWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Descriptors of listening sockets for other protocols than HTTP, by the port that routes name them by.</summary>
    public IReadOnlyDictionary<int, int> TcpListeners { get; init; } = new Dictionary<int, int>();

    /// <summary>Path of the master's socket.</summary>
    public required string MasterSocket { get; init; }

    /// <summary>The name of this front.</summary>
    public string Name { get; init; } = "gateway";

    /// <summary>Says on standard error what there is no master to tell.</summary>
    public Action<string> Say { get; init; } = static text => Console.Error.WriteLine($"uaas: {text}");

    /// <summary>Where instances ask for linked services by name; null for nowhere.</summary>
    public System.Net.IPEndPoint? NameServer { get; init; }

    /// <summary>The socket of who knows the names of the outside; null for nobody.</summary>
    public string? OutsideNames { get; init; }

    /// <summary>Client connections at a time; more are closed at once.</summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>Requests at a time, those that wait included; more get 503 with Retry-After.</summary>
    public int MaxRequests { get; init; } = 8_000;

    /// <summary>Connections to one instance at a time; further requests wait for one of them.</summary>
    public int MaxConnectionsPerInstance { get; init; } = 512;

    /// <summary>How many other instances a request is given to when one fails.</summary>
    public int MaxRetries { get; init; } = 3;

    /// <summary>How long a connection to an instance may take to be made.</summary>
    public TimeSpan ConnectWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a request may show no activity.</summary>
    public TimeSpan IdleWithin { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>How long a connection to an instance is kept without a request: less than the instances keep theirs.</summary>
    public TimeSpan KeepIdle { get; init; } = TimeSpan.FromSeconds(50);

    /// <summary>How long requests wait for the master when the front has just been started.</summary>
    public TimeSpan MasterWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long requests that are being answered have to end when the front stops.</summary>
    public TimeSpan DrainWithin { get; init; } = TimeSpan.FromSeconds(5);
}
