// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Devices;
using Uaas.Net;
using Uaas.Net.Names;
using Uaas.Net.Testing;
using Uaas.Wire;

namespace Uaas.Http.Tests.Support;

/// <summary>Two network stacks and the wire between them, which delays, loses, doubles and reorders frames as its seed has it. Time is virtual.</summary>
internal sealed class LossyLink
{
    public static readonly Ipv4Address ServerAddress = new(0x0A09_0001);
    public static readonly Ipv4Address ClientAddress = new(0x0A09_0002);

    private const long Delay = 1_000_000;

    private readonly MemoryDevice _serverDevice = new(new MacAddress(0x02_0000_0000_01));
    private readonly MemoryDevice _clientDevice = new(new MacAddress(0x02_0000_0000_02));
    private readonly PriorityQueue<(MemoryDevice To, byte[] Frame), (long At, long Order)> _wire = new();
    private readonly Random _random;
    private readonly double _trouble;
    private readonly HttpClock _clock;
    private long _order;

    /// <summary>A link on which <paramref name="trouble"/> is the chance of a frame to be lost, to come twice, and to come late: each.</summary>
    /// <param name="clock">The clock that goes by it.</param>
    /// <param name="seed">Decides what happens to which frame.</param>
    /// <param name="trouble">That chance.</param>
    /// <param name="maxConnections">Connections of each side at most.</param>
    /// <param name="links">What is linked to the client's own ports; names are asked of the server.</param>
    public LossyLink(HttpClock clock, int seed, double trouble, int maxConnections = 16, LinkTable? links = null)
    {
        _clock = clock;
        _random = new Random(seed);
        _trouble = trouble;
        Server = new NetworkStack(_serverDevice, Configure(ServerAddress, maxConnections, null), 1, 2);
        Client = new NetworkStack(_clientDevice, Configure(ClientAddress, maxConnections, links), 3, 4);
        Now = 1_000_000_000;
    }

    public NetworkStack Server { get; }

    public NetworkStack Client { get; }

    public long Now { get; private set; }

    /// <summary>Told the time before each turn.</summary>
    public Action<long> Turn { get; init; } = _ => { };

    /// <summary>When the next turn is due, whatever the network has to do.</summary>
    public Func<long> NextTurn { get; init; } = () => long.MaxValue;

    /// <summary>Lets time pass, from event to event, until the condition holds; false when a minute of virtual time, or what is given, is not enough.</summary>
    public bool Until(Func<bool> condition, double seconds = 60)
    {
        for (long end = Now + (long)(seconds * HttpLimits.Second); Now < end;)
        {
            _clock.Set(Now, TestServer.StartSeconds);
            Turn(Now);
            bool more = Server.Poll(Now) | Client.Poll(Now);
            Transmit(_serverDevice, _clientDevice);
            Transmit(_clientDevice, _serverDevice);
            if (condition()) return true;
            if (more) continue;
            long next = Math.Min(NextTurn(), Math.Min(Server.NextDeadline(Now), Client.NextDeadline(Now)));
            if (_wire.TryPeek(out _, out (long At, long Order) first)) next = Math.Min(next, first.At);
            Now = Math.Max(Now + 1000, Math.Min(next, end));
            while (_wire.TryPeek(out (MemoryDevice To, byte[] Frame) arrival, out first) && first.At <= Now)
            {
                _wire.Dequeue();
                arrival.To.Arrive(arrival.Frame);
            }
        }

        return false;
    }

    private static NetworkConfiguration Configure(Ipv4Address address, int maxConnections, LinkTable? links) =>
        new() { Address = address, PrefixLength = 24, MaxConnections = maxConnections, Links = links ?? new LinkTable(), NameServer = ServerAddress };

    private void Transmit(MemoryDevice from, MemoryDevice to)
    {
        while (from.Sent.TryDequeue(out SentFrame? frame))
        {
            if (Chance()) continue;
            Enqueue(to, frame.Bytes);
            if (Chance()) Enqueue(to, frame.Bytes);
        }
    }

    private void Enqueue(MemoryDevice to, byte[] frame) => _wire.Enqueue((to, frame), (Now + Delay + (Chance() ? _random.NextInt64(5 * Delay) : 0), _order++));

    private bool Chance() => _random.NextDouble() < _trouble;
}
