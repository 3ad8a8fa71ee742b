// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Devices;
using Uaas.Wire;

namespace Uaas.Net.Tcp;

/// <summary>Puts segments together in frames lent by the device: headers, options, checksums, and what the device is to complete.</summary>
internal sealed class TcpEmitter(Interface link, NetworkConfiguration configuration)
{
    private const int HeadersSize = Ipv4Packet.HeaderSize + TcpSegment.HeaderSize;
    private const int MaximumOptions = 40;
    private const int MaxWindow = ushort.MaxValue;
    private const int MaxScale = 14;

    private RateLimit _resets = new(configuration.ErrorsPerSecond);

    /// <summary>The MSS that this side announces: what a frame of the link holds.</summary>
    public int OwnSegmentSize => link.Mtu - HeadersSize;

    /// <summary>Data bytes that fit a frame of the link beside the options that go with a segment now.</summary>
    public static int PayloadSize(TcpConnection connection) => connection.MaximumSegmentSize - OptionsSize(connection);

    /// <summary>Data bytes that may be handed to the device at once: as many whole segments as it cuts, or one.</summary>
    public int LargestPayload(int payloadSize)
    {
        const int Room = Ipv4Packet.MaximumSize - HeadersSize - MaximumOptions;
        return (link.Offloads & NetworkOffloads.Segmentation) != 0 && payloadSize < Room ? Room - Room % payloadSize : payloadSize;
    }

    /// <summary>The least shift by which the window fits 16 bits (RFC 7323, 2.3).</summary>
    public sbyte WindowScale()
    {
        sbyte scale = 0;
        while (configuration.ReceiveBufferSize >> scale > MaxWindow && scale < MaxScale) scale++;
        return scale;
    }

    /// <summary>The window of a SYN, which is never scaled.</summary>
    public int SynWindow => Math.Min(configuration.ReceiveBufferSize, MaxWindow);

    /// <summary>Sends data, and the FIN after it if asked. Says how much the handler supplied: nothing is sent when that is none of some.</summary>
    public TransmitResult SendData(TcpConnection connection, long offset, int length, bool fin, long now, out int supplied)
    {
        supplied = 0;
        int sackBlocks = SackBlocks(connection);
        int optionsSize = OptionsSize(connection);
        int headers = HeadersSize + optionsSize;
        TransmitResult result = link.Begin(connection.Remote.Address, headers + length, now, out Span<byte> packet);
        if (result != TransmitResult.Ok) return result;

        if (length > 0)
        {
            supplied = Math.Clamp(connection.Handler!.Supply(connection, offset, packet.Slice(headers, length)), 0, length);
            if (supplied == 0) return TransmitResult.Ok;
        }

        TcpFlags flags = TcpFlags.Ack;
        if (fin && supplied == length) flags |= TcpFlags.Fin;
        if (offset + supplied == connection.Offered) flags |= TcpFlags.Psh;
        packet = packet[..(headers + supplied)];
        WriteHeader(connection, packet[Ipv4Packet.HeaderSize..], connection.SequenceOf(offset), flags, optionsSize, sackBlocks, now);
        Send(packet, connection.Local.Address, connection.Remote.Address, optionsSize, connection.MaximumSegmentSize - optionsSize);
        return TransmitResult.Ok;
    }

    /// <summary>Sends an acknowledgment without data.</summary>
    public TransmitResult SendAck(TcpConnection connection, long now) => SendControl(connection, connection.SequenceOf(connection.Next), TcpFlags.Ack, now);

    /// <summary>
    /// Sends what makes a living peer answer with its acknowledgment and window: a segment just before what it expects (RFC 9293, 3.8.4). For a closed window
    /// too, instead of
    /// a byte beyond it, so that no byte is under way that the peer must refuse.
    /// </summary>
    public TransmitResult SendProbe(TcpConnection connection, long now) =>
        SendControl(connection, connection.SequenceOf(connection.Unacknowledged - 1), TcpFlags.Ack, now);

    /// <summary>Sends RST on a connection that is given up.</summary>
    public void SendReset(TcpConnection connection, long now)
    {
        if (connection.State == TcpState.SynSent) return;
        link.Counters.TcpResetsSent++;
        SendControl(connection, connection.SequenceOf(connection.Next), TcpFlags.Rst | TcpFlags.Ack, now);
    }

