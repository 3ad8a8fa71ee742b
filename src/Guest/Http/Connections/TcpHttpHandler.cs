// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Net.Tcp;

namespace Uaas.Http;

/// <summary>Passes on to an <see cref="HttpConnection"/> what TCP reports. One for each connection object, used again with it.</summary>
internal sealed class TcpHttpHandler(HttpConnection http) : TcpHandler
{
    private readonly TcpHttpTransport _transport = new();

    public override void Established(TcpConnection connection)
    {
        _transport.Connection = connection;
        http.Established(_transport);
    }

    public override int Receive(TcpConnection connection, ReadOnlySpan<byte> data) => http.Receive(data);

    public override int Supply(TcpConnection connection, long offset, Span<byte> destination) => http.Supply(offset, destination);

    public override void Acknowledged(TcpConnection connection, long offset) => http.Acknowledged(offset);

    public override void PeerFinished(TcpConnection connection) => http.PeerFinished();

    public override void TimerFired(TcpConnection connection) => http.TimerFired();

    public override void Closed(TcpConnection connection, TcpCloseReason reason)
    {
        http.Closed();
    }
}
