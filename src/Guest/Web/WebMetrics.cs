// SPDX-License-Identifier: Apache-2.0

using Uaas.Http;

namespace Uaas.Web;

/// <summary>What the dispatcher of a web service has counted.</summary>
internal sealed class WebMetrics(WebDispatcher dispatcher) : MetricSource
{
    /// <inheritdoc/>
    public override void Write(ref PrometheusWriter writer)
    {
        writer.Gauge("web_requests_active"u8, "Requests in progress."u8, dispatcher.Active);
        writer.Counter("web_requests_refused_total"u8, "Requests answered 503 because too many were in progress."u8, dispatcher.Refused);
        writer.Counter("web_requests_unanswered_total"u8, "Requests answered 500 because their handler sent nothing."u8, dispatcher.Unanswered);
    }
}
