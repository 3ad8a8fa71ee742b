// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using Uaas.Devices;
using Uaas.Net.Tcp;
using Uaas.Net.Testing;
using Uaas.Wire;
using Xunit;

namespace Uaas.Net.Tests.Tcp;

/// <summary>Data that we send: windows, loss and its repair, small segments, offloads.</summary>
public sealed class SendTests
{
    private const NetworkOffloads All = NetworkOffloads.Checksum | NetworkOffloads.Segmentation;

    [Fact]
    public void Ten_segments_go_out_at_first_and_then_two_for_each_acknowledged()
    {
        TcpBed bed = Sending(100_000);
        for (int i = 0; i < 10; i++) bed.NextData(i * 1_460, 1_460);
        bed.Nothing();
        bed.Send(0, 2_920);
        for (int i = 10; i < 14; i++) bed.NextData(i * 1_460, 1_460);
        bed.Nothing();
    }

    [Fact]
    public void Many_that_send_let_frames_come_in_between()
    {
        const int Connections = 200;
        const int AtMost = 32;
        TcpBed bed = new();
        for (ushort port = 41_000; port < 41_000 + Connections; port++)
        {
            bed.Syn(port: port);
            uint initial = bed.Next().Sequence;
            bed.SendRaw(new TcpTemplate { SourcePort = port, Sequence = TcpBed.PeerInitial + 1, Acknowledgment = initial + 1, Flags = TcpFlags.Ack, Window = 65_535 });
        }

        foreach (TcpHandler handler in bed.Listener.Handlers) ((PatternHandler)handler).Connection!.Offer(100);
        int sent = 0;
        bool isMore = true;
        while (isMore)
        {
            isMore = bed.Stack.Poll(bed.Now);
            Assert.InRange(bed.Device.Sent.Count, 1, AtMost);
            sent += bed.Device.Sent.Count;
            bed.Device.Sent.Clear();
        }

        Assert.Equal(Connections, sent);
    }

    [Fact]
    public void No_byte_goes_beyond_the_window()
    {
        TcpBed bed = Sending(100_000, window: 4_000);
        bed.NextData(0, 1_460);
        bed.NextData(1_460, 1_460);
        bed.Nothing();

        // Neither does a crumb of the 1,080 that are left, until it is worth it.
        bed.Send(0, 2_920, window: 1_000);
        bed.Nothing();
        bed.Send(0, 2_920, window: 4_000);
        bed.NextData(2_920, 1_460);
        bed.NextData(4_380, 1_460);
        bed.Nothing();
    }

    [Fact]
    public void The_window_is_scaled()
    {
        TcpBed bed = new(() => new PatternHandler(1 << 20));
        bed.Establish(window: 100, windowScale: 7);
        Assert.Equal(8, bed.Device.Sent.Count);
        Assert.Equal(100 << 7, bed.Connection.WindowEdge);
    }

    [Fact]
    public void A_closed_window_is_probed_ever_slower_and_not_given_up_while_the_peer_answers()
    {
        TcpBed bed = Sending(10_000, window: 0);
        bed.Nothing();
        int wait = 200;
        for (int i = 0; i < 30; i++)
        {
            bed.Pass(wait - 1);
            bed.Nothing();
            bed.Pass(1);
            Segment probe = bed.Next();
            Assert.Equal(bed.OurInitial, probe.Sequence);
            Assert.Empty(probe.Payload);
            bed.Send(0, 0, window: 0);
            wait = Math.Min(wait * 2, 60_000);
        }

        bed.Send(0, 0, window: 60_000);
        bed.NextData(0, 1_460);
        Assert.Null(bed.Handler.CloseReason);
    }

    [Fact]
    public void A_closed_window_whose_peer_is_gone_times_out()
    {
        TcpBed bed = Sending(10_000, window: 0);
        bed.Pass(600_000);
        Assert.Equal(TcpCloseReason.TimedOut, bed.Handler.CloseReason);
    }

    [Fact]
    public void A_lost_segment_is_sent_again_ever_slower_and_then_given_up()
    {
        TcpBed bed = Sending(100, finishAfterPeer: true);
        bed.NextData(0, 100);
        int wait = 200;
        for (int i = 0; i < 9; i++)
        {
            bed.Pass(wait - 1);
            bed.Nothing();
            bed.Pass(1);
            bed.NextData(0, 100);
            wait = Math.Min(wait * 2, 60_000);
        }

        Assert.Null(bed.Handler.CloseReason);
        bed.Pass(wait);
        Assert.Equal(TcpCloseReason.TimedOut, bed.Handler.CloseReason);
        bed.NextReset(bed.OurInitial + 101);
        Assert.Equal(0, bed.Stack.Tcp.ActiveConnections);
    }

