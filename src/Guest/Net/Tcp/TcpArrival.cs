// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Wire;

namespace Uaas.Net.Tcp;

/// <summary>What happens when a segment arrives for a connection: the steps of RFC 9293, 3.10.7.4, in their order.</summary>
internal sealed class TcpArrival(TcpStack stack, TcpEmitter emitter, TcpHandshake handshake, Interface link, NetworkConfiguration configuration)
{
    /// <summary>RFC 7323, 5.5: a timestamp older than this proves nothing any more.</summary>
    private const long RecentTimestampLifetime = 24L * 24 * 3_600 * Nanoseconds.PerSecond;

    /// <summary>How long a connection may hold a receive buffer while others find none: twice the first retransmission timeout, by which most losses are mended.</summary>
    private const long UncontestedHold = 2 * Nanoseconds.PerSecond;

    private readonly TcpAcknowledgment _acknowledgment = new(stack, link);
    private RateLimit _challenges = new(configuration.ErrorsPerSecond);

    /// <summary>Takes a segment.</summary>
    public void Receive(TcpConnection connection, in TcpSegment segment)
    {
        if (connection.AbortRequested) return;
        if (connection.State == TcpState.SynSent)
        {
            handshake.ReceiveInSynSent(connection, segment);
            return;
        }

        TcpFlags flags = segment.Flags;
        SequenceNumber sequence = new(segment.Sequence);
        if (!CheckRepeatedSyn(connection, sequence, segment)) return;
        if (!CheckTimestamp(connection, sequence, segment)) return;
        if (!CheckSequence(connection, sequence, segment)) return;
        if ((flags & TcpFlags.Rst) != 0)
        {
            ReceiveReset(connection, sequence);
            return;
        }

        if ((flags & TcpFlags.Syn) != 0 && sequence >= connection.ReceiveNext)
        {
            Challenge(connection);
            return;
        }

        if ((flags & TcpFlags.Ack) == 0) return;
        if (connection.State == TcpState.SynReceived && !CompleteHandshake(connection, segment)) return;
        switch (_acknowledgment.Process(connection, segment))
        {
            case AcknowledgmentResult.Drop:
                return;
            case AcknowledgmentResult.Challenge:
                Challenge(connection);
                return;
        }

        if (connection.State is TcpState.Established or TcpState.FinWait1 or TcpState.FinWait2)
            ReceiveData(connection, sequence, segment.Payload, (flags & TcpFlags.Fin) != 0);
    }

    /// <summary>Offers unread bytes again, as the application asked.</summary>
    public void Resume(TcpConnection connection)
    {
        connection.ReceiveResumed = false;
        if (connection.AbortRequested || connection.Handler == null) return;
        OfferUnread(connection);

        // The peer may wait for nothing but this.
        int step = Math.Min(connection.Buffer.Capacity / 2, 2 * connection.MaximumSegmentSize);
        if (connection.ReceiveNext + connection.ReceiveRoom - connection.AdvertisedEdge >= step) Acknowledge(connection, AckNeed.Soon);
    }

    /// <summary>A SYN once more in SYN-RECEIVED: our answer was lost, or both sides opened at the same time.</summary>
    private bool CheckRepeatedSyn(TcpConnection connection, SequenceNumber sequence, in TcpSegment segment)
    {
        if (connection.State != TcpState.SynReceived || (segment.Flags & TcpFlags.Syn) == 0 || sequence + 1 != connection.ReceiveNext) return true;
        if ((segment.Flags & (TcpFlags.Ack | TcpFlags.Rst)) == TcpFlags.Ack)
        {
            CompleteHandshake(connection, segment);
            Acknowledge(connection, AckNeed.Soon);
            return false;
        }

        connection.SynDue = true;
        stack.Schedule(connection);
        return false;
    }

    /// <summary>Protection against wrapped sequence numbers (RFC 7323, 5.3), and the timestamp to echo (4.3).</summary>
    private bool CheckTimestamp(TcpConnection connection, SequenceNumber sequence, in TcpSegment segment)
    {
        if (!connection.HasTimestamps || (segment.Flags & TcpFlags.Rst) != 0) return true;
        TcpOptions options = segment.Options;
        if (!options.HasTimestamps) return false;
        int age = (int)(options.Timestamp - connection.RecentTimestamp);
        if (age < 0 && stack.Now - connection.RecentTimestampAt < RecentTimestampLifetime)
        {
            Acknowledge(connection, AckNeed.AtOnce);
            return false;
        }

        if (sequence <= connection.LastAckSent)
        {
            connection.RecentTimestamp = options.Timestamp;
            connection.RecentTimestampAt = stack.Now;
        }

        return true;
    }

