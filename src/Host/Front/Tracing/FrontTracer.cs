// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.Net.Http;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace Uaas.Front.Tracing;

/// <summary>
/// The front's part of traces (W3C Trace Context): one span a request, and of a request that waited for an instance what it waited for. Where nobody listens, nothing is made or measured.
/// </summary>
public static class FrontTracer
{
    /// <summary>The name under which listeners find it.</summary>
    public const string SourceName = "Uaas.Front";

    private const string ParentHeader = "traceparent";

    private static readonly ActivitySource Source = new(SourceName);

    internal static HttpRequestOptionsKey<FrontRequest> RequestKey { get; } = new("uaas.request");

    internal static bool IsOn => Source.HasListeners();

    /// <summary>The trace in which the caller's flow is, as W3C writes it; null where it is in none of ours, or in one that nobody keeps.</summary>
    internal static string? Current => Activity.Current is { Recorded: true } current && current.Source.Name == SourceName ? current.Id : null;

    /// <summary>Begins the span of a request, in the client's trace where it has one; null where nobody listens or the trace is not kept.</summary>
    internal static Activity? Begin(HttpContext context)
    {
        if (!Source.HasListeners())
            return null;
        IHeaderDictionary headers = context.Request.Headers;
        ActivityContext.TryParse(headers.TraceParent, headers.TraceState, isRemote: true, out ActivityContext parent);
        Activity? activity = Source.StartActivity(context.Request.Method, ActivityKind.Server, parent);
        if (activity is not { IsAllDataRequested: true })
            return activity;
        activity.SetTag("http.request.method", context.Request.Method);
        activity.SetTag("url.path", context.Request.Path.Value);
        activity.SetTag("url.scheme", context.Request.Scheme);
        activity.SetTag("server.address", context.Request.Host.Host);
        activity.SetTag("client.address", context.Connection.RemoteIpAddress?.ToString());
        return activity;
    }

    /// <summary>Ends it with what became of the request.</summary>
    internal static void End(Activity activity, HttpContext context, FrontRequest? request)
    {
        if (activity.IsAllDataRequested)
        {
            activity.SetTag("http.response.status_code", context.Response.StatusCode);
            if (request is not null)
            {
                activity.SetTag("uaas.service", request.Service.Name);
                activity.SetTag("uaas.instance", request.Instance?.Id);
                activity.SetTag("uaas.cold_start", request.HasWaited);
            }
            if (context.Response.StatusCode >= 500)
                activity.SetStatus(ActivityStatusCode.Error);
        }
        activity.Dispose();
    }

    /// <summary>Adds a span that is over.</summary>
    internal static void Add(Activity parent, string name, DateTimeOffset start, DateTimeOffset end)
    {
        if (!parent.Recorded)
            return;
        using Activity? activity = Source.StartActivity(name, ActivityKind.Internal, parent.Context, startTime: start);
        activity?.SetEndTime(end.UtcDateTime);
    }

    /// <summary>Tells the instance which trace it is in.</summary>
    internal static void Pass(Activity activity, HttpRequestMessage request, FrontRequest front)
    {
        request.Headers.Remove(ParentHeader);
        request.Headers.TryAddWithoutValidation(ParentHeader, activity.Id);
        request.Options.Set(RequestKey, front);
    }
}
