// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Net.Tcp;

namespace Uaas.Web;

/// <summary>Passes on to a <see cref="WebCall"/> what TCP reports of its connection.</summary>
internal sealed class CallHandler(WebCall call) : TcpHandler
{
    public override void Established(TcpConnection connection) => call.Established(connection);

    public override int Receive(TcpConnection connection, ReadOnlySpan<byte> data) => call.Receive(data);

    public override int Supply(TcpConnection connection, long offset, Span<byte> destination) => call.Supply(offset, destination);

    public override void Acknowledged(TcpConnection connection, long offset)
    {
    }

    public override void PeerFinished(TcpConnection connection) => call.PeerFinished();

    public override void TimerFired(TcpConnection connection) => call.TimerFired(connection);

    public override void Closed(TcpConnection connection, TcpCloseReason reason) => call.Closed(reason);

    public override void CannotConnect(ConnectFailure failure) => call.CannotConnect(failure switch
    {
        ConnectFailure.NoSuchName => CallFailure.NoService,
        ConnectFailure.Refused => CallFailure.Refused,
        ConnectFailure.NoRoom => CallFailure.Busy,
        _ => CallFailure.TimedOut,
    });
}
