// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;
using Uaas.Media.Live;
using Uaas.Media.Rtmp;

/// <summary>What the streams, the RTMP port and the recorder have counted.</summary>
internal sealed class StreamMetrics(StreamTable streams, RtmpServer rtmp, MetricSource recording) : MetricSource
{
    private delegate long Reader(LiveStream stream);

    /// <inheritdoc/>
    public override void Write(ref PrometheusWriter writer)
    {
        ref RtmpCounters counters = ref rtmp.Counters;
        writer.Gauge("rtmp_connections"u8, "Open RTMP connections."u8, rtmp.ActiveConnections);
        writer.Counter("rtmp_connections_total"u8, "RTMP connections taken."u8, counters.Connections);
        writer.Counter("rtmp_refused_total"u8, "RTMP connections cut off for what they sent."u8, counters.Refused);
        writer.Counter("rtmp_publishers_refused_total"u8, "Publishers sent away."u8, counters.RefusedPublishers);
        writer.Gauge("flv_publishers"u8, "Publishers."u8, streams.PublisherCount);
        recording.Write(ref writer);
        Samples(ref writer, "flv_stream_publishing"u8, "Whether somebody publishes it."u8, "gauge"u8, static stream => stream.IsPublishing ? 1 : 0);
        Samples(ref writer, "flv_stream_viewers"u8, "Viewers."u8, "gauge"u8, static stream => stream.ViewerCount);
        Samples(ref writer, "flv_stream_received_bits_per_second"u8, "Bits from publishers in a second, as of late."u8, "gauge"u8, static stream => stream.BytesPerSecond * 8);
        Samples(ref writer, "flv_stream_sent_bits_per_second"u8, "Bits that viewers have acknowledged in a second, as of late."u8, "gauge"u8, static stream => stream.BytesPerSecondOut * 8);
        Samples(ref writer, "flv_stream_group_milliseconds"u8, "Time of packets that a new viewer begins with."u8, "gauge"u8, static stream => stream.GroupTime);
        Samples(ref writer, "flv_stream_group_bytes"u8, "Bytes of packets that a new viewer begins with."u8, "gauge"u8, static stream => stream.GroupLength);
        Samples(ref writer, "flv_stream_viewers_total"u8, "Viewers, those that have left among them."u8, "counter"u8, static stream => stream.Counters.Viewers);
        Samples(ref writer, "flv_stream_received_bytes_total"u8, "Bytes of packets from publishers."u8, "counter"u8, static stream => stream.Counters.BytesIn);
        Samples(ref writer, "flv_stream_sent_bytes_total"u8, "Bytes that viewers have acknowledged."u8, "counter"u8, static stream => stream.Counters.BytesOut);
        Samples(ref writer, "flv_stream_key_frames_total"u8, "Key frames."u8, "counter"u8, static stream => stream.Counters.KeyFrames);
        Samples(ref writer, "flv_stream_left_out_total"u8, "Pictures that viewers behind went without, because no other needs them."u8, "counter"u8, static stream => stream.Counters.LeftOut);
        Samples(ref writer, "flv_stream_video_packets_total"u8, "Pictures."u8, "counter"u8, static stream => stream.Counters.VideoPackets);
        Samples(ref writer, "flv_stream_audio_packets_total"u8, "Packets of sound."u8, "counter"u8, static stream => stream.Counters.AudioPackets);
        Samples(ref writer, "flv_stream_unusable_total"u8, "Packets that no player could use."u8, "counter"u8, static stream => stream.Counters.Unusable);
        Samples(ref writer, "flv_stream_drops_total"u8, "Times that a slow viewer was made to skip to a key frame."u8, "counter"u8, static stream => stream.Counters.Drops);
        Samples(ref writer, "flv_stream_cuts_total"u8, "Viewers cut off because they were too slow."u8, "counter"u8, static stream => stream.Counters.Cuts);
    }

    private void Samples(ref PrometheusWriter writer, ReadOnlySpan<byte> name, ReadOnlySpan<byte> help, ReadOnlySpan<byte> type, Reader read)
    {
        writer.Describe(name, help, type);
        for (int i = 0; i < streams.Count; i++)
        {
            if (!streams[i].Name.IsEmpty) writer.Sample(name, "stream"u8, streams[i].Name, read(streams[i]));
        }
    }
}
