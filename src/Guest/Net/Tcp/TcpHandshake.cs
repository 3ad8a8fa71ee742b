// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Wire;

namespace Uaas.Net.Tcp;

/// <summary>
/// How connections begin: SYNs to listeners, SYN cookies, active opens, and segments that belong to no connection (RFC 9293, 3.10.7.1 to 3.10.7.3).
/// </summary>
internal sealed class TcpHandshake(TcpStack stack, TcpEmitter emitter, Interface link, NetworkConfiguration configuration, InitialSequence initialSequence, SipHash cookieHash)
{
    private const ushort DefaultSegmentSize = 536;
    private const int LeastSegmentSize = 64;

    private SynCookies _cookies = new(cookieHash);

    /// <summary>Begins an active open.</summary>
    public void Begin(TcpConnection connection, TcpHandler handler)
    {
        connection.Handler = handler;
        connection.State = TcpState.SynSent;
        connection.InitialSend = initialSequence.Next(connection.Key, stack.Now);
        connection.TimestampOffset = initialSequence.TimestampOffset(connection.Key);
        connection.MaximumSegmentSize = emitter.OwnSegmentSize;
        SendSynSoon(connection);
        link.Counters.TcpActive = stack.ActiveConnections;
    }

    /// <summary>
    /// Takes a segment that belongs to no connection. Returns one that it brought about (by a cookie), for which the segment is to be processed now; null
    /// otherwise.
    /// </summary>
    public TcpConnection? ReceiveUnknown(ulong key, Ipv4Address from, in TcpSegment segment)
    {
        TcpEndpoint local = new(link.Address, segment.DestinationPort);
        TcpEndpoint remote = new(from, segment.SourcePort);
        TcpFlags flags = segment.Flags;
        if (stack.TimeWait.TryFind(key, stack.Now, out TimeWaitEntry entry) && !ReceiveInTimeWait(entry, local, remote, segment)) return null;
        if ((flags & TcpFlags.Rst) != 0) return null;

        TcpListener? listener = stack.FindListener(local.Port);
        if (listener != null && (flags & (TcpFlags.Syn | TcpFlags.Ack | TcpFlags.Fin)) == TcpFlags.Syn)
        {
            ReceiveSyn(key, local, remote, listener, segment);
            return null;
        }

        if (listener != null && (flags & (TcpFlags.Syn | TcpFlags.Ack)) == TcpFlags.Ack)
        {
            TcpConnection? connection = OpenByCookie(key, local, remote, listener, segment, out bool genuine);
            if (genuine) return connection;
        }

        // RFC 9293, 3.5.2, group 1: where it says what it expects, that is what the RST has.
        SequenceNumber acknowledgment = new SequenceNumber(segment.Sequence) + LengthOf(segment);
        if ((flags & TcpFlags.Ack) != 0) emitter.SendReset(local, remote, new SequenceNumber(segment.Acknowledgment), default, TcpFlags.Rst, stack.Now);
        else emitter.SendReset(local, remote, default, acknowledgment, TcpFlags.Rst | TcpFlags.Ack, stack.Now);
        return null;
    }

    /// <summary>Takes a segment in state SYN-SENT (RFC 9293, 3.10.7.3).</summary>
    public void ReceiveInSynSent(TcpConnection connection, in TcpSegment segment)
    {
        TcpFlags flags = segment.Flags;
        bool acknowledges = (flags & TcpFlags.Ack) != 0;
        SequenceNumber acknowledgment = new(segment.Acknowledgment);
        if (acknowledges && acknowledgment != connection.SequenceOf(0))
        {
            if ((flags & TcpFlags.Rst) == 0) emitter.SendReset(connection.Local, connection.Remote, acknowledgment, default, TcpFlags.Rst, stack.Now);
            return;
        }

        if ((flags & TcpFlags.Rst) != 0)
        {
            if (acknowledges) stack.Close(connection, TcpCloseReason.Refused);
            return;
        }

        if ((flags & TcpFlags.Syn) == 0) return;
        TcpOptions options = segment.Options;
        SynParameters parameters = ParametersOf(options);
        AgreeOn(connection, parameters, new SequenceNumber(segment.Sequence), options.Timestamp);
        if (acknowledges)
        {
            UpdateWindow(connection, segment, scale: 0);
            Establish(connection);
            connection.AckNeed = AckNeed.Soon;
            connection.Handler!.Established(connection);
            return;
        }

        // Both opened at the same time: answer the peer's SYN, and wait for the answer to ours.
        connection.State = TcpState.SynReceived;
        UpdateWindow(connection, segment, scale: 0);
        SendSynSoon(connection);
    }

