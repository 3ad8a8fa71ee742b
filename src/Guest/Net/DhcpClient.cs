// SPDX-License-Identifier: Apache-2.0

using System;
using System.Numerics;
using Uaas.Wire;

namespace Uaas.Net;

/// <summary>Where a DHCP client is in its life (RFC 2131, figure 5).</summary>
public enum DhcpState
{
    /// <summary>Not used: the address is fixed.</summary>
    Off,

    /// <summary>Looking for a server.</summary>
    Selecting,

    /// <summary>Asking for the address that was offered.</summary>
    Requesting,

    /// <summary>Has an address.</summary>
    Bound,

    /// <summary>Asking the server that gave it for more time.</summary>
    Renewing,

    /// <summary>Asking any server for more time.</summary>
    Rebinding,
}

/// <summary>Gets an address from a DHCP server and keeps it (RFC 2131).</summary>
public sealed class DhcpClient
{
    // RFC 2131, 4.1: 4 s, doubled up to 64 s, each give or take a second.
    private const long FirstRetry = 4 * Nanoseconds.PerSecond;
    private const int MaxDoublings = 4;
    private const int MaxRequests = 4;

    // RFC 2131, 4.4.5: while renewing, half of the time that is left, but not under a minute.
    private const long LeastRenewalRetry = 60 * Nanoseconds.PerSecond;

    private readonly Interface _link;
    private readonly Ipv4Output _output;
    private readonly KeyedRandom _random;

    private uint _transaction;
    private Ipv4Address _offered;
    private Ipv4Address _server;
    private int _attempts;
    private long _deadline = Nanoseconds.Never;
    private long _requestedAt;
    private long _renewAt;
    private long _rebindAt;
    private long _expiresAt;

    internal DhcpClient(Interface link, Ipv4Output output, KeyedRandom random, bool enabled)
    {
        _link = link;
        _output = output;
        _random = random;
        if (!enabled) return;
        State = DhcpState.Selecting;
        _transaction = random.NextUInt32();
        _deadline = 0;
    }

    /// <summary>Where the client is.</summary>
    public DhcpState State { get; private set; }

    /// <summary>When <see cref="Run"/> has something to do.</summary>
    internal long Deadline => _deadline;

    /// <summary>Does what is due.</summary>
    internal void Run(long now)
    {
        if (now < _deadline) return;
        switch (State)
        {
            case DhcpState.Selecting:
                Ask(DhcpMessageType.Discover, now);
                break;
            case DhcpState.Requesting when _attempts >= MaxRequests:
                Restart(now);
                break;
            case DhcpState.Requesting:
                Ask(DhcpMessageType.Request, now);
                break;
            case DhcpState.Bound:
                State = DhcpState.Renewing;
                _transaction = _random.NextUInt32();
                _requestedAt = now;
                AskForMoreTime(_rebindAt, now);
                break;
            case DhcpState.Renewing when now < _rebindAt:
                AskForMoreTime(_rebindAt, now);
                break;
            case DhcpState.Renewing or DhcpState.Rebinding when now < _expiresAt:
                State = DhcpState.Rebinding;
                AskForMoreTime(_expiresAt, now);
                break;
            default:
                _link.Configure(default, 0, default);
                Restart(now);
                break;
        }
    }

    /// <summary>Takes what came to the client's port.</summary>
    internal void Receive(ReadOnlySpan<byte> payload, long now)
    {
        if (!DhcpMessage.TryParseReply(payload, out DhcpMessage message))
        {
            _link.Counters.DroppedMalformed++;
            return;
        }

        if (message.TransactionId != _transaction || message.ClientHardware != _link.Station) return;
        switch (message.Type)
        {
            case DhcpMessageType.Offer when State == DhcpState.Selecting && message.Server != Ipv4Address.Any && IsHostAddress(message.YourAddress):
                _offered = message.YourAddress;
                _server = message.Server;
                State = DhcpState.Requesting;
                _attempts = 0;
                _requestedAt = now;
                Ask(DhcpMessageType.Request, now);
                break;
            case DhcpMessageType.Ack when State is DhcpState.Requesting or DhcpState.Renewing or DhcpState.Rebinding
                && message.YourAddress == _offered && message.LeaseSeconds != 0:
                Bind(message);
                break;
            case DhcpMessageType.Nak when State is DhcpState.Requesting or DhcpState.Renewing or DhcpState.Rebinding:
                if (State != DhcpState.Requesting) _link.Configure(default, 0, default);
                Restart(now);
                break;
        }
    }