    [Fact]
    public void Three_duplicates_bring_the_lost_segment_without_waiting()
    {
        TcpBed bed = Sending(100_000);
        bed.Device.Sent.Clear();
        bed.Send(0, 0);
        bed.Send(0, 0);
        Assert.DoesNotContain(bed.Device.Sent.Select(Segment.Parse), s => s.Sequence == bed.OurInitial + 1);
        bed.Device.Sent.Clear();
        bed.Send(0, 0);
        bed.NextData(0, 1_460);
        Assert.Equal(1, bed.Stack.Counters.TcpFastRecoveries);
    }

    [Fact]
    public void Sack_repairs_every_hole_and_nothing_else()
    {
        TcpBed bed = new(() => new PatternHandler(14_600, finishAfterPeer: true));
        bed.Establish(sack: true);
        Assert.Equal(10, bed.Device.Sent.Count);
        bed.Device.Sent.Clear();

        // Segments 0 and 3 of ten are lost.
        bed.Send(0, 0, sack: [(1_460, 2_920)]);
        bed.Send(0, 0, sack: [(1_460, 4_380)]);
        bed.Send(0, 0, sack: [(5_840, 7_300), (1_460, 4_380)]);
        bed.Send(0, 0, sack: [(5_840, 8_760), (1_460, 4_380)]);
        bed.Send(0, 0, sack: [(5_840, 14_600), (1_460, 4_380)]);
        uint[] sent = [.. bed.Device.Sent.Select(s => Segment.Parse(s).Sequence - bed.OurInitial - 1)];
        Assert.Equal([0u, 4_380u], sent);
        bed.Device.Sent.Clear();
        bed.Send(0, 14_600);
        bed.Nothing();
        Assert.Equal(0, bed.Stack.Tcp.Connections.RangeSetsInUse);
    }

    [Fact]
    public void Sack_blocks_that_cannot_be_are_ignored()
    {
        TcpBed bed = new(() => new PatternHandler(14_600, finishAfterPeer: true));
        bed.Establish(sack: true);
        bed.Device.Sent.Clear();
        bed.Send(0, 0, sack: [(-100, 0), (14_600, 20_000), (3_000, 3_000)]);
        bed.Send(0, 0, sack: [(5_000, 4_000), (-5, 200)]);
        bed.Nothing();
        Assert.Equal(0, bed.Stack.Tcp.Connections.RangeSetsInUse);
    }

    [Fact]
    public void A_partial_acknowledgment_brings_the_next_hole()
    {
        TcpBed bed = Sending(14_600, finishAfterPeer: true);
        bed.Device.Sent.Clear();
        for (int i = 0; i < 3; i++) bed.Send(0, 0);
        bed.NextData(0, 1_460);
        bed.Send(0, 2_920);
        bed.NextData(2_920, 1_460);
        bed.Send(0, 14_600);
        bed.Nothing();
        Assert.Equal(2, bed.Stack.Counters.TcpRetransmissions);
        Assert.Equal(0, bed.Stack.Counters.TcpTimeouts);
    }

    [Fact]
    public void What_the_application_has_not_at_hand_follows_when_it_says_so()
    {
        TcpBed bed = new(() => new HesitantHandler());
        bed.Establish();
        HesitantHandler handler = (HesitantHandler)bed.Handler;
        bed.Nothing();
        handler.AtHand = 700;
        bed.Connection.ResumeSend();
        bed.Run();
        bed.NextData(0, 700);
        bed.Nothing();
        handler.AtHand = 2_000;
        bed.Connection.ResumeSend();
        bed.Run();
        bed.NextData(700, 1_300);
    }

    [Fact]
    public void Data_is_freed_by_acknowledgment_and_never_asked_for_again()
    {
        TcpBed bed = Sending(10_000);
        bed.Device.Sent.Clear();
        bed.Send(0, 5_000);
        Assert.Equal(5_000, bed.Handler.AcknowledgedOffset);
        bed.Pass(300);
        Assert.Equal(bed.OurInitial + 1 + 5_000, bed.Next().Sequence);
    }

