// SPDX-License-Identifier: Apache-2.0

using Uaas.Net.Tcp;
using Uaas.Wire;

namespace Uaas.Http;

/// <summary>A TCP connection as a transport for HTTP.</summary>
internal sealed class TcpHttpTransport : HttpTransport
{
    private TcpConnection? _connection;

    /// <summary>The connection beneath.</summary>
    public TcpConnection Connection
    {
        get => _connection!;
        set => _connection = value;
    }

    public override Ipv4Address RemoteAddress => Connection.Remote.Address;

    public override ushort RemotePort => Connection.Remote.Port;

    public override void Offer(long count) => Connection.Offer(count);

    public override void Finish() => Connection.Finish();

    public override void Abort() => Connection.Abort();

    public override void ResumeReceive() => Connection.ResumeReceive();

    public override void ResumeSend() => Connection.ResumeSend();

    public override void SetTimer(long deadline) => Connection.SetTimer(deadline);
}
