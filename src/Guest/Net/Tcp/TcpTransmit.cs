// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Net.Tcp;

/// <summary>
/// What a connection may send, and when: the peer's window, the network's, losses to repair, and avoidance of small segments (RFC 9293, 3.8.6.2.1).
/// </summary>
internal sealed class TcpTransmit(TcpStack stack, TcpEmitter emitter, Interface link)
{
    /// <summary>Frames that one connection sends before others have their turn.</summary>
    private const int Burst = 16;

    private struct Piece
    {
        public long Offset;
        public int Length;
        public bool Fin;
    }

    /// <summary>Sends what is due on a connection.</summary>
    public void Run(TcpConnection connection, long now)
    {
        if (connection.AbortRequested)
        {
            emitter.SendReset(connection, now);
            stack.Close(connection, TcpCloseReason.Aborted);
            return;
        }

        if (connection.State < TcpState.Established)
        {
            if (connection.SynDue) SendSyn(connection, now);
            return;
        }

        if (connection.ProbeDue) SendProbe(connection, now);
        SendData(connection, now);
        if (connection.AckNeed >= AckNeed.Soon)
        {
            TransmitResult result = emitter.SendAck(connection, now);
            if (result != TransmitResult.Ok) stack.TransmitFailed(connection, result);
        }

        EndIfOver(connection);
    }

    /// <summary>Both sides have finished and know it, and the application has had all that came: the connection is over.</summary>
    private void EndIfOver(TcpConnection connection)
    {
        if (!connection.PeerFinTold) return;
        if (connection.State == TcpState.TimeWait && connection.AckNeed == AckNeed.None) stack.RetireToTimeWait(connection);
        else if (connection.State == TcpState.LastAck && connection.Unacknowledged > connection.Offered) stack.Close(connection, TcpCloseReason.Finished);
    }

    /// <summary>Arms the retransmission timer if it is not running (RFC 6298, 5.1).</summary>
    private void Arm(TcpConnection connection, long now)
    {
        if (connection.RetransmitDeadline != Nanoseconds.Never) return;
        connection.RetransmitDeadline = now + connection.RoundTrip.Timeout;
        stack.Timers.EnsureBy(connection.Index, connection.RetransmitDeadline);
    }

    private void SendSyn(TcpConnection connection, long now)
    {
        TransmitResult result = emitter.SendSyn(connection, now);
        connection.MeasuredAt = now;
        Arm(connection, now);
        if (result == TransmitResult.Ok) connection.SynDue = false;
        else stack.TransmitFailed(connection, result);
    }

    private void SendProbe(TcpConnection connection, long now)
    {
        connection.ProbeDue = false;
        TransmitResult result = emitter.SendProbe(connection, now);
        if (result != TransmitResult.Ok) stack.TransmitFailed(connection, result);
    }

    private void SendData(TcpConnection connection, long now)
    {
        if (!connection.HasUnsent && connection.Recovery.Phase == RecoveryPhase.None) return;
        bool idle = connection.Unacknowledged == connection.Next && now - connection.LastDataSentAt > connection.RoundTrip.Timeout;
        if (idle) connection.Congestion.RestartAfterIdle(connection.SegmentSize);

        for (int i = 0; i < Burst; i++)
        {
            if (connection.SupplyBlocked || connection.AbortRequested) return;
            if (!TryNextPiece(connection, out Piece piece))
            {
                // The window alone holds us back, and nothing is under way whose acknowledgment would tell of its opening: probe it.
                if (connection.WindowLimited && connection.Unacknowledged == connection.Next) Arm(connection, now);
                return;
            }

            TransmitResult result = emitter.SendData(connection, piece.Offset, piece.Length, piece.Fin, now, out int supplied);
            if (result != TransmitResult.Ok)
            {
                stack.TransmitFailed(connection, result);
                Arm(connection, now);
                return;
            }

            connection.SillyWindowOverride = false;
            if (supplied < piece.Length) connection.SupplyBlocked = true;
            if (supplied > 0 || piece.Length == 0) Sent(connection, piece.Offset, supplied, piece.Fin && supplied == piece.Length, now);
        }

        stack.Schedule(connection);
    }

    /// <summary>What to send next: what is lost, else what is new.</summary>
    private bool TryNextPiece(TcpConnection connection, out Piece piece)
    {
        piece = default;
        connection.WindowLimited = false;
        int segment = TcpEmitter.PayloadSize(connection);
        long inFlight = connection.InFlight;
        long room = connection.Congestion.Window - inFlight;

        if (connection.Recovery.TryNextLost(connection.Unacknowledged, out long start, out long end))
        {
            bool allowed = room >= segment || inFlight == 0 || connection.Recovery.ResendRegardless;
            connection.CongestionLimited = true;
            if (!allowed) return false;
            long dataEnd = Math.Min(end, connection.Offered);
            piece.Offset = start;
            piece.Length = (int)Math.Min(dataEnd - start, WholeSegments(Math.Max(room, segment), segment));
            piece.Fin = start + piece.Length == connection.Offered && end > connection.Offered;
            return true;
        }

        return connection.HasUnsent && TryNewPiece(connection, segment, inFlight, room, out piece);
    }

    private bool TryNewPiece(TcpConnection connection, int segment, long inFlight, long room, out Piece piece)
    {
        piece = default;
        long unsent = connection.Offered - connection.Next;
        long window = connection.WindowEdge - connection.Next;
        long length = Math.Min(Math.Min(unsent, emitter.LargestPayload(segment)), Math.Min(window, room));
        bool tail = length == unsent;
        if (length > segment && !tail) length -= length % segment;

        connection.CongestionLimited = room < Math.Min(unsent, window);
        connection.WindowLimited = !connection.CongestionLimited && window < unsent + 1;
        bool full = length >= segment || (tail && unsent > 0);
        if (!full && unsent > 0)
        {
            // A small segment that is not the last of what there is: only if the peer's window was never much larger, or after a timeout.
            bool worthIt = length > 0 && !connection.CongestionLimited && (connection.SillyWindowOverride || length >= connection.MaximumSendWindow / 2);
            if (!worthIt) return false;
        }

        // Rather fewer, larger frames: as long as acknowledgments are to come, wait for room for more (the frames that the device cuts).
        if (connection.CongestionLimited && inFlight > 0 && length < Math.Min(emitter.LargestPayload(segment), connection.Congestion.Window / 3)) return false;

        piece.Offset = connection.Next;
        piece.Length = (int)length;
        piece.Fin = connection.FinishRequested && tail && window > length;
        return length > 0 || piece.Fin;
    }

    private int WholeSegments(long room, int segment)
    {
        int largest = emitter.LargestPayload(segment);
        return room >= largest ? largest : (int)(room - room % segment);
    }

    private void Sent(TcpConnection connection, long offset, int length, bool fin, long now)
    {
        long end = offset + length + (fin ? 1 : 0);
        connection.LastDataSentAt = now;
        if (offset == connection.Next)
        {
            connection.Next = end;
            if (connection.MeasuredOffset == 0)
            {
                connection.MeasuredOffset = end;
                connection.MeasuredAt = now;
            }

            if (fin) connection.State = connection.State == TcpState.CloseWait ? TcpState.LastAck : TcpState.FinWait1;
        }
        else
        {
            // What is sent twice cannot be timed: the acknowledgment may be of either (Karn).
            connection.MeasuredOffset = 0;
            connection.Recovery.Resent(end);
            link.Counters.TcpRetransmissions++;
        }

        Arm(connection, now);
    }
}
