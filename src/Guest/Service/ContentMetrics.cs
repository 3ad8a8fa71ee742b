// SPDX-License-Identifier: Apache-2.0

using Uaas.Content;
using Uaas.Http;

namespace Uaas.Service;

/// <summary>What the content image has counted.</summary>
public sealed class ContentMetrics(ContentImage image) : MetricSource
{
    /// <inheritdoc/>
    public override void Write(ref PrometheusWriter writer)
    {
        writer.Gauge("content_paths"u8, "Paths in the content image."u8, image.EntryCount);
        writer.Counter("content_blocks_read_total"u8, "Blocks read from the device, because the cache had them not."u8, image.BlocksRead);
        writer.Counter("content_read_failures_total"u8, "Blocks that could not be read, or whose checksum is wrong."u8, image.ReadFailures);
    }
}
