// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Wire;

namespace Uaas.Net.Tcp;

/// <summary>What to do with the rest of a segment after its acknowledgment was looked at.</summary>
internal enum AcknowledgmentResult
{
    /// <summary>Go on with its data.</summary>
    Continue,

    /// <summary>The connection is over, or will be.</summary>
    Drop,

    /// <summary>It acknowledges what was never sent, or is far too old: answer, and drop it.</summary>
    Challenge,
}

/// <summary>The fifth step of segment arrival (RFC 9293, 3.10.7.4): what the peer has received, its window, and what follows for loss and congestion.</summary>
internal sealed class TcpAcknowledgment(TcpStack stack, Interface link)
{
    /// <summary>Takes the acknowledgment field, SACK blocks and window of a segment.</summary>
    public AcknowledgmentResult Process(TcpConnection connection, in TcpSegment segment)
    {
        long offset = connection.Unacknowledged + (new SequenceNumber(segment.Acknowledgment) - connection.SequenceOf(connection.Unacknowledged));
        if (offset > connection.Next || offset < connection.Unacknowledged - connection.MaximumSendWindow) return AcknowledgmentResult.Challenge;

        long window = (long)segment.Window << Math.Max((int)connection.SendScale, 0);
        bool duplicate = offset == connection.Unacknowledged && connection.Next > offset && segment.Payload.IsEmpty && (segment.Flags & TcpFlags.Fin) == 0
            && offset + window == connection.WindowEdge;
        if (connection.HasSack) TakeSackBlocks(connection, segment);
        else if (duplicate) connection.Recovery.AddDuplicate(connection.Next - offset, connection.SegmentSize);

        if (offset > connection.Unacknowledged)
        {
            Advance(connection, offset);
            if (connection.State == TcpState.Closed || connection.AbortRequested) return AcknowledgmentResult.Drop;
        }

        if (connection.Recovery.DetectLoss(connection.Unacknowledged, connection.Next, connection.SegmentSize)) BeginRecovery(connection);
        if (connection.Unacknowledged == connection.Next) connection.Retries = 0;
        TakeWindow(connection, segment, offset, window);

        // Room in the window or in the network, or a loss to repair: see whether something can be sent.
        if (connection.HasUnsent || connection.Recovery.Phase != RecoveryPhase.None) stack.Schedule(connection);
        return AcknowledgmentResult.Continue;
    }

    private static void TakeSackBlocks(TcpConnection connection, in TcpSegment segment)
    {
        TcpOptions options = segment.Options;
        SequenceNumber unacknowledged = connection.SequenceOf(connection.Unacknowledged);
        for (int i = 0; i < options.SackBlockCount; i++)
        {
            long start = connection.Unacknowledged + (new SequenceNumber(options.SackLeft(i)) - unacknowledged);
            long end = connection.Unacknowledged + (new SequenceNumber(options.SackRight(i)) - unacknowledged);

            // Blocks below what is acknowledged are reports of duplicates (RFC 2883): of no use to us.
            if (start > connection.Unacknowledged && start < end && end <= connection.Next) connection.Recovery.AddSacked(start, end);
        }
    }

    private void Advance(TcpConnection connection, long offset)
    {
        long bytes = offset - connection.Unacknowledged;
        connection.Unacknowledged = offset;
        connection.WindowEdge = Math.Max(connection.WindowEdge, offset);
        connection.Retries = 0;
        connection.RoundTrip.EndBackOff();
        if (connection.MeasuredOffset != 0 && offset >= connection.MeasuredOffset)
        {
            connection.RoundTrip.Measure(stack.Now - connection.MeasuredAt);
            connection.MeasuredOffset = 0;
        }

        bool recovered = connection.Recovery.Acknowledged(offset, bytes, connection.SegmentSize);
        if (recovered) connection.Congestion.Recovered(connection.InFlight, connection.SegmentSize);
        else if (connection.CongestionLimited && connection.Recovery.Phase != RecoveryPhase.Fast) connection.Congestion.Acknowledged(bytes, connection.SegmentSize);

        connection.RetransmitDeadline = connection.Next > offset ? stack.Now + connection.RoundTrip.Timeout : Nanoseconds.Never;
        bool finAcknowledged = offset > connection.Offered;
        connection.Handler!.Acknowledged(connection, connection.AcknowledgedOffset);
        if (finAcknowledged && !connection.AbortRequested) FinAcknowledged(connection);
        stack.Timers.EnsureBy(connection.Index, connection.RetransmitDeadline);
    }

    private void FinAcknowledged(TcpConnection connection)
    {
        switch (connection.State)
        {
            case TcpState.FinWait1:
                connection.State = TcpState.FinWait2;
                connection.RetransmitDeadline = stack.FinWaitDeadline(connection);
                break;
            case TcpState.Closing:
                connection.State = TcpState.TimeWait;
                stack.Schedule(connection);
                break;
            case TcpState.LastAck:
                stack.Schedule(connection);
                break;
        }
    }

    private void BeginRecovery(TcpConnection connection)
    {
        link.Counters.TcpFastRecoveries++;
        connection.Congestion.Lost(connection.Next - connection.Unacknowledged, connection.SegmentSize);
        connection.RetransmitDeadline = stack.Now + connection.RoundTrip.Timeout;
        stack.Timers.EnsureBy(connection.Index, connection.RetransmitDeadline);
    }

    /// <summary>Takes the window unless the segment is older than the one it was last taken from.</summary>
    private static void TakeWindow(TcpConnection connection, in TcpSegment segment, long offset, long window)
    {
        SequenceNumber sequence = new(segment.Sequence);
        if (offset < connection.Unacknowledged) return;
        if (sequence < connection.WindowUpdateSequence || (sequence == connection.WindowUpdateSequence && offset < connection.WindowUpdateAcknowledgment)) return;
        bool opened = offset + window > connection.WindowEdge && connection.Unacknowledged == connection.Next && connection.HasUnsent;
        connection.WindowEdge = offset + window;
        connection.WindowUpdateSequence = sequence;
        connection.WindowUpdateAcknowledgment = offset;
        connection.MaximumSendWindow = Math.Max(connection.MaximumSendWindow, window);
        if (!opened) return;

        // Probing of the closed window is over.
        connection.RoundTrip.EndBackOff();
        connection.RetransmitDeadline = Nanoseconds.Never;
    }
}
