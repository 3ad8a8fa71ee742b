// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Net.Tcp;

/// <summary>
/// One TCP connection as its application sees it, and its control block (RFC 9293, 3.3.1). What the application calls takes effect at the end of the segment
/// being
/// processed, or at the next <see cref="NetworkStack.Poll"/>; nothing calls back from within.
/// </summary>
public sealed class TcpConnection
{
    private readonly TcpStack _stack;

    internal TcpConnection(TcpStack stack, int index, ReceiveBufferPool buffers, RangePool ranges)
    {
        _stack = stack;
        Index = index;
        Buffer = new ReceiveBuffer(index, buffers, ranges);
        Recovery = new LossRecovery(ranges);
    }

    /// <summary>This side.</summary>
    public TcpEndpoint Local { get; internal set; }

    /// <summary>The peer.</summary>
    public TcpEndpoint Remote { get; internal set; }

    /// <summary>A number from 0 to the stack's most connections less one that no other living connection has.</summary>
    public int Index { get; }

    /// <summary>Where the connection is in its life.</summary>
    public TcpState State { get; internal set; }

    /// <summary>Bytes of the outgoing stream offered so far.</summary>
    public long Offered { get; private set; }

    /// <summary>Bytes of the outgoing stream that the peer has acknowledged.</summary>
    public long AcknowledgedOffset => Math.Min(Unacknowledged, Offered);

    /// <summary>Whether more may be offered: not after <see cref="Finish"/>, <see cref="Abort"/> or the end.</summary>
    public bool CanOffer => State != TcpState.Closed && !FinishRequested && !AbortRequested;

    /// <summary>
    /// The outgoing stream grows by <paramref name="count"/> bytes, which the handler will be asked for as the peer's window allows. Nothing happens when
    /// <see cref="CanOffer"/> is false.
    /// </summary>
    public void Offer(long count)
    {
        if (!CanOffer || count <= 0) return;
        Offered += count;
        _stack.Schedule(this);
    }

    /// <summary>This side sends no more: FIN follows what was offered.</summary>
    public void Finish()
    {
        if (!CanOffer) return;
        FinishRequested = true;
        _stack.Schedule(this);
    }

    /// <summary>Ends the connection with RST. <see cref="TcpHandler.Closed"/> follows, with <see cref="TcpCloseReason.Aborted"/>.</summary>
    public void Abort()
    {
        if (State == TcpState.Closed || AbortRequested) return;
        AbortRequested = true;
        _stack.Schedule(this);
    }

    /// <summary>Offers the unconsumed bytes to the handler again.</summary>
    public void ResumeReceive()
    {
        if (State == TcpState.Closed) return;
        ReceiveResumed = true;
        _stack.Schedule(this);
    }

    /// <summary>The handler has bytes at hand now that it could not supply before.</summary>
    public void ResumeSend()
    {
        if (State == TcpState.Closed) return;
        SupplyBlocked = false;
        _stack.Schedule(this);
    }

    /// <summary>
    /// Asks for <see cref="TcpHandler.TimerFired"/> at a time in nanoseconds of the monotonic clock; <see cref="Nanoseconds.Never"/> for not at all. There is
    /// one timer.
    /// </summary>
    public void SetTimer(long deadline)
    {
        if (State == TcpState.Closed) return;
        ApplicationDeadline = deadline;

        // Not before the next poll: a handler that sets a time that is past whenever its timer fires must not hold up the loop.
        _stack.Timers.EnsureBy(Index, Math.Max(deadline, _stack.Now + 1));
    }

    // Identity and bookkeeping.
    internal ulong Key;
    internal int NextInBucket;
    internal TcpConnection? NextPending;
    internal TcpConnection? NextFree;
    internal bool IsPending;
    internal bool Unreachable;
    internal TcpHandler? Handler;
    internal TcpListener? Listener;

    // What the application asked for.
    internal bool FinishRequested;
    internal bool AbortRequested;
    internal bool ReceiveResumed;

    // Sending. Positions are stream offsets: 0 is the first byte of data, and the FIN takes the one after the last.
    internal SequenceNumber InitialSend;
    internal long Unacknowledged;
    internal long Next;
    internal long WindowEdge;
    internal long WindowUpdateAcknowledgment;
    internal SequenceNumber WindowUpdateSequence;
    internal long MaximumSendWindow;
    internal bool SynDue;
    internal bool SupplyBlocked;
    internal bool WindowLimited;
    internal bool CongestionLimited;
    internal bool ProbeDue;
    internal bool SillyWindowOverride;
    internal int MaximumSegmentSize;
    internal sbyte SendScale;
    internal LossRecovery Recovery;
    internal CongestionControl Congestion;
    internal RoundTripEstimator RoundTrip;
    internal long MeasuredOffset;
    internal long MeasuredAt;
    internal long LastDataSentAt;