    [Fact]
    public void The_device_gets_large_segments_with_what_it_needs_to_cut_them()
    {
        TcpBed bed = new(() => new PatternHandler(12_000, finishAfterPeer: true), offloads: All);
        bed.Establish(timestamps: true);
        SentFrame sent = Assert.Single(bed.Device.Sent);
        const int Headers = 14 + 20 + 32;
        Assert.Equal(Headers + 12_000, sent.Bytes.Length);
        Assert.Equal(1_448, sent.Offload.SegmentSize);
        Assert.Equal(Headers, sent.Offload.HeaderLength);
        Assert.Equal(34, sent.Offload.ChecksumStart);
        Assert.Equal(16, sent.Offload.ChecksumOffset);
        ushort seed = InternetChecksum.PseudoHeader(TcpBed.Address, TcpBed.Peer, IpProtocol.Tcp, 32 + 12_000);
        Assert.Equal(seed, (ushort)(sent.Bytes[50] << 8 | sent.Bytes[51]));
    }

    [Fact]
    public void A_segment_that_fits_a_frame_is_not_cut()
    {
        TcpBed bed = new(() => new PatternHandler(1_460, finishAfterPeer: true), offloads: All);
        bed.Establish();
        SentFrame sent = Assert.Single(bed.Device.Sent);
        Assert.Equal(0, sent.Offload.SegmentSize);
        Assert.Equal(34, sent.Offload.ChecksumStart);
    }

    [Fact]
    public void A_device_without_room_is_tried_again_soon()
    {
        TcpBed bed = new(() => new PatternHandler(100, finishAfterPeer: true));
        bed.Syn();
        Segment answer = bed.Next();
        bed.Device.Room = 0;
        bed.SendRaw(new TcpTemplate { Sequence = TcpBed.PeerInitial + 1, Acknowledgment = answer.Sequence + 1 });
        bed.Nothing();
        Assert.InRange(bed.Stack.NextDeadline(bed.Now), bed.Now + 1, bed.Now + Nanoseconds.PerMillisecond);
        bed.Device.Room = 1;
        bed.Pass(1);
        Assert.Equal(100, bed.Next().Payload.Length);
    }

    [Fact]
    public void A_narrower_path_makes_smaller_segments()
    {
        TcpBed bed = Sending(5_000, finishAfterPeer: true);
        SentFrame first = bed.Device.Sent.Peek();
        bed.Device.Sent.Clear();
        bed.Device.Arrive(FragmentationNeeded(first.Bytes, 1_000));
        bed.Run();
        bed.NextData(0, 960);
        bed.NextData(960, 960);
    }

    [Fact]
    public void A_narrower_path_is_not_believed_of_a_segment_that_is_not_under_way()
    {
        TcpBed bed = Sending(5_000, finishAfterPeer: true);
        SentFrame first = bed.Device.Sent.Peek();
        bed.Send(0, 5_000);
        bed.Device.Sent.Clear();
        bed.Device.Arrive(FragmentationNeeded(first.Bytes, 1_000));
        bed.Run();
        bed.Nothing();
        Assert.Equal(1_460, bed.Connection.MaximumSegmentSize);
    }

    [Fact]
    public void A_silent_peer_is_probed_where_asked_and_given_up()
    {
        NetworkConfiguration configuration = new()
        {
            Address = TcpBed.Address,
            PrefixLength = 24,
            KeepAliveIdle = 10 * Nanoseconds.PerSecond,
            KeepAliveInterval = Nanoseconds.PerSecond,
            MaxRetransmissions = 3,
        };
        TcpBed bed = new(configuration: configuration);
        bed.Establish();
        bed.Pass(10_000);
        Assert.Equal(bed.OurInitial, bed.Next().Sequence);
        bed.Send(0, 0);
        bed.Pass(9_999);
        bed.Nothing();
        bed.Pass(4_000);
        Assert.Equal(TcpCloseReason.TimedOut, bed.Handler.CloseReason);
    }

    private static byte[] FragmentationNeeded(byte[] about, ushort mtu)
    {
        byte[] message = new byte[IcmpMessage.HeaderSize + 28];
        about.AsSpan(14, 28).CopyTo(message.AsSpan(IcmpMessage.HeaderSize));
        IcmpMessage.Write(message, IcmpType.DestinationUnreachable, (byte)IcmpUnreachableCode.FragmentationNeeded, mtu);
        return Frames.Ipv4(TcpBed.PeerStation, TcpBed.Station, TcpBed.Peer, TcpBed.Address, IpProtocol.Icmp, message);
    }

    private static TcpBed Sending(long bytes, ushort window = 65_535, bool finishAfterPeer = false)
    {
        TcpBed bed = new(() => new PatternHandler(bytes, finishAfterPeer));
        bed.Establish(window);
        return bed;
    }

    private sealed class HesitantHandler() : PatternHandler(2_000, finishAfterPeer: true)
    {
        private int _given;

        public int AtHand { get; set; }

        protected override int Give(int wanted)
        {
            int give = Math.Min(wanted, AtHand - _given);
            _given += give;
            return give;
        }
    }
}
