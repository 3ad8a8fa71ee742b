// SPDX-License-Identifier: Apache-2.0

using System.Net;
using System.Net.Sockets;

namespace Uaas.Net.Testing;

/// <summary>A port of this machine for a server that has to be told one.</summary>
public static class FreePort
{
    /// <summary>A port of loopback that nobody listens on now.</summary>
    public static int Find()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