    /// <summary>Sends SYN, or SYN with ACK once the peer's is known.</summary>
    public TransmitResult SendSyn(TcpConnection connection, long now)
    {
        bool answer = connection.State == TcpState.SynReceived;
        bool scale = !answer || connection.ReceiveScale >= 0;
        SynParameters parameters = new()
        {
            MaximumSegmentSize = (ushort)Math.Min(OwnSegmentSize, MaxWindow),
            WindowScale = scale ? WindowScale() : (sbyte)-1,
            SackPermitted = !answer || connection.HasSack,
            HasTimestamps = !answer || connection.HasTimestamps,
        };
        return SendSyn(connection.Local, connection.Remote, connection.InitialSend, answer ? connection.ReceiveNext : default,
            answer ? TcpFlags.Syn | TcpFlags.Ack : TcpFlags.Syn, parameters, Clock(now) + connection.TimestampOffset, connection.RecentTimestamp, now);
    }

    /// <summary>Sends SYN, or SYN with ACK, for which there need be no connection (a cookie).</summary>
    public TransmitResult SendSyn(TcpEndpoint local, TcpEndpoint remote, SequenceNumber sequence, SequenceNumber acknowledgment, TcpFlags flags,
        in SynParameters parameters, uint timestamp, uint timestampEcho, long now)
    {
        int optionsSize = TcpOptions.SynSize(parameters.WindowScale, parameters.SackPermitted, parameters.HasTimestamps);
        TransmitResult result = link.Begin(remote.Address, HeadersSize + optionsSize, now, out Span<byte> packet);
        if (result != TransmitResult.Ok) return result;
        TcpSegment.Write(packet[Ipv4Packet.HeaderSize..], local.Port, remote.Port, sequence.Value, acknowledgment.Value, flags, (ushort)SynWindow, optionsSize);
        TcpOptions.WriteSyn(packet[HeadersSize..], parameters.MaximumSegmentSize, parameters.WindowScale, parameters.SackPermitted, parameters.HasTimestamps,
            timestamp, timestampEcho);
        Send(packet, local.Address, remote.Address, optionsSize, OwnSegmentSize);
        return TransmitResult.Ok;
    }

    /// <summary>Sends RST for a segment that belongs to no connection (RFC 9293, 3.5.2), within the rate limit.</summary>
    public void SendReset(TcpEndpoint local, TcpEndpoint remote, SequenceNumber sequence, SequenceNumber acknowledgment, TcpFlags flags, long now)
    {
        if (!_resets.TryTake(now)) return;
        if (link.Begin(remote.Address, HeadersSize, now, out Span<byte> packet) != TransmitResult.Ok) return;
        link.Counters.TcpResetsSent++;
        TcpSegment.Write(packet[Ipv4Packet.HeaderSize..], local.Port, remote.Port, sequence.Value, acknowledgment.Value, flags, 0, 0);
        Send(packet, local.Address, remote.Address, 0, OwnSegmentSize);
    }

    /// <summary>Answers a straggler of a connection that is over, within the rate limit.</summary>
    public void SendTimeWaitAck(TcpEndpoint local, TcpEndpoint remote, in TimeWaitEntry entry, long now)
    {
        if (!_resets.TryTake(now)) return;
        int optionsSize = entry.HasTimestamps ? TcpOptions.TimestampsSize : 0;
        if (link.Begin(remote.Address, HeadersSize + optionsSize, now, out Span<byte> packet) != TransmitResult.Ok) return;
        TcpSegment.Write(packet[Ipv4Packet.HeaderSize..], local.Port, remote.Port, entry.SendNext.Value, entry.ReceiveNext.Value, TcpFlags.Ack, 0, optionsSize);
        if (optionsSize > 0) TcpOptions.WriteTimestamps(packet[HeadersSize..], Clock(now) + entry.TimestampOffset, entry.RecentTimestamp);
        Send(packet, local.Address, remote.Address, optionsSize, OwnSegmentSize);
    }

    /// <summary>The clock of timestamps: milliseconds (RFC 7323, 5.4).</summary>
    public static uint Clock(long now) => (uint)(now / Nanoseconds.PerMillisecond);

    private static int SackBlocks(TcpConnection connection) =>
        connection.HasSack ? Math.Min(connection.Buffer.OutOfOrderCount, connection.HasTimestamps ? 3 : 4) : 0;

    private static int OptionsSize(TcpConnection connection) =>
        (connection.HasTimestamps ? TcpOptions.TimestampsSize : 0) + TcpOptions.SackSize(SackBlocks(connection));

    private TransmitResult SendControl(TcpConnection connection, SequenceNumber sequence, TcpFlags flags, long now)
    {
        int sackBlocks = SackBlocks(connection);
        int optionsSize = OptionsSize(connection);
        TransmitResult result = link.Begin(connection.Remote.Address, HeadersSize + optionsSize, now, out Span<byte> packet);
        if (result != TransmitResult.Ok) return result;
        WriteHeader(connection, packet[Ipv4Packet.HeaderSize..], sequence, flags, optionsSize, sackBlocks, now);
        Send(packet, connection.Local.Address, connection.Remote.Address, optionsSize, connection.MaximumSegmentSize);
        return TransmitResult.Ok;
    }

