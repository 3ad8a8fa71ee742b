// SPDX-License-Identifier: Apache-2.0

using Uaas.Http;
using Uaas.Media.Recording;

/// <summary>What the recorder has counted; nothing where there is no volume.</summary>
internal sealed class RecordingMetrics(VideoPart video) : MetricSource
{
    /// <summary>Bytes of metrics at most.</summary>
    internal const int Room = 2048;

    /// <inheritdoc/>
    public override void Write(ref PrometheusWriter writer)
    {
        if (video.Recording is not { } recorder) return;
        ref RecorderCounters counters = ref recorder.Counters;
        writer.Gauge("flv_recordings"u8, "Recordings on the volume."u8, recorder.Volume.Count);
        writer.Gauge("flv_recordings_active"u8, "Streams that are being recorded."u8, recorder.ActiveCount);
        writer.Gauge("flv_recording_capacity_bytes"u8, "Bytes that recordings may take."u8, recorder.Volume.Capacity);
        writer.Gauge("flv_recording_free_bytes"u8, "Bytes that no recording has."u8, recorder.Volume.FreeBytes);
        writer.Counter("flv_recordings_total"u8, "Recordings begun."u8, counters.Begun);
        writer.Counter("flv_recordings_removed_total"u8, "Recordings removed to make room."u8, counters.Removed);
        writer.Counter("flv_recording_written_bytes_total"u8, "Bytes of recordings written."u8, counters.BytesWritten);
        writer.Counter("flv_recording_dropped_total"u8, "Packets left out because the device was too slow."u8, recorder.Dropped);
        writer.Counter("flv_recording_full_total"u8, "Times that there was no room."u8, counters.Full);
        writer.Counter("flv_recording_errors_total"u8, "Times that the device failed."u8, counters.Errors);
    }
}
