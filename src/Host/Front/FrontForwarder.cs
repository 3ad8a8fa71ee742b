// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Uaas.Front.Health;
using Uaas.Front.Tls;
using Uaas.Front.Tracing;
using Uaas.Gateway;
using Yarp.ReverseProxy.Forwarder;

namespace Uaas.Front;

/// <summary>Sends each request to an instance of its service: at once where there is one, when it is up where there is none.</summary>
internal sealed class FrontForwarder : IDisposable
{
    private readonly MasterLink _master;
    private readonly FrontOptions _options;
    private readonly IHttpForwarder _forwarder;
    private readonly HttpMessageInvoker _client;
    private readonly ForwarderRequestConfig _config;
    private readonly HealthProber _prober;
    private int _inFlight;

    internal FrontForwarder(MasterLink master, FrontOptions options, IHttpForwarder forwarder)
    {
        _master = master;
        _options = options;
        _forwarder = forwarder;
        _config = new ForwarderRequestConfig { ActivityTimeout = options.IdleWithin, Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        _client = InstanceClient.Create(ConnectAsync, options.ConnectWithin, options.MaxConnectionsPerInstance, options.KeepIdle);
        _prober = new HealthProber(master.Table, _client, instance => master.SayLost(instance, "unhealthy"));
        master.ServicesChanged += _prober.Look;
    }

    /// <summary>Answers one request.</summary>
    internal async Task HandleAsync(HttpContext context)
    {
        if (Interlocked.Increment(ref _inFlight) > _options.MaxRequests)
        {
            Interlocked.Decrement(ref _inFlight);
            await RefuseAsync(context, new Refusal(503, 1, "too many requests at a time")).ConfigureAwait(false);
            return;
        }
        Activity? trace = FrontTracer.Begin(context);
        try
        {
            if (!_master.Synced.IsCompleted)
                await WaitForMasterAsync(context).ConfigureAwait(false);
            await RouteAsync(context, trace).ConfigureAwait(false);
        }
        finally
        {
            if (trace is not null)
                FrontTracer.End(trace, context, context.Features.Get<FrontRequest>());
            Interlocked.Decrement(ref _inFlight);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _prober.Dispose();
        _client.Dispose();
    }

    /// <summary>A front that has just been started knows no routes yet.</summary>
    private async Task WaitForMasterAsync(HttpContext context) =>
        await _master.Synced.WaitAsync(_options.MasterWithin, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task RouteAsync(HttpContext context, Activity? trace)
    {
        if (!_master.Synced.IsCompletedSuccessfully)
        {
            await RefuseAsync(context, new Refusal(503, 1, "the master has not come up yet")).ConfigureAwait(false);
            return;
        }

        // Nothing between client and instance holds a body back.
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        Refusal? refusal = new Refusal(404, 0, "no service has this host and path");
        FrontRequest? request = null;
        while (FindRoute(context) is (var route, var service) && route.Service != request?.Route.Service)
        {
            if (route.OnlyHttps && !context.Request.IsHttps && HttpsRedirect.TryAnswer(context, _options))
                return;
            bool isSecond = request is not null;
            request = new FrontRequest(context, route, service, _master) { Trace = trace };
            if (trace is not null || _options.AccessLog is not null)
                context.Features.Set(request);
            refusal = await ForwardAsync(request).ConfigureAwait(false);

            // Its service went while it waited, as when the mode is switched: it goes where the routes lead now, once.
            if (refusal is not { IsGone: true } || isSecond)
                break;
        }
        if (refusal is not null)
            await RefuseAsync(context, refusal).ConfigureAwait(false);
        request?.Count();
    }

    private (FrontRoute Route, ServiceGate Service)? FindRoute(HttpContext context) =>
        _master.Table.Routes.Find(context.Request.Host.Host, context.Request.Path.Value ?? "/") is { } route && _master.Table.Find(route.Service) is { } service ? (route, service) : null;

    /// <summary>Sends a request to an instance of its service and passes the answer on; why there is none, where there is no instance.</summary>
    private async Task<Refusal?> ForwardAsync(FrontRequest request)
    {
        HttpContext context = request.Context;
        var tried = new List<KnownInstance>(1);
        while (true)
        {
            Admission admission;
            try
            {
                admission = await request.Service.AdmitAsync(tried, context.RequestAborted).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // The client is gone.
                return null;
            }
            if (admission.Instance is not { } instance)
                return admission.Refusal;
            request.Note(admission);
            bool mayRepeat = tried.Count < _options.MaxRetries;
            tried.Add(instance);
            switch (await TryAsync(request, instance).ConfigureAwait(false))
            {
                case Outcome.Done:
                    return null;
                case Outcome.Unsent when mayRepeat:
                case Outcome.Failed when mayRepeat && IsSafeToRepeat(context.Request):
                    context.Response.Clear();
                    continue;
                default:
                    context.Response.Clear();
                    return new Refusal(502, 0, "no instance answered");
            }
        }
    }

    private async Task<Outcome> TryAsync(FrontRequest request, KnownInstance instance)
    {
        HttpContext context = request.Context;
        try
        {
            ForwarderError error = await _forwarder.SendAsync(context, instance.Prefix, _client, _config, request.Transformer).ConfigureAwait(false);
            if (error == ForwarderError.None)
            {
                instance.NoteSuccess();
                return Outcome.Done;
            }
            if (context.RequestAborted.IsCancellationRequested || context.Response.HasStarted || error == ForwarderError.RequestBodyClient)
                return Outcome.Done;
            return NoteFailure(context, instance, error);
        }
        finally
        {
            request.Service.End(instance);
        }
    }

    private Outcome NoteFailure(HttpContext context, KnownInstance instance, ForwarderError error)
    {
        Exception? cause = context.Features.Get<IForwarderErrorFeature>()?.Exception;
        bool isUnsent = cause is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError };
        if (instance.Gone.IsCancellationRequested)
            return isUnsent ? Outcome.Unsent : Outcome.Failed;
        instance.NoteFailure();
        _master.SayLost(instance.Id, error == ForwarderError.RequestTimedOut ? "timeout" : isUnsent ? "refused" : "reset");
        return isUnsent ? Outcome.Unsent : Outcome.Failed;
    }

    private async ValueTask<Stream> ConnectAsync(HttpRequestMessage asked, CancellationToken cancellation)
    {
        if (_master.Table.FindByHost(asked.RequestUri!.Host) is not { } instance)
            throw new SocketException((int)SocketError.HostUnreachable);
        Stream stream = await InstanceConnector.ConnectAsync(instance, cancellation).ConfigureAwait(false);
        if (FrontTracer.IsOn && asked.Options.TryGetValue(FrontTracer.RequestKey, out FrontRequest? request))
            request.NoteConnected();
        return stream;
    }

    /// <summary>RFC 9110, section 9.2.1, and no body that is gone once it was sent.</summary>
    private static bool IsSafeToRepeat(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method))
        && request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true }
        && request.Headers.Upgrade.Count == 0;

    private static Task RefuseAsync(HttpContext context, Refusal refusal)
    {
        context.Response.StatusCode = refusal.Status;
        context.Response.ContentType = "text/plain";
        context.Response.Headers.CacheControl = "no-store";
        if (refusal.RetryAfterSeconds > 0)
            context.Response.Headers.RetryAfter = refusal.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        return context.Response.WriteAsync($"{refusal.Status}: {refusal.Reason}\n", context.RequestAborted);
    }

    private enum Outcome
    {
        /// <summary>The request is dealt with.</summary>
        Done,

        /// <summary>No connection was made: nothing of it was sent.</summary>
        Unsent,

        /// <summary>It may have reached the instance; nothing of an answer has gone out.</summary>
        Failed,
    }
}
