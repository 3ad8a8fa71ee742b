// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using Uaas.Devices;
using Uaas.Net.Tcp;
using Uaas.Net.Testing;
using Uaas.Wire;
using Xunit;

namespace Uaas.Net.Tests.Simulation;

/// <summary>Two of our stacks over a bad link, by one seed each: whatever the link does, streams arrive whole and connections end.</summary>
public sealed class SimulationTests
{
    private const ushort Port = 80;
    private static readonly Ipv4Address ServerAddress = new(0x0A00_0002);

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 40)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Streams_arrive_whole_both_ways_and_connections_end(int seed)
    {
        Random random = new(seed);
        LinkFaults faults = new()
        {
            Loss = random.NextDouble() * 0.15,
            Duplication = random.NextDouble() * 0.1,
            Reordering = random.NextDouble() * 0.3,
            Delay = random.NextInt64(20 * Nanoseconds.PerMillisecond),
            Rate = random.Next(3) == 0 ? random.NextInt64(100_000, 10_000_000) : 0,
            Queue = random.Next(5, 100),
        };
        NetworkOffloads offloads = (seed % 3) switch { 0 => NetworkOffloads.None, 1 => NetworkOffloads.Checksum, _ => NetworkOffloads.Checksum | NetworkOffloads.Segmentation };
        SimulatedNetwork network = Network(seed, faults, offloads, receiveBuffer: 4_096 << random.Next(6));

        int connections = random.Next(1, 6);
        Listener listener = new(() => new MoodyHandler(random.Next(150_000), random.Next(2) == 0, random, () => network.Now));
        network.Stacks[1].Tcp.Listen(Port, listener);
        List<MoodyHandler> clients = [];
        for (int i = 0; i < connections; i++)
        {
            MoodyHandler client = new(random.Next(150_000), random.Next(2) == 0, random, () => network.Now);
            clients.Add(client);
            Assert.NotNull(network.Stacks[0].Tcp.Connect(ServerAddress, Port, client));
        }

        // Two sides that both wait for the other to finish first never do: give one of them a push when all is sent.
        bool over = network.Until(() => AllClosed(clients, listener, connections), 4_000 * Nanoseconds.PerSecond);
        Assert.True(over, $"connections do not end: {Describe(clients, listener)}");
        foreach (MoodyHandler client in clients)
        {
            MoodyHandler server = listener.Handlers.Cast<MoodyHandler>().Single(s => s.PeerPort == client.LocalPort);
            CheckPair(client, server);
        }

        foreach (NetworkStack stack in network.Stacks)
        {
            Assert.Equal(0, stack.Tcp.ActiveConnections);
            Assert.Equal(0, stack.Tcp.Connections.BuffersInUse);
            Assert.Equal(0, stack.Tcp.Connections.RangeSetsInUse);
        }

        Assert.Equal(0, network.Stacks[1].Tcp.Connections.HalfOpen);
    }

    [Theory]
    [InlineData(NetworkOffloads.None)]
    [InlineData(NetworkOffloads.Checksum | NetworkOffloads.Segmentation)]
    public void A_clean_link_is_filled_without_retransmission(NetworkOffloads offloads)
    {
        SimulatedNetwork network = Network(1, new LinkFaults { Delay = 5 * Nanoseconds.PerMillisecond }, offloads, receiveBuffer: 1 << 20);
        PatternHandler client = new(8 << 20);
        Listener listener = new(() => new PatternHandler(0, finishAfterPeer: true));
        network.Stacks[1].Tcp.Listen(Port, listener);
        network.Stacks[0].Tcp.Connect(ServerAddress, Port, client);
        long start = network.Now;
        Assert.True(network.Until(() => client.CloseReason != null, 60 * Nanoseconds.PerSecond));
        Assert.Equal(8 << 20, ((PatternHandler)listener.Handlers[0]).Received);
        Assert.Equal(0, network.Stacks[0].Counters.TcpRetransmissions);

        // 8 MiB by windows of 1 MiB each 10 ms, and slow start before: 16 round trips are plenty.
        Assert.InRange(network.Now - start, 0, 260 * Nanoseconds.PerMillisecond);
    }

    [Fact]
    public void A_single_loss_is_repaired_without_a_timeout()
    {
        SimulatedNetwork network = Network(7, new LinkFaults { Delay = 5 * Nanoseconds.PerMillisecond, Rate = 2_000_000, Queue = 40 }, NetworkOffloads.None, receiveBuffer: 1 << 20);
        PatternHandler client = new(3 << 20);
        network.Stacks[1].Tcp.Listen(Port, new Listener(() => new PatternHandler(0, finishAfterPeer: true)));
        network.Stacks[0].Tcp.Connect(ServerAddress, Port, client);
        Assert.True(network.Until(() => client.CloseReason != null, 60 * Nanoseconds.PerSecond));
        Assert.True(network.Stacks[0].Counters.TcpFastRecoveries > 0, "the queue never overflowed");
        Assert.True(network.Stacks[0].Counters.TcpTimeouts <= 1, $"{network.Stacks[0].Counters.TcpTimeouts} timeouts");
    }

    private static SimulatedNetwork Network(int seed, LinkFaults faults, NetworkOffloads offloads, int receiveBuffer)
    {
        NetworkConfiguration Configuration(uint address) => new()
        {
            Address = new Ipv4Address(address),
            PrefixLength = 24,
            ReceiveBufferSize = receiveBuffer,
            ReceiveBuffers = 8,
            TimeWaitDuration = 10 * Nanoseconds.PerSecond,
        };
        return new SimulatedNetwork(seed, faults, Configuration(0x0A00_0001), Configuration(ServerAddress.Value), offloads);
    }

    private static bool AllClosed(List<MoodyHandler> clients, Listener listener, int connections)
    {
        if (clients.Exists(c => c.CloseReason == null)) return false;
        return listener.Handlers.TrueForAll(h => ((MoodyHandler)h).CloseReason != null) && listener.Handlers.Count <= connections;
    }

    private static void CheckPair(MoodyHandler client, MoodyHandler server)
    {
        Assert.False(client.Corrupted);
        Assert.False(server.Corrupted);

        // With a link this bad a connection may be given up; what arrived was right all the same.
        if (client.CloseReason != TcpCloseReason.Finished || server.CloseReason != TcpCloseReason.Finished) return;
        Assert.Equal(client.Total, server.Received);
        Assert.Equal(server.Total, client.Received);
        Assert.True(client.PeerHasFinished && server.PeerHasFinished);
        Assert.Equal(client.Total, client.AcknowledgedOffset);
    }

    private static string Describe(List<MoodyHandler> clients, Listener listener) =>
        string.Join(", ", clients.Concat(listener.Handlers.Cast<MoodyHandler>()).Select(h => $"{h.CloseReason} {h.Connection?.State} {h.AcknowledgedOffset}/{h.Total} in {h.Received}"));

    /// <summary>Consumes and supplies as it pleases, and asks to go on by its timer.</summary>
    private sealed class MoodyHandler(int total, bool moody, Random random, Func<long> clock) : PatternHandler(total)
    {
        public int Total => total;

        public ushort LocalPort { get; private set; }

        public ushort PeerPort { get; private set; }

        public override void Established(TcpConnection connection)
        {
            base.Established(connection);
            LocalPort = connection.Local.Port;
            PeerPort = connection.Remote.Port;
            if (moody) connection.SetTimer(1);
        }

        public override void TimerFired(TcpConnection connection)
        {
            connection.ResumeReceive();
            connection.ResumeSend();
            connection.SetTimer(clock() + 10 * Nanoseconds.PerMillisecond);
        }

        protected override int Take(int available) => moody ? random.Next(available + 1) : available;

        protected override int Give(int wanted) => moody && random.Next(4) == 0 ? random.Next(wanted + 1) : wanted;
    }
}
