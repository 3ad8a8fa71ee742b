// SPDX-License-Identifier: Apache-2.0

using Uaas.Net.Tcp;
using Uaas.Net.Testing;
using Uaas.Wire;
using Xunit;

namespace Uaas.Net.Tests.Tcp;

/// <summary>Segments for listeners and for nobody, and SYN-RECEIVED (RFC 9293, 3.10.7.1, 3.10.7.2, 3.10.7.4).</summary>
public sealed class ListenTests
{
    [Fact]
    public void Control_blocks_are_made_some_at_a_time_so_that_a_few_more_connections_take_no_memory()
    {
        TcpBed bed = new();
        Open(bed, 0, 100);
        long left = bed.Stack.Tcp.MemoryToCome;
        Open(bed, 100, 110);
        Assert.Equal(left, bed.Stack.Tcp.MemoryToCome);
        Open(bed, 110, 150);
        Assert.InRange(bed.Stack.Tcp.MemoryToCome, 0, left - 1);
    }

    [Fact]
    public void What_a_loss_takes_is_taken_when_connections_come_and_not_when_something_is_lost()
    {
        TcpBed bed = new(configuration: new NetworkConfiguration(TcpBed.Configuration(), connections: 1_000) { Backlog = 1_000 });
        Assert.Equal((0, 0), Ready());
        Open(bed, 0, 100);
        Assert.InRange(Ready().Ranges, 100, 125);
        Assert.Equal(0, Ready().Buffers);
        Open(bed, 100, 600);
        Assert.Equal((TcpBed.Configuration().RangeSets, 2), Ready());

        (int Ranges, int Buffers) Ready() => (bed.Stack.Tcp.Connections.RangeSetsReady, bed.Stack.Tcp.Connections.BuffersReady);
    }

    [Fact]
    public void Memory_that_is_taken_ahead_leaves_alone_what_is_lent()
    {
        ReceiveBufferPool buffers = new(4, 8_192);
        Assert.True(buffers.TryTake(holder: 1, out int buffer));
        buffers.Bytes(buffer).Fill(7);
        buffers.Prepare(1_024);
        Assert.Equal(4, buffers.Ready);
        Assert.All(buffers.Bytes(buffer).ToArray(), kept => Assert.Equal(7, kept));

        RangePool ranges = new(4);
        Assert.True(ranges.TryTake(out int set));
        ranges.Ranges(set).Fill(new OffsetRange { Start = 3, End = 5 });
        ranges.Prepare(4);
        Assert.Equal(4, ranges.Ready);
        Assert.All(ranges.Ranges(set).ToArray(), kept => Assert.Equal((3, 5), (kept.Start, kept.End)));
    }

    [Fact]
    public void No_more_control_blocks_are_made_than_there_may_be_connections()
    {
        TcpBed bed = new(configuration: new NetworkConfiguration { Address = TcpBed.Address, PrefixLength = 24, MaxConnections = 30 });
        Open(bed, 0, 40);
        Assert.Equal(0, bed.Stack.Tcp.MemoryToCome);
        Assert.Equal(30, bed.Stack.Tcp.ActiveConnections);
    }

    [Fact]
    public void A_syn_is_answered_with_the_options_that_it_offered()
    {
        TcpBed bed = new();
        bed.Syn(windowScale: 7, sack: true, timestamps: true);
        Segment answer = bed.Next();
        Assert.Equal(TcpFlags.Syn | TcpFlags.Ack, answer.Flags);
        Assert.Equal(TcpBed.PeerInitial + 1, answer.Acknowledgment);
        Assert.Equal(1_460, answer.MaximumSegmentSize);
        Assert.True(answer.SackPermitted && answer.HasTimestamps);
        Assert.Equal(1u, answer.TimestampEcho);
        Assert.True(answer.WindowScale >= 0);
        Assert.Empty(bed.Listener.Handlers);
    }

    [Fact]
    public void A_bare_syn_is_answered_without_options_but_mss()
    {
        TcpBed bed = new();
        bed.SendRaw(new TcpTemplate { Sequence = TcpBed.PeerInitial, Flags = TcpFlags.Syn });
        Segment answer = bed.Next();
        Assert.False(answer.SackPermitted || answer.HasTimestamps);
        Assert.Equal(-1, answer.WindowScale);
    }

    [Fact]
    public void Connections_that_are_never_completed_take_no_place_of_good_ones()
    {
        TcpBed bed = new(configuration: new NetworkConfiguration(TcpBed.Configuration(), connections: 1) { KeepAliveIdle = Nanoseconds.Never });
        for (ushort port = 1_000; port < 1_000 + NetworkConfiguration.DefaultBacklog; port++) bed.Syn(port: port);
        bed.Device.Sent.Clear();
        bed.Establish();
    }

    [Fact]
    public void The_handler_is_chosen_when_the_handshake_completes()
    {
        TcpBed bed = new();
        bed.Establish();
        Assert.True(bed.Handler.IsEstablished);
        Assert.Equal(TcpState.Established, bed.Connection.State);
        Assert.Equal(TcpBed.PeerPort, bed.Connection.Remote.Port);
        bed.Nothing();
    }