    /// <summary>The acknowledgment of our SYN has come: the connection is open.</summary>
    public void Establish(TcpConnection connection)
    {
        if (connection.State == TcpState.SynReceived && connection.Listener != null) stack.Connections.HalfOpen--;
        connection.State = TcpState.Established;
        connection.Congestion.Reset(connection.SegmentSize);

        // RFC 5681, 3.1: a lost SYN says that the path is crowded. And it cannot be told which of the SYNs was answered (Karn).
        if (connection.Retries > 0) connection.Congestion.TimedOut(0, connection.SegmentSize, first: false);
        else connection.RoundTrip.Measure(stack.Now - connection.MeasuredAt);
        connection.RoundTrip.EndBackOff();
        connection.Retries = 0;
        connection.RetransmitDeadline = Nanoseconds.Never;
        stack.Timers.EnsureBy(connection.Index, connection.KeepAliveDeadline(configuration));
    }

    /// <summary>Takes the window that a segment announces.</summary>
    public static void UpdateWindow(TcpConnection connection, in TcpSegment segment, int scale)
    {
        long window = (long)segment.Window << scale;
        connection.WindowEdge = connection.Unacknowledged + window;
        connection.WindowUpdateSequence = new SequenceNumber(segment.Sequence);
        connection.WindowUpdateAcknowledgment = connection.Unacknowledged;
        connection.MaximumSendWindow = Math.Max(connection.MaximumSendWindow, window);
    }

    private void ReceiveSyn(ulong key, TcpEndpoint local, TcpEndpoint remote, TcpListener listener, in TcpSegment segment)
    {
        TcpOptions options = segment.Options;
        SynParameters parameters = ParametersOf(options);
        SequenceNumber peerSequence = new(segment.Sequence);
        if (stack.Connections.HalfOpen >= configuration.Backlog)
        {
            AnswerWithCookie(key, local, remote, parameters, peerSequence, options.Timestamp);
            return;
        }

        TcpConnection? connection = Open(key, local, remote, listener);
        if (connection == null) return;
        connection.InitialSend = initialSequence.Next(key, stack.Now);
        AgreeOn(connection, parameters, peerSequence, options.Timestamp);
        UpdateWindow(connection, segment, scale: 0);
        SendSynSoon(connection);
    }

    private void AnswerWithCookie(ulong key, TcpEndpoint local, TcpEndpoint remote, SynParameters parameters, SequenceNumber peerSequence, uint peerTimestamp)
    {
        SequenceNumber cookie = _cookies.Make(key, peerSequence, parameters.MaximumSegmentSize, stack.Now);
        if (!parameters.HasTimestamps)
        {
            parameters.WindowScale = -1;
            parameters.SackPermitted = false;
        }

        uint timestamp = SynCookies.MakeTimestamp(TcpEmitter.Clock(stack.Now), initialSequence.TimestampOffset(key), parameters);
        SynParameters ours = parameters;
        ours.MaximumSegmentSize = (ushort)Math.Min(emitter.OwnSegmentSize, ushort.MaxValue);
        ours.WindowScale = parameters.WindowScale >= 0 ? emitter.WindowScale() : (sbyte)-1;
        link.Counters.TcpCookiesSent++;
        emitter.SendSyn(local, remote, cookie, peerSequence + 1, TcpFlags.Syn | TcpFlags.Ack, ours, timestamp, peerTimestamp, stack.Now);
    }

    private TcpConnection? OpenByCookie(ulong key, TcpEndpoint local, TcpEndpoint remote, TcpListener listener, in TcpSegment segment, out bool genuine)
    {
        TcpOptions options = segment.Options;
        SequenceNumber cookie = new SequenceNumber(segment.Acknowledgment) + -1;
        SequenceNumber peerSequence = new SequenceNumber(segment.Sequence) + -1;
        genuine = _cookies.TryOpen(cookie, key, peerSequence, options.HasTimestamps, options.TimestampEcho, initialSequence.TimestampOffset(key), stack.Now,
            out SynParameters parameters);
        if (!genuine) return null;

        // With all connections in use the segment is as good as lost: the peer sends its data again, and perhaps finds one free by then.
        TcpConnection? connection = Open(key, local, remote, listener);
        if (connection == null) return null;
        link.Counters.TcpCookiesAccepted++;
        connection.InitialSend = cookie;
        connection.MeasuredAt = stack.Now;
        AgreeOn(connection, parameters, peerSequence, options.Timestamp);
        UpdateWindow(connection, segment, Math.Max((int)connection.SendScale, 0));
        return connection;
    }

