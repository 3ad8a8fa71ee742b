// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Http;

/// <summary>A part of the guest that has numbers to show.</summary>
public abstract class MetricSource
{
    /// <summary>Writes them.</summary>
    public abstract void Write(ref PrometheusWriter writer);
}