    /// <summary>First step: does any of it lie in the window?</summary>
    private bool CheckSequence(TcpConnection connection, SequenceNumber sequence, in TcpSegment segment)
    {
        int length = segment.Payload.Length + ((segment.Flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0 ? 1 : 0);
        int start = sequence - connection.ReceiveNext;
        int window = connection.AdvertisedEdge - connection.ReceiveNext;

        // An empty segment at the right edge is what a peer sends that has filled the window; and with the window closed, the acknowledgment on a probe still
        // counts.
        bool acceptable = length == 0 || window <= 0 ? start >= 0 && start <= Math.Max(window, 0) : start < window && start + length > 0;
        if (!acceptable && (segment.Flags & TcpFlags.Rst) == 0) Acknowledge(connection, AckNeed.AtOnce);
        return acceptable;
    }

    /// <summary>Second step: only the exact sequence number resets; any other in the window must prove itself (RFC 5961, 3.2).</summary>
    private void ReceiveReset(TcpConnection connection, SequenceNumber sequence)
    {
        if (sequence != connection.ReceiveNext) Challenge(connection);
        else stack.Close(connection, connection.State == TcpState.SynReceived ? TcpCloseReason.Refused : TcpCloseReason.ResetByPeer);
    }

    /// <summary>Makes the peer prove that it knows where the connection stands (RFC 5961), within the rate limit.</summary>
    private void Challenge(TcpConnection connection)
    {
        if (!_challenges.TryTake(stack.Now)) return;
        link.Counters.TcpChallengeAcks++;
        Acknowledge(connection, AckNeed.AtOnce);
    }

    /// <summary>Fifth step in SYN-RECEIVED: true when the connection is open now.</summary>
    private bool CompleteHandshake(TcpConnection connection, in TcpSegment segment)
    {
        SequenceNumber acknowledgment = new(segment.Acknowledgment);
        if (acknowledgment != connection.SequenceOf(0))
        {
            emitter.SendReset(connection.Local, connection.Remote, acknowledgment, default, TcpFlags.Rst, stack.Now);
            return false;
        }

        handshake.Establish(connection);
        TcpHandshake.UpdateWindow(connection, segment, Math.Max((int)connection.SendScale, 0));
        if (connection.Listener != null)
        {
            link.Counters.TcpAccepted++;
            connection.Handler = connection.Listener.Accept(connection);
            if (connection.Handler == null)
            {
                connection.Abort();
                return false;
            }
        }

        connection.Handler!.Established(connection);
        return !connection.AbortRequested;
    }

    /// <summary>Seventh and eighth step: the data, and the FIN after it.</summary>
    private void ReceiveData(TcpConnection connection, SequenceNumber sequence, ReadOnlySpan<byte> data, bool fin)
    {
        if (data.IsEmpty && !fin) return;
        int start = sequence - connection.ReceiveNext;
        if (start < 0)
        {
            int known = Math.Min(-start, data.Length);
            data = data[known..];
            start += known;
            Acknowledge(connection, AckNeed.Soon);
            if (start < 0) return;
        }

        // What lies beyond the window, or beyond the peer's last byte, is not taken.
        int window = Math.Max(0, connection.AdvertisedEdge - connection.ReceiveNext);
        int limit = connection.PeerFinKnown ? Math.Min(window, connection.PeerFinSequence - connection.ReceiveNext) : window;
        if (start + data.Length > limit)
        {
            data = data[..Math.Clamp(limit - start, 0, data.Length)];
            fin = false;
            Acknowledge(connection, AckNeed.AtOnce);
        }

        if (fin && !connection.PeerFinKnown)
        {
            connection.PeerFinKnown = true;
            connection.PeerFinSequence = connection.ReceiveNext + (start + data.Length);
        }

        if (start > 0) StoreOutOfOrder(connection, start, data);
        else if (data.Length > 0) AcceptInOrder(connection, data);
        if (connection.PeerFinKnown && !connection.AbortRequested && connection.ReceiveNext == connection.PeerFinSequence) AcceptFin(connection);
    }

    private void StoreOutOfOrder(TcpConnection connection, int start, ReadOnlySpan<byte> data)
    {
        Acknowledge(connection, AckNeed.AtOnce);
        if (data.IsEmpty) return;
        connection.LatestOutOfOrder = connection.ReceiveOffset + start;
        bool wasUsed = connection.Buffer.IsUsed;
        if (connection.Buffer.StoreOutOfOrder(connection.ReceiveOffset, start, data)) NoteBuffer(connection, wasUsed);
        else DropForWantOfBuffer(connection);
    }

    private void NoteBuffer(TcpConnection connection, bool wasUsed)
    {
        if (!wasUsed) connection.BufferedSince = stack.Now;
    }

    /// <summary>
    /// As if the segment were lost: the peer sends it again. By then there is a buffer: a few peers that begin requests and never end them cannot hold all.
    /// </summary>
    private void DropForWantOfBuffer(TcpConnection connection)
    {
        link.Counters.DroppedNoBuffer++;
        if (connection.Buffer.IsUsed) return;
        TcpConnection? holder = stack.Connections.LongestHolder();
        if (holder == null || holder.AbortRequested || stack.Now - holder.BufferedSince < UncontestedHold) return;
        link.Counters.TcpHoldersReset++;
        holder.Abort();
    }

    private void AcceptInOrder(TcpConnection connection, ReadOnlySpan<byte> data)
    {
        // RFC 5681, 4.2: at least every second full segment, and at once when a hole is filled; else with the answer, or after a while. A peer that has filled much
        // of the window goes on while we take the rest of the batch, instead of by turns with us.
        connection.UnacknowledgedReceived += data.Length;
        bool soon = connection.UnacknowledgedReceived >= 2 * connection.SegmentSize || connection.Buffer.OutOfOrderCount > 0;
        bool atOnce = soon && connection.UnacknowledgedReceived >= connection.Buffer.Capacity / 4;
        Acknowledge(connection, atOnce ? AckNeed.AtOnce : soon ? AckNeed.Soon : AckNeed.Delayed);

        if (!connection.Buffer.IsUsed)
        {
            // The usual way: straight from the frame.
            int consumed = Math.Clamp(connection.Handler!.Receive(connection, data), 0, data.Length);
            Advance(connection, consumed);
            if (consumed < data.Length && !connection.AbortRequested) StoreInOrder(connection, data[consumed..]);
            return;
        }

        if (StoreInOrder(connection, data)) OfferUnread(connection);
    }

    private bool StoreInOrder(TcpConnection connection, ReadOnlySpan<byte> data)
    {
        bool wasUsed = connection.Buffer.IsUsed;
        int inOrder = connection.Buffer.Append(connection.ReceiveOffset, data);
        if (inOrder == 0)
        {
            DropForWantOfBuffer(connection);
            Acknowledge(connection, AckNeed.AtOnce);
            return false;
        }

        NoteBuffer(connection, wasUsed);
        Advance(connection, inOrder);
        return true;
    }

    private void OfferUnread(TcpConnection connection)
    {
        if (connection.Buffer.UnreadLength > 0)
        {
            int length = connection.Buffer.UnreadLength;
            int consumed = Math.Clamp(connection.Handler!.Receive(connection, connection.Buffer.Unread), 0, length);
            connection.Buffer.Consume(consumed);
        }

        TellPeerFinished(connection);
    }

    private static void Advance(TcpConnection connection, int count)
    {
        connection.ReceiveNext += count;
        connection.ReceiveOffset += count;
    }

    private void AcceptFin(TcpConnection connection)
    {
        connection.ReceiveNext += 1;
        Acknowledge(connection, AckNeed.Soon);
        switch (connection.State)
        {
            case TcpState.Established:
                connection.State = TcpState.CloseWait;
                break;
            case TcpState.FinWait1:
                connection.State = TcpState.Closing;
                break;
            case TcpState.FinWait2:
                connection.State = TcpState.TimeWait;
                connection.RetransmitDeadline = Nanoseconds.Never;
                break;
        }

        TellPeerFinished(connection);
    }

    /// <summary>Tells the handler of the peer's FIN once it has consumed all that came before.</summary>
    private static void TellPeerFinished(TcpConnection connection)
    {
        bool finReceived = connection.PeerFinKnown && connection.ReceiveNext > connection.PeerFinSequence;
        if (!finReceived || connection.PeerFinTold || connection.AbortRequested || connection.Buffer.UnreadLength > 0) return;
        connection.PeerFinTold = true;
        connection.Handler!.PeerFinished(connection);
    }

    private void Acknowledge(TcpConnection connection, AckNeed need)
    {
        if (need > connection.AckNeed) connection.AckNeed = need;
        if (need >= AckNeed.Soon) stack.Schedule(connection);
    }
}
