// SPDX-License-Identifier: Apache-2.0

using Uaas.Http;
using Uaas.Imaging.Serving;
using Uaas.Platform;

/// <summary>What the image handler has counted.</summary>
internal sealed class ImageMetrics(ImageHandler images) : MetricSource
{
    /// <inheritdoc/>
    public override void Write(ref PrometheusWriter writer)
    {
        ref ImageCounters counters = ref images.Counters;
        writer.Counter("img_requests_total"u8, "Requests for pictures."u8, counters.Requests);
        writer.Counter("img_hits_total"u8, "Requests answered from results that were kept."u8, counters.Hits);
        writer.Counter("img_made_total"u8, "Pictures made."u8, counters.Made);
        writer.Counter("img_failed_total"u8, "Pictures that could not be made."u8, counters.Failed);
        writer.Counter("img_fetched_total"u8, "Sources fetched from linked services."u8, counters.Fetched);
        writer.Counter("img_fetches_failed_total"u8, "Sources that could not be fetched."u8, counters.FetchesFailed);
        writer.Counter("img_refused_total"u8, "Requests turned away because too much was waiting."u8, counters.Refused);
        writer.Counter("img_evictions_total"u8, "Results that had to go for others."u8, images.Evictions);
        writer.Gauge("img_queue"u8, "Pictures that wait to be made."u8, images.QueueLength);
        writer.Gauge("img_results"u8, "Results that are kept."u8, images.ResultCount);
        writer.Gauge("img_results_bytes"u8, "Bytes that they take."u8, images.ResultBytes);
        writer.Gauge("img_codec_peak_bytes"u8, "The most memory that the codecs ever had."u8, CLibrary.HeapPeak);
    }
}
