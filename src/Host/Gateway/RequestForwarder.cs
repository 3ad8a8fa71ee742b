// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Uaas.Gateway;

/// <summary>Gives each request to the least busy instance, and a request that is safe to repeat to another one when that fails.</summary>
internal sealed class RequestForwarder : IDisposable
{
    private readonly BackendPool _pool;
    private readonly GatewayOptions _options;
    private readonly IHttpForwarder _forwarder;
    private readonly HttpMessageInvoker _client;
    private readonly ForwarderRequestConfig _config;
    private int _inFlight;

    internal RequestForwarder(BackendPool pool, GatewayOptions options, IHttpForwarder forwarder)
    {
        _pool = pool;
        _options = options;
        _forwarder = forwarder;
        _config = new ForwarderRequestConfig { ActivityTimeout = options.IdleWithin, Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        _client = InstanceClient.Create(ConnectAsync, options.ConnectWithin, options.MaxConnectionsPerInstance, options.KeepIdle);
    }

    /// <summary>Answers one request.</summary>
    internal async Task HandleAsync(HttpContext context)
    {
        if (Interlocked.Increment(ref _inFlight) > _options.MaxRequests)
        {
            Interlocked.Decrement(ref _inFlight);
            context.Response.Headers.RetryAfter = "1";
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "too many requests at a time").ConfigureAwait(false);
            return;
        }
        try
        {
            await ForwardAsync(context).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task ForwardAsync(HttpContext context)
    {
        // Nothing between client and instance holds a body back.
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        int attempts = IsSafeToRepeat(context.Request) ? 1 + _options.MaxRetries : 1;
        var tried = new List<Backend>(attempts);
        while (tried.Count < attempts && _pool.Pick(tried) is { } backend)
        {
            tried.Add(backend);
            if (await TryAsync(context, backend).ConfigureAwait(false))
                return;
            context.Response.Clear();
        }

        if (tried.Count == 0)
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "no instance is running").ConfigureAwait(false);
        else
            await RefuseAsync(context, StatusCodes.Status502BadGateway, "no instance answered").ConfigureAwait(false);
    }

    /// <summary>Whether the request is dealt with. False: the instance failed and nothing of an answer has gone out.</summary>
    private async Task<bool> TryAsync(HttpContext context, Backend backend)
    {
        backend.Begin();
        try
        {
            ForwarderError error = await _forwarder.SendAsync(context, backend.Prefix, _client, _config, TargetTransformer.Instance).ConfigureAwait(false);
            if (error == ForwarderError.None)
            {
                backend.NoteSuccess();
                return true;
            }
            if (context.RequestAborted.IsCancellationRequested)
                return true;
            if (IsInstanceFailure(error))
                backend.NoteFailure();
            return context.Response.HasStarted || error == ForwarderError.RequestBodyClient;
        }
        finally
        {
            backend.End();
        }
    }

    private static async ValueTask<Stream> ConnectAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(request.RequestUri!.Host, request.RequestUri.Port, cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool IsInstanceFailure(ForwarderError error) =>
        error is ForwarderError.Request or ForwarderError.RequestTimedOut or ForwarderError.ResponseHeaders or ForwarderError.ResponseBodyDestination;

    /// <summary>RFC 9110, section 9.2.1, and no body that is gone once it was sent.</summary>
    private static bool IsSafeToRepeat(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method))
        && request.ContentLength is null or 0
        && request.Headers.TransferEncoding.Count == 0
        && request.Headers.Upgrade.Count == 0;

    private static Task RefuseAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync($"{status}: {reason}\n", context.RequestAborted);
    }
}
