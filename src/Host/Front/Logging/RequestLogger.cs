// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Uaas.Gateway;

namespace Uaas.Front.Logging;

/// <summary>Writes each request down when it is over.</summary>
/// <param name="log">Where.</param>
/// <param name="next">Answers it.</param>
internal sealed class RequestLogger(AccessLog log, RequestDelegate next)
{
    // As nginx says it: the client was gone before there was an answer.
    private const int ClientClosedRequest = 499;

    internal async Task HandleAsync(HttpContext context)
    {
        DateTimeOffset time = DateTimeOffset.Now;
        long began = Stopwatch.GetTimestamp();
        var body = new CountingBody(context.Response.Body);
        context.Response.Body = body;
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            log.Add(EntryOf(context, time, Stopwatch.GetElapsedTime(began), body.Count));
        }
    }

    private static AccessEntry EntryOf(HttpContext context, DateTimeOffset time, TimeSpan duration, long bytes)
    {
        HttpRequest request = context.Request;
        FrontRequest? front = context.Features.Get<FrontRequest>();
        return new AccessEntry
        {
            Time = time,
            Remote = context.Connection.RemoteIpAddress?.ToString() ?? "-",
            Method = request.Method,
            Target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? request.Path.Value ?? "/",
            Protocol = request.Protocol,
            IsHttps = request.IsHttps,
            Host = request.Host.Value ?? "",
            Status = !context.Response.HasStarted && context.RequestAborted.IsCancellationRequested ? ClientClosedRequest : context.Response.StatusCode,
            Bytes = bytes,
            Duration = duration,
            Referrer = ClientSide.TextOf(request.Headers.Referer),
            UserAgent = ClientSide.TextOf(request.Headers.UserAgent),
            Service = front?.Service.Name,
            Instance = front?.Instance?.Id,
            HasWaited = front?.HasWaited ?? false,
        };
    }
}