    private static void WriteHeader(TcpConnection connection, Span<byte> segment, SequenceNumber sequence, TcpFlags flags, int optionsSize, int sackBlocks, long now)
    {
        ushort window = TakeWindow(connection);
        TcpSegment.Write(segment, connection.Local.Port, connection.Remote.Port, sequence.Value, connection.ReceiveNext.Value, flags, window, optionsSize);
        Span<byte> options = segment[TcpSegment.HeaderSize..];
        if (connection.HasTimestamps)
        {
            TcpOptions.WriteTimestamps(options, Clock(now) + connection.TimestampOffset, connection.RecentTimestamp);
            options = options[TcpOptions.TimestampsSize..];
        }

        if (sackBlocks > 0) WriteSackBlocks(connection, options, sackBlocks);

        connection.LastAckSent = connection.ReceiveNext;
        connection.AckNeed = AckNeed.None;
        connection.AckDeadline = Nanoseconds.Never;
        connection.UnacknowledgedReceived = 0;
    }

    /// <summary>The block with the latest segment comes first (RFC 2018, 4), then the others from the highest down.</summary>
    private static void WriteSackBlocks(TcpConnection connection, Span<byte> options, int blocks)
    {
        TcpOptions.WriteSackHead(options, blocks);
        int count = connection.Buffer.OutOfOrderCount;
        int latest = count - 1;
        for (int i = 0; i < count; i++)
        {
            OffsetRange range = connection.Buffer.OutOfOrder(i);
            if (range.Start <= connection.LatestOutOfOrder && connection.LatestOutOfOrder < range.End) latest = i;
        }

        WriteSackBlock(connection, options, 0, latest);
        int written = 1;
        for (int i = count - 1; i >= 0 && written < blocks; i--)
        {
            if (i != latest) WriteSackBlock(connection, options, written++, i);
        }
    }

    private static void WriteSackBlock(TcpConnection connection, Span<byte> options, int block, int index)
    {
        OffsetRange range = connection.Buffer.OutOfOrder(index);
        SequenceNumber left = connection.ReceiveNext + (int)(range.Start - connection.ReceiveOffset);
        TcpOptions.WriteSackBlock(options, block, left.Value, (left + (int)(range.End - range.Start)).Value);
    }

    /// <summary>
    /// The window to announce. Its right edge never goes back, and moves on only by steps worth a segment (RFC 9293, 3.8.6.2.2), so that a slow reader does not
    /// make the peer send crumbs.
    /// </summary>
    private static ushort TakeWindow(TcpConnection connection)
    {
        SequenceNumber edge = connection.ReceiveNext + connection.ReceiveRoom;
        int step = Math.Min(connection.Buffer.Capacity / 2, connection.MaximumSegmentSize);
        if (edge - connection.AdvertisedEdge >= step) connection.AdvertisedEdge = edge;
        int window = Math.Max(0, connection.AdvertisedEdge - connection.ReceiveNext);
        return (ushort)Math.Min(window >> Math.Max((int)connection.ReceiveScale, 0), MaxWindow);
    }

    private void Send(Span<byte> packet, Ipv4Address source, Ipv4Address destination, int optionsSize, int payloadSize)
    {
        Span<byte> segment = packet[Ipv4Packet.HeaderSize..];
        Ipv4Packet.Write(packet, source, destination, IpProtocol.Tcp, segment.Length);
        link.Counters.TcpSegmentsSent++;
        if (link.Offloads == NetworkOffloads.None)
        {
            TcpSegment.WriteChecksum(segment, source, destination);
            link.End(packet.Length, default);
            return;
        }

        TcpSegment.WritePartialChecksum(segment, source, destination);
        const int ChecksumStart = EthernetFrame.HeaderSize + Ipv4Packet.HeaderSize;
        int headerLength = ChecksumStart + TcpSegment.HeaderSize + optionsSize;
        bool cut = EthernetFrame.HeaderSize + packet.Length - headerLength > payloadSize;
        TransmitOffload offload = new()
        {
            ChecksumStart = ChecksumStart,
            ChecksumOffset = TcpSegment.ChecksumOffset,
            SegmentSize = cut ? (ushort)payloadSize : (ushort)0,
            HeaderLength = cut ? (ushort)headerLength : (ushort)0,
        };
        link.End(packet.Length, offload);
    }
}
