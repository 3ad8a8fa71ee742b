// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Net.Tcp;
using Uaas.Net.Testing;
using Uaas.Wire;
using Xunit;

namespace Uaas.Net.Tests.Tcp;

/// <summary>Data that arrives in ESTABLISHED: order, acknowledgment, windows, and what RFC 5961 and RFC 7323 refuse.</summary>
public sealed class ReceiveTests
{
    [Fact]
    public void A_small_segment_is_acknowledged_after_a_delay()
    {
        TcpBed bed = Established();
        bed.Send(0, 0, 100);
        Assert.Equal(100, bed.Handler.Received);
        bed.Nothing();
        bed.Pass(39);
        bed.Nothing();
        bed.Pass(1);
        bed.NextAck(100);
    }

    [Fact]
    public void Every_second_full_segment_is_acknowledged_at_once()
    {
        TcpBed bed = Established();
        bed.Send(0, 0, 1_460);
        bed.Nothing();
        bed.Send(1_460, 0, 1_460);
        bed.NextAck(2_920);
        bed.Pass(1_000);
        bed.Nothing();
    }

    [Fact]
    public void A_quarter_of_the_window_is_acknowledged_amid_a_batch()
    {
        TcpBed bed = Established();
        bed.HoldsFrames = true;
        for (int i = 0; i < 40; i++) bed.Send(i * 1_460, 0, 1_460);
        bed.Run();
        foreach (int segments in new[] { 12, 24, 36, 40 }) bed.NextAck(segments * 1_460);
        bed.Nothing();
    }

    [Fact]
    public void Who_is_linked_to_others_offers_four_frames_in_the_same_memory()
    {
        NetworkConfiguration place = TcpBed.Configuration();
        NetworkConfiguration usual = new(place, connections: 10);
        Assert.True(place.Links.TryAdd(9_000, "img"u8, 80));
        NetworkConfiguration linked = new(place, connections: 10);
        Assert.Equal(4 * usual.ReceiveBufferSize, linked.ReceiveBufferSize);
        Assert.Equal(usual.ReceiveBufferSize * usual.ReceiveBuffers, linked.ReceiveBufferSize * linked.ReceiveBuffers);

        TcpBed bed = new(configuration: linked);
        bed.Establish(windowScale: 7);
        bed.Send(0, 0, 1_460);
        bed.Send(1_460, 0, 1_460);
        Assert.Equal(linked.ReceiveBufferSize >> 3, bed.NextAck(2_920).Window);
    }

    [Fact]
    public void An_answer_carries_the_acknowledgment()
    {
        TcpBed bed = new(() => new EchoHandler());
        bed.Establish();
        bed.Send(0, 0, 100);
        Segment answer = bed.NextData(0, 100);
        Assert.Equal(TcpBed.PeerInitial + 101, answer.Acknowledgment);
        Assert.Equal(TcpFlags.Ack | TcpFlags.Psh, answer.Flags);
        bed.Send(100, 100);
        bed.Pass(10_000);
        bed.Nothing();
    }

    [Fact]
    public void Holes_are_told_by_sack_the_latest_first_and_filled()
    {
        TcpBed bed = Established(sack: true);
        bed.Send(100, 0, 100);
        Assert.Equal([(Peer(100), Peer(200))], bed.NextAck(0).SackBlocks);
        bed.Send(300, 0, 100);
        Assert.Equal([(Peer(300), Peer(400)), (Peer(100), Peer(200))], bed.NextAck(0).SackBlocks);
        bed.Send(150, 0, 100);
        Assert.Equal([(Peer(100), Peer(250)), (Peer(300), Peer(400))], bed.NextAck(0).SackBlocks);
        bed.Send(0, 0, 100);
        Assert.Equal(250, bed.Handler.Received);
        Assert.Equal([(Peer(300), Peer(400))], bed.NextAck(250).SackBlocks);
        bed.Send(200, 0, 120);
        Assert.Equal(400, bed.Handler.Received);
        Assert.Empty(bed.NextAck(400).SackBlocks);
        Assert.False(bed.Handler.Corrupted);
        Assert.Equal(0, bed.Stack.Tcp.Connections.BuffersInUse);
    }

    [Theory]
    [InlineData(0, 50, 50)]
    [InlineData(20, 60, 80)]
    public void A_repetition_is_acknowledged_and_its_news_taken(int sequence, int length, int received)
    {
        TcpBed bed = Established();
        bed.Send(0, 0, 50);
        bed.Send(sequence, 0, length);
        Assert.Equal(received, bed.Handler.Received);
        Assert.False(bed.Handler.Corrupted);
        bed.NextAck(received);
    }

