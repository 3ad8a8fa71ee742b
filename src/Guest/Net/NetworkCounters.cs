// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Net;

/// <summary>What the stack has counted since it began. Only ever grows, but for the gauges that say so.</summary>
public struct NetworkCounters
{
    /// <summary>Frames taken from the device.</summary>
    public long FramesReceived;

    /// <summary>Bytes of those frames.</summary>
    public long BytesReceived;

    /// <summary>Frames handed to the device; one that the device cuts into many counts once.</summary>
    public long FramesSent;

    /// <summary>Bytes of those frames.</summary>
    public long BytesSent;

    /// <summary>Frames dropped: not for this station or this address, or of a protocol we do not speak.</summary>
    public long DroppedNotForUs;

    /// <summary>Frames dropped: a header, length, checksum or option is wrong.</summary>
    public long DroppedMalformed;

    /// <summary>Packets not sent for want of a route or of the neighbour's station address.</summary>
    public long DroppedNoRoute;

    /// <summary>Received data dropped because the buffers that it needed were all in use.</summary>
    public long DroppedNoBuffer;

    /// <summary>Fragments dropped: they overlap, run over the largest packet, came too late, or found no room.</summary>
    public long DroppedFragments;

    /// <summary>Times the device had no room for a frame.</summary>
    public long DeviceFull;

    /// <summary>Echo requests answered.</summary>
    public long EchoesAnswered;

    /// <summary>TCP segments received that belong to a connection.</summary>
    public long TcpSegmentsReceived;

    /// <summary>TCP segments sent.</summary>
    public long TcpSegmentsSent;

    /// <summary>TCP segments sent again.</summary>
    public long TcpRetransmissions;

    /// <summary>Retransmission timeouts.</summary>
    public long TcpTimeouts;

    /// <summary>Times loss was found without waiting for a timeout.</summary>
    public long TcpFastRecoveries;

    /// <summary>RST segments sent.</summary>
    public long TcpResetsSent;

    /// <summary>Challenge ACKs sent (RFC 5961).</summary>
    public long TcpChallengeAcks;

    /// <summary>SYN cookies sent because a listener's backlog was full.</summary>
    public long TcpCookiesSent;

    /// <summary>Connections that came about by a SYN cookie.</summary>
    public long TcpCookiesAccepted;

    /// <summary>SYNs or cookie acknowledgments dropped because every connection was in use.</summary>
    public long TcpDroppedNoConnection;

    /// <summary>Connections reset because they had held a receive buffer for long when others found none.</summary>
    public long TcpHoldersReset;

    /// <summary>Connections accepted by a listener.</summary>
    public long TcpAccepted;

    /// <summary>Connections opened from here.</summary>
    public long TcpOpened;

    /// <summary>Gauge: connections that exist now, half-open ones included, TIME_WAIT not.</summary>
    public long TcpActive;

    /// <summary>Gauge: entries in the TIME_WAIT table now.</summary>
    public long TcpTimeWait;

    /// <summary>TIME_WAIT entries that had to give way to newer ones before their time.</summary>
    public long TcpTimeWaitEvicted;

    /// <summary>Datagrams dropped because a UDP socket's queue was full.</summary>
    public long UdpQueueFull;
}
