// SPDX-License-Identifier: Apache-2.0

using Uaas.Net.Tcp;
using Uaas.Net.Testing;
using Uaas.Wire;
using Xunit;

namespace Uaas.Net.Tests.Tcp;

/// <summary>How connections end: FIN-WAIT, CLOSE-WAIT, CLOSING, LAST-ACK, TIME-WAIT, aborts.</summary>
public sealed class CloseTests
{
    [Fact]
    public void We_finish_first()
    {
        TcpBed bed = Finishing(out Segment fin);
        Assert.Equal(TcpFlags.Fin | TcpFlags.Ack | TcpFlags.Psh, fin.Flags);
        Assert.Equal(TcpState.FinWait1, bed.Connection.State);
        bed.Send(0, 11);
        Assert.Equal(TcpState.FinWait2, bed.Connection.State);
        bed.Send(0, 11, 20);
        Assert.Equal(20, bed.Handler.Received);
        bed.Send(20, 11, flags: TcpFlags.Ack | TcpFlags.Fin);
        bed.NextAck(21);
        Assert.True(bed.Handler.PeerHasFinished);
        Assert.Equal(TcpCloseReason.Finished, bed.Handler.CloseReason);
        Assert.Equal(0, bed.Stack.Tcp.ActiveConnections);
        Assert.Equal(1, bed.Stack.Counters.TcpTimeWait);
    }

    [Fact]
    public void The_peer_finishes_first()
    {
        TcpBed bed = new();
        bed.Establish();
        bed.Send(0, 0, flags: TcpFlags.Ack | TcpFlags.Fin);
        Assert.Equal(TcpState.LastAck, bed.Connection.State);
        Assert.Equal(TcpFlags.Fin | TcpFlags.Ack, bed.Next().Flags & ~TcpFlags.Psh);
        bed.Send(1, 1);
        Assert.Equal(TcpCloseReason.Finished, bed.Handler.CloseReason);
        Assert.Equal(0, bed.Stack.Counters.TcpTimeWait);
    }

    [Fact]
    public void Both_finish_at_the_same_time()
    {
        TcpBed bed = Finishing(out _);
        bed.Send(0, 0, flags: TcpFlags.Ack | TcpFlags.Fin);
        bed.NextAck(1);
        Assert.Equal(TcpState.Closing, bed.Connection.State);
        bed.Send(1, 11);
        Assert.Equal(TcpCloseReason.Finished, bed.Handler.CloseReason);
        Assert.Equal(1, bed.Stack.Counters.TcpTimeWait);
    }

    [Fact]
    public void A_fin_is_sent_again()
    {
        TcpBed bed = Finishing(out Segment fin);
        bed.Send(0, 10);
        bed.Pass(1_000);
        Segment again = bed.Next();
        Assert.Equal(fin.Sequence + 10, again.Sequence);
        Assert.True((again.Flags & TcpFlags.Fin) != 0);
        Assert.Empty(again.Payload);
    }

    [Fact]
    public void A_peer_that_never_finishes_is_given_up()
    {
        TcpBed bed = Finishing(out _);
        bed.Send(0, 11);
        bed.Pass(50_000);
        bed.Send(0, 11, 10);
        bed.Pass(59_999);
        Assert.Null(bed.Handler.CloseReason);
        bed.Pass(1);
        Assert.Equal(TcpCloseReason.TimedOut, bed.Handler.CloseReason);
    }

    [Fact]
    public void Abort_resets_and_tells()
    {
        TcpBed bed = new();
        bed.Establish();
        bed.Connection.Abort();
        Assert.False(bed.Connection.CanOffer);
        bed.Run();
        bed.NextReset(bed.OurInitial + 1);
        Assert.Equal(TcpCloseReason.Aborted, bed.Handler.CloseReason);
    }

    [Fact]
    public void What_arrives_after_abort_is_not_handed_over()
    {
        TcpBed bed = new();
        bed.Establish();
        bed.Connection.Abort();
        bed.Send(0, 0, 10);
        Assert.Equal(0, bed.Handler.Received);
    }

    [Fact]
    public void A_straggler_in_time_wait_is_acknowledged_and_a_reset_ignored()
    {
        TcpBed bed = InTimeWait();
        bed.Send(0, 11, flags: TcpFlags.Rst);
        bed.Nothing();
        bed.Send(0, 11, flags: TcpFlags.Ack | TcpFlags.Fin);
        bed.NextAck(1);
        Assert.Equal(1, bed.Stack.Counters.TcpTimeWait);
    }

    [Fact]
    public void Time_wait_ends()
    {
        TcpBed bed = InTimeWait();
        bed.Pass(60_001);
        bed.Send(1, 11);
        bed.NextReset(bed.OurInitial + 12);
    }

    [Fact]
    public void A_newer_syn_reopens_from_time_wait_and_an_older_one_does_not()
    {
        TcpBed bed = InTimeWait();
        bed.SendRaw(new TcpTemplate { Sequence = TcpBed.PeerInitial - 10, Flags = TcpFlags.Syn });
        bed.NextAck(1);
        bed.SendRaw(new TcpTemplate { Sequence = TcpBed.PeerInitial + 100, Flags = TcpFlags.Syn });
        Assert.Equal(TcpFlags.Syn | TcpFlags.Ack, bed.Next().Flags);
        Assert.Equal(0, bed.Stack.Counters.TcpTimeWait);
    }

    [Fact]
    public void Time_wait_is_bounded_and_the_oldest_gives_way()
    {
        TimeWaitTable table = new(3, 60 * Nanoseconds.PerSecond, 5);
        for (ulong key = 1; key <= 3; key++) Assert.False(table.Add(new TimeWaitEntry { Key = key }, (long)key));
        Assert.True(table.Add(new TimeWaitEntry { Key = 4 }, 4));
        Assert.Equal(3, table.Count);
        Assert.False(table.TryFind(1, 5, out _));
        for (ulong key = 2; key <= 4; key++) Assert.True(table.TryFind(key, 5, out _));
        Assert.False(table.TryFind(4, 61 * Nanoseconds.PerSecond, out _));
        Assert.Equal(0, table.Count);
    }

    private static TcpBed InTimeWait()
    {
        TcpBed bed = Finishing(out _);
        bed.Send(0, 11, flags: TcpFlags.Ack | TcpFlags.Fin);
        bed.NextAck(1);
        Assert.Equal(1, bed.Stack.Counters.TcpTimeWait);
        return bed;
    }

    private static TcpBed Finishing(out Segment fin)
    {
        TcpBed bed = new(() => new PatternHandler(10));
        bed.Establish();
        fin = bed.NextData(0, 10);
        return bed;
    }
}