    private TcpConnection? Open(ulong key, TcpEndpoint local, TcpEndpoint remote, TcpListener listener)
    {
        TcpConnection? connection = stack.Connections.Open(key, local, remote, stack.Now);
        if (connection == null)
        {
            link.Counters.TcpDroppedNoConnection++;
            return null;
        }

        connection.State = TcpState.SynReceived;
        connection.Listener = listener;
        connection.TimestampOffset = initialSequence.TimestampOffset(key);
        stack.Connections.HalfOpen++;
        link.Counters.TcpActive = stack.ActiveConnections;
        return connection;
    }

    private void SendSynSoon(TcpConnection connection)
    {
        connection.SynDue = true;
        stack.Schedule(connection);
    }

    /// <summary>Sets what both SYNs agree on; ours offers every option that we know.</summary>
    private void AgreeOn(TcpConnection connection, in SynParameters parameters, SequenceNumber peerSequence, uint peerTimestamp)
    {
        connection.HasSack = parameters.SackPermitted;
        connection.HasTimestamps = parameters.HasTimestamps;
        connection.RecentTimestamp = parameters.HasTimestamps ? peerTimestamp : 0;
        connection.SendScale = parameters.WindowScale;
        connection.ReceiveScale = parameters.WindowScale >= 0 ? emitter.WindowScale() : (sbyte)-1;
        connection.MaximumSegmentSize = Math.Clamp((int)parameters.MaximumSegmentSize, LeastSegmentSize, emitter.OwnSegmentSize);
        connection.ReceiveNext = peerSequence + 1;
        connection.LastAckSent = connection.ReceiveNext;
        connection.AdvertisedEdge = connection.ReceiveNext + emitter.SynWindow;
    }

    private static SynParameters ParametersOf(in TcpOptions options) => new()
    {
        MaximumSegmentSize = options.MaximumSegmentSize == 0 ? DefaultSegmentSize : options.MaximumSegmentSize,
        WindowScale = options.WindowScale,
        SackPermitted = options.SackPermitted,
        HasTimestamps = options.HasTimestamps,
    };

    private static int LengthOf(in TcpSegment segment) =>
        segment.Payload.Length + ((segment.Flags & TcpFlags.Syn) != 0 ? 1 : 0) + ((segment.Flags & TcpFlags.Fin) != 0 ? 1 : 0);

    /// <summary>Takes a segment of a connection that is over (RFC 9293, 3.10.7.4, TIME-WAIT). True when it is a SYN that may open a new one.</summary>
    private bool ReceiveInTimeWait(in TimeWaitEntry entry, TcpEndpoint local, TcpEndpoint remote, in TcpSegment segment)
    {
        // A RST must not cut the wait short (RFC 1337).
        TcpFlags flags = segment.Flags;
        if ((flags & TcpFlags.Rst) != 0) return false;
        SequenceNumber sequence = new(segment.Sequence);
        TcpOptions options = segment.Options;
        bool newer = sequence > entry.ReceiveNext || (entry.HasTimestamps && options.HasTimestamps && (int)(options.Timestamp - entry.RecentTimestamp) > 0);
        if ((flags & (TcpFlags.Syn | TcpFlags.Ack)) == TcpFlags.Syn && newer)
        {
            // RFC 1122, 4.2.2.13, and RFC 6191: surely not a duplicate of the old.
            stack.TimeWait.Remove(entry.Key);
            link.Counters.TcpTimeWait = stack.TimeWait.Count;
            return true;
        }

        if ((flags & TcpFlags.Fin) != 0) stack.TimeWait.Add(entry, stack.Now);
        if (LengthOf(segment) > 0 || sequence != entry.ReceiveNext) emitter.SendTimeWaitAck(local, remote, entry, stack.Now);
        return false;
    }
}