    [Fact]
    public void A_segment_outside_the_window_is_acknowledged_and_dropped()
    {
        TcpBed bed = Established();
        bed.Send(70_000, 0, 10);
        bed.NextAck(0);
        Assert.Equal(0, bed.Handler.Received);
    }

    [Fact]
    public void What_is_not_consumed_closes_the_window_and_is_offered_again()
    {
        ThriftyHandler handler = new();
        TcpBed bed = new(() => handler, Small());
        bed.Establish();
        bed.Send(0, 0, 1_460);
        bed.Send(1_460, 0, 1_460);
        Assert.Equal(4_096 - 2_920, bed.NextAck(2_920).Window);
        bed.Send(2_920, 0, 1_460);
        Assert.Equal(0, bed.NextAck(4_096).Window);
        Assert.Equal(4_096, handler.LastOffer);

        // A probe of the closed window.
        bed.Send(4_096, 0, 1);
        Assert.Equal(0, bed.NextAck(4_096).Window);

        handler.Greedy = true;
        bed.Connection.ResumeReceive();
        bed.Run();
        Assert.Equal(4_096, handler.Received);
        Assert.False(handler.Corrupted);
        Assert.Equal(4_096, bed.NextAck(4_096).Window);
        Assert.Equal(0, bed.Stack.Tcp.Connections.BuffersInUse);
    }

    [Fact]
    public void A_window_opens_only_by_steps_worth_a_segment()
    {
        ThriftyHandler handler = new();
        TcpBed bed = new(() => handler, Small());
        bed.Establish();
        for (int i = 0; i < 3; i++) bed.Send(i * 1_460, 0, 1_460);
        bed.Device.Sent.Clear();
        handler.Portion = 100;
        bed.Connection.ResumeReceive();
        bed.Run();
        bed.Nothing();
        handler.Portion = 2_000;
        bed.Connection.ResumeReceive();
        bed.Run();
        Assert.Equal(2_100, bed.NextAck(4_096).Window);
    }

    [Fact]
    public void Without_a_buffer_to_be_had_data_waits_with_the_peer()
    {
        NetworkConfiguration configuration = new() { Address = TcpBed.Address, PrefixLength = 24, ReceiveBuffers = 0, KeepAliveIdle = Nanoseconds.Never };
        ThriftyHandler handler = new() { Portion = 30 };
        TcpBed bed = new(() => handler, configuration);
        bed.Establish();
        bed.Send(0, 0, 100);
        bed.NextAck(30);
        Assert.Equal(1, bed.Stack.Counters.DroppedNoBuffer);
        handler.Greedy = true;
        bed.Send(30, 0, 70);
        Assert.Equal(100, handler.Received);
    }

    [Fact]
    public void Who_holds_the_last_buffer_for_long_is_reset_for_one_who_needs_it()
    {
        TcpBed bed = new(() => new ThriftyHandler(), Small());
        bed.Establish();
        bed.Send(0, 0, 100);
        bed.Pass(1_000);
        bed.Device.Sent.Clear();

        const ushort OtherPort = TcpBed.PeerPort + 1;
        bed.Syn(port: OtherPort);
        TcpTemplate data = new()
        {
            SourcePort = OtherPort,
            Sequence = TcpBed.PeerInitial + 1,
            Acknowledgment = bed.Next().Sequence + 1,
            Flags = TcpFlags.Ack,
            Window = 65_535,
            Payload = new byte[50],
        };
        bed.SendRaw(data);
        Assert.Null(bed.Handler.CloseReason);
        Assert.Equal(0, ((ThriftyHandler)bed.Listener.Handlers[1]).Connection!.Buffer.UnreadLength);

        bed.Pass(1_000);
        bed.SendRaw(data);
        Assert.Equal(TcpCloseReason.Aborted, bed.Handler.CloseReason);
        Assert.Equal(1, bed.Stack.Counters.TcpHoldersReset);
        Assert.Equal(0, bed.Stack.Tcp.Connections.BuffersInUse);

        bed.SendRaw(data);
        Assert.Equal(50, ((ThriftyHandler)bed.Listener.Handlers[1]).Connection!.Buffer.UnreadLength);
        Assert.Equal(2, bed.Stack.Counters.DroppedNoBuffer);
    }

