// SPDX-License-Identifier: Apache-2.0

using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Uaas.Gateway;

/// <summary>The server that clients speak with, as one that only passes on needs it.</summary>
internal static class ClientSide
{
    /// <summary>Sets it up.</summary>
    /// <param name="server">The server.</param>
    /// <param name="maxConnections">Connections at a time.</param>
    internal static void Configure(KestrelServerOptions server, int maxConnections)
    {
        server.AddServerHeader = false;
        server.AllowSynchronousIO = false;
        server.Limits.MaxConcurrentConnections = maxConnections;
        server.Limits.MaxConcurrentUpgradedConnections = maxConnections;

        // The instances judge bodies, and how long they wait for them; a body that pauses may be one half of a conversation. Silence of both sides has its bound where requests are passed on.
        server.Limits.MaxRequestBodySize = null;
        server.Limits.MinRequestBodyDataRate = null;

        // Fields pass byte for byte.
        server.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
        server.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
    }

    /// <summary>The value of a field as text, for people: where it is not ASCII, it is UTF-8 as a rule.</summary>
    internal static string? TextOf(string? value) => value is null || Ascii.IsValid(value) ? value : Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(value));
}