    private static bool IsHostAddress(Ipv4Address address) =>
        address != Ipv4Address.Any && address != Ipv4Address.Broadcast && !address.IsMulticast && !address.IsLoopback;

    private void Bind(in DhcpMessage message)
    {
        State = DhcpState.Bound;
        if (message.Server != Ipv4Address.Any) _server = message.Server;

        // RFC 2131, 4.4.5: times count from when the request was sent; T1 is a half and T2 seven eighths of the lease where the server does not say.
        // An infinite lease (all ones) is 136 years by this reckoning: as good as infinite.
        long lease = message.LeaseSeconds;
        long rebinding = message.RebindingSeconds != 0 && message.RebindingSeconds < lease ? message.RebindingSeconds : lease * 7 / 8;
        long renewal = message.RenewalSeconds != 0 && message.RenewalSeconds < rebinding ? message.RenewalSeconds : Math.Min(lease / 2, rebinding);
        _renewAt = _requestedAt + renewal * Nanoseconds.PerSecond;
        _rebindAt = _requestedAt + rebinding * Nanoseconds.PerSecond;
        _expiresAt = _requestedAt + lease * Nanoseconds.PerSecond;
        _deadline = _renewAt;

        int prefix = BitOperations.LeadingZeroCount(~message.SubnetMask.Value);
        if (message.SubnetMask == Ipv4Address.Any) prefix = 24;
        if (_link.Address != _offered || _link.PrefixLength != prefix || _link.Gateway != message.Router) _link.Configure(_offered, prefix, message.Router);
    }

    private void Restart(long now)
    {
        State = DhcpState.Selecting;
        _transaction = _random.NextUInt32();
        _attempts = 0;
        _deadline = now + FirstRetry / 4;
    }

    private void Ask(DhcpMessageType type, long now)
    {
        bool requesting = type == DhcpMessageType.Request;
        Send(type, default, requesting ? _offered : default, requesting ? _server : default, Ipv4Address.Broadcast, now);
        long wait = FirstRetry << Math.Min(_attempts++, MaxDoublings);
        _deadline = now + wait - Nanoseconds.PerSecond + _random.NextBelow(2_000) * Nanoseconds.PerMillisecond;
    }

    private void AskForMoreTime(long until, long now)
    {
        Ipv4Address to = State == DhcpState.Renewing ? _server : Ipv4Address.Broadcast;
        Send(DhcpMessageType.Request, _link.Address, default, default, to, now);

        // A server may grant so little that the time is over already; that does not make us ask without pause.
        long next = Math.Min(until, now + Math.Max((until - now) / 2, LeastRenewalRetry));
        _deadline = Math.Max(next, now + Nanoseconds.PerSecond);
    }

    private void Send(DhcpMessageType type, Ipv4Address client, Ipv4Address requested, Ipv4Address server, Ipv4Address to, long now)
    {
        Span<byte> datagram = _output.Payload(UdpDatagram.HeaderSize + DhcpMessage.RequestSize);
        DhcpMessage.WriteRequest(datagram[UdpDatagram.HeaderSize..], type, _transaction, _link.Station, client, requested, server);
        UdpDatagram.Write(datagram, client, to, DhcpMessage.ClientPort, DhcpMessage.ServerPort);
        _output.Send(client, to, IpProtocol.Udp, datagram.Length, now);
    }
}