    // Receiving.
    internal SequenceNumber ReceiveNext;
    internal long ReceiveOffset;
    internal SequenceNumber AdvertisedEdge;
    internal SequenceNumber LastAckSent;
    internal sbyte ReceiveScale;
    internal ReceiveBuffer Buffer;
    internal long BufferedSince;
    internal long LatestOutOfOrder;
    internal SequenceNumber PeerFinSequence;
    internal bool PeerFinKnown;
    internal bool PeerFinTold;
    internal AckNeed AckNeed;
    internal int UnacknowledgedReceived;

    // Options agreed upon.
    internal bool HasTimestamps;
    internal bool HasSack;
    internal uint RecentTimestamp;
    internal long RecentTimestampAt;
    internal uint TimestampOffset;

    // Deadlines, and what counts towards giving up.
    internal long RetransmitDeadline;
    internal long AckDeadline;
    internal long ApplicationDeadline;
    internal long LastReceivedAt;
    internal long LastProbeAt;
    internal int Retries;

    /// <summary>Bytes that may be received now, as far as the window's field can say so.</summary>
    internal int ReceiveRoom => (int)Math.Min(Buffer.Capacity - Buffer.UnreadLength, (long)ushort.MaxValue << Math.Max((int)ReceiveScale, 0));

    /// <summary>Whether our FIN has been sent.</summary>
    internal bool FinSent => Next > Offered;

    /// <summary>Whether there is something that was never sent: data, or the FIN.</summary>
    internal bool HasUnsent => Next < Offered || (FinishRequested && Next == Offered);

    /// <summary>Data bytes of a full segment: the MSS less the options that every segment has.</summary>
    internal int SegmentSize => MaximumSegmentSize - (HasTimestamps ? Wire.TcpOptions.TimestampsSize : 0);

    /// <summary>The sequence number of a stream offset.</summary>
    internal SequenceNumber SequenceOf(long offset) => InitialSend + 1 + (int)offset;

    /// <summary>Bytes thought to be in the network.</summary>
    internal long InFlight => Recovery.InFlight(Unacknowledged, Next, SegmentSize);

    /// <summary>The earliest of all deadlines.</summary>
    internal long EarliestDeadline(NetworkConfiguration configuration)
    {
        long earliest = Math.Min(Math.Min(RetransmitDeadline, AckDeadline), ApplicationDeadline);
        return Math.Min(earliest, KeepAliveDeadline(configuration));
    }

    /// <summary>When the peer is to be probed because it has been silent.</summary>
    internal long KeepAliveDeadline(NetworkConfiguration configuration)
    {
        // While data is under way, or the window is closed, other timers find a peer that is gone.
        if (configuration.KeepAliveIdle == Nanoseconds.Never || State < TcpState.Established || RetransmitDeadline != Nanoseconds.Never) return Nanoseconds.Never;
        return Math.Max(LastReceivedAt + configuration.KeepAliveIdle, LastProbeAt + configuration.KeepAliveInterval);
    }

    /// <summary>Makes the control block that of a new connection.</summary>
    internal void Reset(ulong key, TcpEndpoint local, TcpEndpoint remote, NetworkConfiguration configuration, long now)
    {
        Key = key;
        Local = local;
        Remote = remote;
        Handler = null;
        Listener = null;
        Offered = 0;
        FinishRequested = AbortRequested = ReceiveResumed = false;

        Unacknowledged = Next = WindowEdge = WindowUpdateAcknowledgment = MaximumSendWindow = 0;
        SynDue = SupplyBlocked = WindowLimited = CongestionLimited = ProbeDue = SillyWindowOverride = false;
        SendScale = 0;
        Recovery.Reset();
        RoundTrip = new RoundTripEstimator(configuration.MinRetransmissionTimeout);
        MeasuredOffset = 0;
        LastDataSentAt = now;

        ReceiveOffset = LatestOutOfOrder = 0;
        ReceiveScale = 0;
        PeerFinKnown = PeerFinTold = false;
        AckNeed = AckNeed.None;
        UnacknowledgedReceived = 0;
        HasTimestamps = HasSack = false;
        RecentTimestamp = 0;
        RecentTimestampAt = now;

        RetransmitDeadline = AckDeadline = ApplicationDeadline = Nanoseconds.Never;
        LastReceivedAt = now;
        LastProbeAt = 0;
        Retries = 0;
    }
}

/// <summary>How soon a received segment is to be acknowledged.</summary>
internal enum AckNeed : byte
{
    /// <summary>Nothing to acknowledge.</summary>
    None,

    /// <summary>Within the delay, or with the next data.</summary>
    Delayed,

    /// <summary>At the end of the batch of frames.</summary>
    Soon,

    /// <summary>Before the next segment is looked at: the peer counts these.</summary>
    AtOnce,
}