    [Fact]
    public void The_end_is_told_after_the_last_byte_was_consumed()
    {
        ThriftyHandler handler = new();
        TcpBed bed = new(() => handler);
        bed.Establish();
        bed.Send(0, 0, 100, TcpFlags.Ack | TcpFlags.Fin);
        bed.NextAck(101);
        Assert.False(handler.PeerHasFinished);
        handler.Greedy = true;
        bed.Connection.ResumeReceive();
        bed.Run();
        Assert.True(handler.PeerHasFinished);
        Assert.Equal(100, handler.Received);
    }

    [Fact]
    public void A_fin_out_of_order_counts_when_its_turn_comes()
    {
        TcpBed bed = Established();
        bed.Send(100, 0, 50, TcpFlags.Ack | TcpFlags.Fin);
        Assert.False(bed.Handler.PeerHasFinished);
        bed.Send(0, 0, 100);
        Assert.True(bed.Handler.PeerHasFinished);
        Assert.Equal(150, bed.Handler.Received);
    }

    [Fact]
    public void Only_the_exact_reset_resets()
    {
        TcpBed bed = Established();
        bed.Send(1, 0, flags: TcpFlags.Rst);
        bed.NextAck(0);
        bed.Send(-5, 0, flags: TcpFlags.Rst);
        bed.Nothing();
        Assert.Null(bed.Handler.CloseReason);
        bed.Send(0, 0, flags: TcpFlags.Rst);
        Assert.Equal(TcpCloseReason.ResetByPeer, bed.Handler.CloseReason);
        bed.Nothing();
    }

    [Fact]
    public void A_syn_in_the_window_is_challenged_within_the_rate()
    {
        TcpBed bed = new(configuration: new NetworkConfiguration { Address = TcpBed.Address, PrefixLength = 24, ErrorsPerSecond = 3 });
        bed.Establish();
        for (int i = 0; i < 10; i++) bed.Send(5, 0, flags: TcpFlags.Syn);
        Assert.Equal(3, bed.Device.Sent.Count);
        Assert.Equal(3, bed.Stack.Counters.TcpChallengeAcks);
        Assert.Null(bed.Handler.CloseReason);
    }

    [Fact]
    public void An_acknowledgment_of_what_was_never_sent_is_challenged_and_its_data_dropped()
    {
        TcpBed bed = Established();
        bed.Send(0, 10, 100);
        bed.NextAck(0);
        Assert.Equal(0, bed.Handler.Received);
    }

    [Fact]
    public void A_segment_with_an_older_timestamp_is_refused()
    {
        TcpBed bed = new();
        bed.Establish(timestamps: true);
        bed.Send(0, 0, 10, timestamps: true, timestamp: 100);
        bed.Send(10, 0, 10, timestamps: true, timestamp: 99);
        Assert.Equal(10, bed.Handler.Received);
        Assert.Equal(100u, bed.NextAck(10).TimestampEcho);
        bed.Send(10, 0, 10, timestamps: true, timestamp: 100);
        Assert.Equal(20, bed.Handler.Received);
    }

    [Fact]
    public void A_segment_without_the_timestamp_agreed_upon_is_dropped()
    {
        TcpBed bed = new();
        bed.Establish(timestamps: true);
        bed.Send(0, 0, 10);
        Assert.Equal(0, bed.Handler.Received);
    }

    [Fact]
    public void A_timer_set_in_the_past_fires_once_for_each_poll()
    {
        TcpBed bed = Established();
        bed.Connection.SetTimer(1);
        bed.Pass(10);
        Assert.Equal(1, bed.Handler.TimerFirings);
        bed.Connection.SetTimer(bed.Now + Nanoseconds.PerSecond);
        bed.Pass(999);
        Assert.Equal(1, bed.Handler.TimerFirings);
        bed.Pass(1);
        Assert.Equal(2, bed.Handler.TimerFirings);
    }

    private static TcpBed Established(bool sack = false)
    {
        TcpBed bed = new();
        bed.Establish(sack: sack);
        return bed;
    }

    private static NetworkConfiguration Small() => new()
    {
        Address = TcpBed.Address,
        PrefixLength = 24,
        ReceiveBufferSize = 4_096,
        ReceiveBuffers = 1,
        KeepAliveIdle = Nanoseconds.Never,
    };

    private static uint Peer(int offset) => TcpBed.PeerInitial + 1 + (uint)offset;

    /// <summary>Consumes a portion of each offer.</summary>
    private sealed class ThriftyHandler() : PatternHandler(0, finishAfterPeer: true)
    {
        public bool Greedy { get; set; }

        public int Portion { get; set; }

        public int LastOffer { get; private set; }

        protected override int Take(int available)
        {
            LastOffer = available;
            return Greedy ? available : Math.Min(Portion, available);
        }
    }
}
