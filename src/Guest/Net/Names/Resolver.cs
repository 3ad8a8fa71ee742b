// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Wire;

namespace Uaas.Net.Names;

/// <summary>
/// A stub resolver (RFC 1035, 7): asks one server for IPv4 addresses, by UDP, and keeps nothing, since the server, the node, picks an instance anew for each
/// question. An answer may be a while in coming, when an instance has to be started for it.
/// </summary>
public sealed class Resolver
{
    // The server is one hop away; a lost datagram is soon asked for again, a slow start not asked for much.
    private const long FirstRetry = 200 * Nanoseconds.PerMillisecond;
    private const long NoNeighbourRetry = 2 * Nanoseconds.PerMillisecond;

    private struct Question
    {
        public NameLookup? Lookup;
        public int Length;
        public long RetryAt;
        public long RetryAfter;
        public long ExpiresAt;
    }

    private readonly Interface _link;
    private readonly Ipv4Output _output;
    private readonly KeyedRandom _random;
    private readonly Question[] _questions;
    private readonly byte[] _queries;
    private readonly Ipv4Address _server;
    private readonly long _timeout;
    private readonly ushort _port;
    private long _now;

    internal Resolver(Interface link, Ipv4Output output, NetworkConfiguration configuration, KeyedRandom random)
    {
        _link = link;
        _output = output;
        _random = random;
        _server = configuration.NameServer;
        _timeout = configuration.LookupTimeout;
        _questions = new Question[configuration.MaxLookups];
        _queries = new byte[configuration.MaxLookups * DnsMessage.MaximumSize];
        _port = (ushort)(Tcp.EphemeralPorts.First + random.NextBelow(Tcp.EphemeralPorts.Count));
    }

    /// <summary>Lookups under way.</summary>
    public int Active { get; private set; }

    /// <summary>When <see cref="Run"/> has something to do.</summary>
    internal long Deadline { get; private set; } = Nanoseconds.Never;

    /// <summary>The server: what was configured, else the gateway, which may be known by DHCP only later.</summary>
    private Ipv4Address Server => _server != Ipv4Address.Any ? _server : _link.Gateway;

    /// <summary>
    /// Asks for a name's address; <paramref name="lookup"/> is told. False when the name is none (see <see cref="DnsMessage.WriteQuery"/>) or too many
    /// lookups are under way: then it is not told.
    /// </summary>
    public bool TryLookUp(ReadOnlySpan<byte> name, NameLookup lookup)
    {
        for (int i = 0; i < _questions.Length; i++)
        {
            ref Question question = ref _questions[i];
            if (question.Lookup != null) continue;
            question.Length = DnsMessage.WriteQuery(Query(i), (ushort)_random.NextUInt32(), name);
            if (question.Length == 0) return false;
            question.Lookup = lookup;
            question.RetryAfter = FirstRetry;
            question.ExpiresAt = _now + _timeout;
            Active++;
            Ask(ref question, i);
            Note(question);
            return true;
        }

        return false;
    }

    internal void SetTime(long now) => _now = now;

    /// <summary>Asks again what has waited for long, and gives up what has waited too long.</summary>
    internal void Run(long now)
    {
        if (now < Deadline) return;
        Deadline = Nanoseconds.Never;
        for (int i = 0; i < _questions.Length; i++)
        {
            ref Question question = ref _questions[i];
            if (question.Lookup == null) continue;
            if (now >= question.ExpiresAt)
            {
                Fail(i, LookupFailure.TimedOut);
                continue;
            }

            if (now >= question.RetryAt)
            {
                Ask(ref question, i);
            }

            Note(question);
        }
    }

    /// <summary>Takes a datagram; false when it is not for the resolver.</summary>
    internal bool Receive(Ipv4Address from, in UdpDatagram datagram)
    {
        if (datagram.DestinationPort != _port || datagram.SourcePort != DnsMessage.ServerPort || from != Server) return false;
        for (int i = 0; i < _questions.Length; i++)
        {
            if (_questions[i].Lookup == null) continue;
            if (!DnsMessage.TryParseReply(datagram.Payload, Query(i)[.._questions[i].Length], out DnsMessage reply)) continue;
            Answer(i, reply);
            return true;
        }

        // Late, or malformed: nobody waits for it.
        _link.Counters.DroppedNotForUs++;
        return true;
    }

    private Span<byte> Query(int index) => _queries.AsSpan(index * DnsMessage.MaximumSize, DnsMessage.MaximumSize);

    private void Ask(ref Question question, int index)
    {
        int length = UdpDatagram.HeaderSize + question.Length;
        Span<byte> datagram = _output.Payload(length);
        Query(index)[..question.Length].CopyTo(datagram[UdpDatagram.HeaderSize..]);
        UdpDatagram.Write(datagram, _link.Address, Server, _port, DnsMessage.ServerPort);
        TransmitResult result = _output.Send(_link.Address, Server, IpProtocol.Udp, length, _now);
        if (result != TransmitResult.Ok)
        {
            // Not asked yet: the station of the server is being found, or there is no room.
            question.RetryAt = _now + NoNeighbourRetry;
            return;
        }

        question.RetryAt = _now + question.RetryAfter;
        question.RetryAfter *= 2;
    }

    private void Note(in Question question) => Deadline = Math.Min(Deadline, Math.Min(question.RetryAt, question.ExpiresAt));

    private void Answer(int index, in DnsMessage reply)
    {
        switch (reply.Code)
        {
            case DnsCode.Ok when reply.Address != Ipv4Address.Any:
                End(index).Resolved(reply.Address);
                break;
            case DnsCode.Ok or DnsCode.NoSuchName:
                Fail(index, LookupFailure.NoSuchName);
                break;
            default:
                Fail(index, LookupFailure.Refused);
                break;
        }
    }

    private void Fail(int index, LookupFailure failure) => End(index).Failed(failure);

    // The place is free before the lookup is told: it may look up again.
    private NameLookup End(int index)
    {
        NameLookup lookup = _questions[index].Lookup!;
        _questions[index].Lookup = null;
        Active--;
        return lookup;
    }
}
