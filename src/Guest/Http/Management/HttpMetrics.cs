// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>The counters of a server as metrics.</summary>
public sealed class HttpMetrics(HttpServer server) : MetricSource
{
    /// <inheritdoc/>
    public override void Write(ref PrometheusWriter writer)
    {
        ref HttpCounters counters = ref server.Counters;
        writer.Gauge("http_connections"u8, "Open connections."u8, server.ActiveConnections);
        writer.Counter("http_connections_total"u8, "Connections opened."u8, counters.Connections);
        writer.Counter("http_connections_refused_total"u8, "Connections refused for want of a slot."u8, counters.RefusedConnections);
        writer.Counter("http_connections_overloaded_total"u8, "Connections answered 503."u8, counters.OverloadedConnections);
        writer.Counter("http_requests_total"u8, "Requests with a good head."u8, counters.Requests);
        writer.Counter("http_requests_rejected_total"u8, "Requests rejected before a handler saw them."u8, counters.RejectedRequests);
        WriteResponses(ref writer, ref counters);
        writer.Counter("http_responses_bad_total"u8, "Responses that a handler got wrong."u8, counters.BadResponses);
        writer.Counter("http_received_bytes_total"u8, "Bytes received."u8, counters.BytesReceived);
        writer.Counter("http_sent_bytes_total"u8, "Bytes sent, retransmissions not counted."u8, counters.BytesSent);
        writer.Counter("http_timeouts_total"u8, "Time limits exceeded."u8, counters.Timeouts);
        writer.Counter("http_aborts_total"u8, "Connections cut off by this side."u8, counters.Aborts);
        writer.Gauge("http_response_buffers"u8, "Response buffers in use."u8, server.Buffers.InUse);
        writer.Gauge("http_draining"u8, "1 while no new connections are taken."u8, server.IsDraining ? 1 : 0);
    }

    private static void WriteResponses(ref PrometheusWriter writer, ref HttpCounters counters)
    {
        ReadOnlySpan<byte> name = "http_responses_total"u8;
        writer.Describe(name, "Final responses by class of status."u8, "counter"u8);
        writer.Sample(name, "class"u8, "1xx"u8, counters.Responses1xx);
        writer.Sample(name, "class"u8, "2xx"u8, counters.Responses2xx);
        writer.Sample(name, "class"u8, "3xx"u8, counters.Responses3xx);
        writer.Sample(name, "class"u8, "4xx"u8, counters.Responses4xx);
        writer.Sample(name, "class"u8, "5xx"u8, counters.Responses5xx);
    }
}