    [Fact]
    public void Data_on_the_acknowledgment_of_the_handshake_is_taken()
    {
        TcpBed bed = new();
        bed.Syn();
        Segment answer = bed.Next();
        byte[] data = new byte[10];
        Pattern.Fill(data, 0);
        bed.SendRaw(new TcpTemplate { Sequence = TcpBed.PeerInitial + 1, Acknowledgment = answer.Sequence + 1, Payload = data });
        Assert.Equal(10, bed.Handler.Received);
    }

    [Fact]
    public void A_refused_connection_is_reset()
    {
        TcpBed bed = new(() => null);
        bed.Syn();
        Segment answer = bed.Next();
        bed.SendRaw(new TcpTemplate { Sequence = TcpBed.PeerInitial + 1, Acknowledgment = answer.Sequence + 1 });
        bed.NextReset(answer.Sequence + 1);
        Assert.Equal(0, bed.Stack.Tcp.ActiveConnections);
    }

    [Fact]
    public void A_repeated_syn_is_answered_again()
    {
        TcpBed bed = new();
        bed.Syn();
        Segment first = bed.Next();
        bed.Syn();
        Segment second = bed.Next();
        Assert.Equal(first.Sequence, second.Sequence);
        Assert.Equal(TcpFlags.Syn | TcpFlags.Ack, second.Flags);
        Assert.Equal(1, bed.Stack.Tcp.ActiveConnections);
    }

    [Fact]
    public void An_unanswered_handshake_is_tried_again_ever_slower_and_given_up()
    {
        TcpBed bed = new();
        bed.Syn();
        bed.Next();
        foreach (int wait in new[] { 1_000, 2_000, 4_000, 8_000 })
        {
            bed.Pass(wait - 1);
            bed.Nothing();
            bed.Pass(1);
            Assert.Equal(TcpFlags.Syn | TcpFlags.Ack, bed.Next().Flags);
        }

        bed.Pass(16_000);
        bed.Nothing();
        Assert.Equal(0, bed.Stack.Tcp.ActiveConnections);
        Assert.Empty(bed.Listener.Handlers);
    }

    [Fact]
    public void A_wrong_acknowledgment_of_the_handshake_is_reset()
    {
        TcpBed bed = new();
        bed.Syn();
        Segment answer = bed.Next();
        bed.SendRaw(new TcpTemplate { Sequence = TcpBed.PeerInitial + 1, Acknowledgment = answer.Sequence + 100 });
        bed.NextReset(answer.Sequence + 100);
        Assert.Empty(bed.Listener.Handlers);
    }

    [Fact]
    public void A_reset_ends_a_half_open_connection_quietly()
    {
        TcpBed bed = new();
        bed.Syn();
        bed.Next();
        bed.SendRaw(new TcpTemplate { Sequence = TcpBed.PeerInitial + 1, Flags = TcpFlags.Rst });
        bed.Nothing();
        Assert.Equal(0, bed.Stack.Tcp.ActiveConnections);
        Assert.Equal(0, bed.Stack.Tcp.Connections.HalfOpen);
    }

    [Theory]
    [InlineData(TcpFlags.Syn, 0u, TcpBed.PeerInitial + 1)]
    [InlineData(TcpFlags.Ack, 77u, 0u)]
    [InlineData(TcpFlags.Fin, 0u, TcpBed.PeerInitial + 1)]
    public void A_segment_for_nobody_is_reset(TcpFlags flags, uint sequence, uint acknowledgment)
    {
        TcpBed bed = new();
        bed.SendRaw(new TcpTemplate { DestinationPort = 81, Sequence = TcpBed.PeerInitial, Acknowledgment = 77, Flags = flags });
        Segment reset = bed.Next();
        Assert.True((reset.Flags & TcpFlags.Rst) != 0);
        Assert.Equal(sequence, reset.Sequence);
        Assert.Equal(acknowledgment, reset.Acknowledgment);
    }

    [Fact]
    public void A_reset_for_nobody_is_not_answered()
    {
        TcpBed bed = new();
        bed.SendRaw(new TcpTemplate { DestinationPort = 81, Flags = TcpFlags.Rst });
        bed.Nothing();
    }

    [Fact]
    public void Resets_are_rate_limited()
    {
        TcpBed bed = new(configuration: new NetworkConfiguration { Address = TcpBed.Address, PrefixLength = 24, ErrorsPerSecond = 5 });
        for (int i = 0; i < 20; i++) bed.SendRaw(new TcpTemplate { DestinationPort = 81 });
        Assert.Equal(5, bed.Device.Sent.Count);
        bed.Pass(1_001);
        bed.SendRaw(new TcpTemplate { DestinationPort = 81 });
        Assert.Equal(6, bed.Device.Sent.Count);
    }

    [Fact]
    public void At_the_bound_of_connections_syns_are_dropped()
    {
        TcpBed bed = new(configuration: new NetworkConfiguration { Address = TcpBed.Address, PrefixLength = 24, MaxConnections = 2 });
        for (ushort port = 1; port <= 3; port++) bed.Syn(port: port);
        Assert.Equal(2, bed.Device.Sent.Count);
        Assert.Equal(1, bed.Stack.Counters.TcpDroppedNoConnection);
    }

    private static void Open(TcpBed bed, int first, int end)
    {
        for (int i = first; i < end; i++) bed.Syn(port: (ushort)(41_000 + i));
    }
}
