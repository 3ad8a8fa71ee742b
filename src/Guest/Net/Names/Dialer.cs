// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;
using Uaas.Net.Tcp;
using Uaas.Wire;

namespace Uaas.Net.Names;

/// <summary>How a call of <see cref="Dialer.Dial"/> went.</summary>
public enum DialResult
{
    /// <summary>Under way: the handler is told how it ends, by Established, Closed or CannotConnect.</summary>
    Ok,

    /// <summary>Nothing is linked to that port of 127.0.0.1.</summary>
    NoLink,

    /// <summary>The host is neither an address nor a name.</summary>
    BadName,

    /// <summary>Too many lookups or connections are under way, or this side has no address yet: try again later.</summary>
    Busy,
}

/// <summary>
/// Opens connections to hosts by name, as a program on an ordinary machine does. <c>localhost</c>, <c>127.0.0.1</c> and the rest of 127.0.0.0/8 lead to
/// the services that are linked to their ports; an address leads there; any other name is asked of the name server, which knows the services by name.
/// </summary>
public sealed class Dialer
{
    private readonly TcpStack _tcp;
    private readonly Resolver _resolver;
    private readonly LinkTable _links;
    private readonly PendingDial[] _pending;

    internal Dialer(TcpStack tcp, Resolver resolver, NetworkConfiguration configuration)
    {
        _tcp = tcp;
        _resolver = resolver;
        _links = configuration.Links;
        _pending = new PendingDial[configuration.MaxLookups];
        for (int i = 0; i < _pending.Length; i++) _pending[i] = new PendingDial(tcp);
    }

    /// <summary>Opens a connection; what becomes of it, the handler is told, unless the result is not <see cref="DialResult.Ok"/>.</summary>
    /// <param name="host">A name, or an address in dotted decimal.</param>
    /// <param name="port">The port; of 127.0.0.1, one that is linked.</param>
    /// <param name="handler">What serves the connection. After CannotConnect nothing else comes.</param>
    /// <param name="deadline">The handler's timer from the first SYN on, in nanoseconds of the monotonic clock: an unanswered one is otherwise sent again for half a minute.</param>
    public DialResult Dial(ReadOnlySpan<byte> host, ushort port, TcpHandler handler, long deadline = Nanoseconds.Never)
    {
        bool isAddress = ArgumentValue.TryParseAddress(host, out Ipv4Address address);
        if (isAddress && !address.IsLoopback) return Connect(_tcp, address, port, handler, deadline) ? DialResult.Ok : DialResult.Busy;
        if (!isAddress && !IsLocalhost(host)) return LookUp(host, port, handler, deadline);
        return _links.TryFind(port, out ReadOnlySpan<byte> service, out ushort targetPort) ? LookUp(service, targetPort, handler, deadline) : DialResult.NoLink;
    }

    private static bool Connect(TcpStack tcp, Ipv4Address address, ushort port, TcpHandler handler, long deadline)
    {
        TcpConnection? connection = tcp.Connect(address, port, handler);
        if (deadline != Nanoseconds.Never) connection?.SetTimer(deadline);
        return connection != null;
    }

    private DialResult LookUp(ReadOnlySpan<byte> name, ushort port, TcpHandler handler, long deadline)
    {
        for (int i = 0; i < _pending.Length; i++)
        {
            if (_pending[i].Handler != null) continue;
            if (!DnsMessage.IsName(name)) return DialResult.BadName;
            if (!_resolver.TryLookUp(name, _pending[i])) return DialResult.Busy;
            _pending[i].Handler = handler;
            _pending[i].Port = port;
            _pending[i].Deadline = deadline;
            return DialResult.Ok;
        }

        return DialResult.Busy;
    }

    /// <summary>RFC 6761, 6.3: names are compared without regard to case, and a last dot is no difference.</summary>
    private static bool IsLocalhost(ReadOnlySpan<byte> host)
    {
        ReadOnlySpan<byte> name = "localhost"u8;
        if (!host.IsEmpty && host[^1] == (byte)'.') host = host[..^1];
        if (host.Length != name.Length) return false;
        for (int i = 0; i < name.Length; i++)
        {
            if ((host[i] | 0x20) != name[i]) return false;
        }

        return true;
    }

    /// <summary>A connection whose other end's address is being asked for.</summary>
    private sealed class PendingDial(TcpStack tcp) : NameLookup
    {
        public TcpHandler? Handler { get; set; }

        public ushort Port { get; set; }

        public long Deadline { get; set; }

        public override void Resolved(Ipv4Address address)
        {
            TcpHandler handler = Take();
            if (!Connect(tcp, address, Port, handler, Deadline)) handler.CannotConnect(ConnectFailure.NoRoom);
        }

        public override void Failed(LookupFailure failure) => Take().CannotConnect(failure switch
        {
            LookupFailure.NoSuchName => ConnectFailure.NoSuchName,
            LookupFailure.Refused => ConnectFailure.Refused,
            _ => ConnectFailure.NameTimedOut,
        });

        private TcpHandler Take()
        {
            TcpHandler handler = Handler!;
            Handler = null;
            return handler;
        }
    }
}
