// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>The memory of the machine: what is taken is never given back, and stops to grow where every bound of the service has been reached once.</summary>
public sealed class MemoryMetrics : MetricSource
{
    /// <inheritdoc/>
    public override void Write(ref PrometheusWriter writer)
    {
        writer.Gauge("memory_used_bytes"u8, "Bytes of the heap in use."u8, GC.GetTotalMemory(false));
        writer.Gauge("memory_total_bytes"u8, "Bytes of the heap in all."u8, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
    }
}
