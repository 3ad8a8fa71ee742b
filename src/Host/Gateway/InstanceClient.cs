// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.Net;
using System.Net.Http;
using System.Text;
using System.Threading;
using Uaas.Gateway.Duplex;

namespace Uaas.Gateway;

/// <summary>What speaks HTTP with instances: it changes nothing, keeps nothing back, and answers while it asks.</summary>
internal static class InstanceClient
{
    /// <summary>Makes one.</summary>
    /// <param name="connect">Makes a connection to the instance that a request is for.</param>
    /// <param name="connectWithin">How long that may take.</param>
    /// <param name="maxConnections">Connections to one instance that are kept; further requests wait for one of them, but for those that have one of their own (<see cref="DuplexHandler"/>).</param>
    /// <param name="keepIdle">How long a connection is kept that nobody uses.</param>
    internal static HttpMessageInvoker Create(Connect connect, TimeSpan connectWithin, int maxConnections, TimeSpan keepIdle)
    {
        SocketsHttpHandler kept = Handler(connect);
        kept.ActivityHeadersPropagator = DistributedContextPropagator.CreatePassThroughPropagator();
        kept.ConnectTimeout = connectWithin;
        kept.MaxConnectionsPerServer = maxConnections;
        kept.PooledConnectionLifetime = Timeout.InfiniteTimeSpan;
        kept.PooledConnectionIdleTimeout = keepIdle;
        return new HttpMessageInvoker(new DuplexHandler(connect, connectWithin, new PromptHandler(kept)));
    }

    /// <summary>.NET's client, as one that only passes on needs it.</summary>
    internal static SocketsHttpHandler Handler(Connect connect) => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ConnectCallback = (context, cancellation) => connect(context.InitialRequestMessage, cancellation),
    };
}
