// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>
/// The endpoints by which a guest is watched and stopped, on a port of their own that only the node reaches:
/// GET /healthz (200 while it serves, 503 once it drains), GET /metrics (Prometheus), POST /drain (202; what runs is finished, nothing new is taken).
/// </summary>
/// <param name="served">The server that drains.</param>
/// <param name="sources">Who has metrics.</param>
/// <param name="maxMetrics">Bytes of metrics at most.</param>
public sealed class ManagementHandler(HttpServer served, MetricSource[] sources, int maxMetrics = ManagementHandler.UsualMetrics) : HttpHandler
{
    /// <summary>Bytes of metrics that most services need at most.</summary>
    public const int UsualMetrics = 16 << 10;

    private readonly byte[] _metrics = new byte[maxMetrics];

    /// <summary>Limits that suit the management port: few connections, no content, responses as large as all metrics.</summary>
    public static HttpLimits Limits => LimitsFor(UsualMetrics);

    /// <summary>Such limits for responses of so many bytes.</summary>
    public static HttpLimits LimitsFor(int maxMetrics) => new()
    {
        MaxRequestLine = 1024,
        MaxHeadSize = 8192,
        MaxConnections = 8,
        MaxOverloadConnections = 0,
        MaxBody = 4096,
        ResponseBufferSize = maxMetrics + 1024,
        MaxBufferedResponse = maxMetrics + 1024,
    };

    /// <summary>Whether a drain was asked for here: the service then stops as if the monitor had asked.</summary>
    public bool DrainRequested { get; private set; }

    /// <inheritdoc/>
    public override void Handle(in HttpRequest request, HttpResponse response)
    {
        ReadOnlySpan<byte> path = request.RawPath;
        if (path.SequenceEqual("/healthz"u8)) HandleHealth(in request, response);
        else if (path.SequenceEqual("/metrics"u8)) HandleMetrics(in request, response);
        else if (path.SequenceEqual("/drain"u8)) HandleDrain(in request, response);
        else response.SendStatus(HttpStatus.NotFound);
    }

    private void HandleHealth(in HttpRequest request, HttpResponse response)
    {
        if (!IsRead(in request, response)) return;
        response.Start(served.IsDraining ? HttpStatus.ServiceUnavailable : HttpStatus.Ok);
        response.AddLines("Content-Type: text/plain\r\n"u8);
        response.Send(served.IsDraining ? "draining\n"u8 : "ok\n"u8);
    }

    private void HandleMetrics(in HttpRequest request, HttpResponse response)
    {
        if (!IsRead(in request, response)) return;
        PrometheusWriter writer = new(_metrics);
        for (int i = 0; i < sources.Length; i++) sources[i].Write(ref writer);
        response.Start(HttpStatus.Ok);
        response.AddLines(PrometheusWriter.ContentTypeLine);
        response.Send(writer.Text);
    }

    private void HandleDrain(in HttpRequest request, HttpResponse response)
    {
        if (request.Method != HttpMethod.Post)
        {
            response.RefuseMethod(in request, "POST"u8);
            return;
        }

        DrainRequested = true;
        served.Drain();
        response.Start(HttpStatus.Accepted);
        response.AddLines("Content-Type: text/plain\r\n"u8);
        response.Send("draining\n"u8);
    }

    private static bool IsRead(in HttpRequest request, HttpResponse response)
    {
        if (request.Method is HttpMethod.Get or HttpMethod.Head) return true;
        response.RefuseMethod(in request, "GET, HEAD"u8);
        return false;
    }
}
