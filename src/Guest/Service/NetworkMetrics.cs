// SPDX-License-Identifier: Apache-2.0

using Uaas.Http;
using Uaas.Net;

namespace Uaas.Service;

/// <summary>What the network stack has counted.</summary>
public sealed class NetworkMetrics(NetworkStack network) : MetricSource
{
    /// <inheritdoc/>
    public override void Write(ref PrometheusWriter writer)
    {
        NetworkCounters counters = network.Counters;
        writer.Counter("net_frames_received_total"u8, "Frames received."u8, counters.FramesReceived);
        writer.Counter("net_received_bytes_total"u8, "Bytes of frames received."u8, counters.BytesReceived);
        writer.Counter("net_frames_sent_total"u8, "Frames sent."u8, counters.FramesSent);
        writer.Counter("net_sent_bytes_total"u8, "Bytes of frames sent."u8, counters.BytesSent);
        writer.Counter("net_dropped_malformed_total"u8, "Frames dropped because something in them is wrong."u8, counters.DroppedMalformed);
        writer.Counter("net_dropped_no_buffer_total"u8, "Received data dropped for want of a buffer."u8, counters.DroppedNoBuffer);
        writer.Counter("tcp_holders_reset_total"u8, "Connections reset because they held a receive buffer for long when others found none."u8, counters.TcpHoldersReset);
        writer.Gauge("tcp_connections"u8, "Connections in the table."u8, network.Tcp.ActiveConnections);
        writer.Counter("tcp_segments_received_total"u8, "Segments received."u8, counters.TcpSegmentsReceived);
        writer.Counter("tcp_segments_sent_total"u8, "Segments sent."u8, counters.TcpSegmentsSent);
        writer.Counter("tcp_retransmissions_total"u8, "Segments sent again."u8, counters.TcpRetransmissions);
        writer.Counter("tcp_cookies_sent_total"u8, "SYN cookies sent because the backlog was full."u8, counters.TcpCookiesSent);
        writer.Counter("tcp_dropped_no_connection_total"u8, "Connections not taken because all were in use."u8, counters.TcpDroppedNoConnection);
    }
}
