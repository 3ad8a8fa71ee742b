// SPDX-License-Identifier: Apache-2.0

using Uaas.Net.Tcp;

namespace Uaas.Http;

/// <summary>Puts a server behind a TCP port.</summary>
public sealed class TcpHttpListener(HttpServer server) : TcpListener
{
    private readonly TcpHttpHandler?[] _handlers = new TcpHttpHandler?[server.Capacity];
    private int _made;

    /// <inheritdoc/>
    public override TcpHandler? Accept(TcpConnection connection)
    {
        HttpConnection? http = server.Open();
        for (; _made < server.Made; _made++) _handlers[_made] = new TcpHttpHandler(server.ConnectionAt(_made));
        return http is null ? null : _handlers[http.Slot];
    }
}
