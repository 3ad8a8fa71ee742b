// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Uaas.Nginx.Tests;

/// <summary>Plays an instance: answers with its name, the method and the path.</summary>
internal sealed class Server : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _connections;
    private int _requests;

    private Server(string name)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => connection =>
            {
                Interlocked.Increment(ref _connections);
                return next(connection);
            });
        }));
        _application = builder.Build();
        _application.Run(context => AnswerAsync(name, context));
    }

    internal int Port { get; private set; }

    /// <summary>Connections so far.</summary>
    internal int Connections => _connections;

    /// <summary>Requests so far.</summary>
    internal int Requests => _requests;

    internal static async Task<Server> StartAsync(string name)
    {
        var server = new Server(name);
        await server._application.StartAsync();
        server.Port = new Uri(((IApplicationBuilder)server._application).ServerFeatures.Get<Microsoft.AspNetCore.Hosting.Server.Features.IServerAddressesFeature>()!
            .Addresses.GetEnumerator() is var addresses && addresses.MoveNext() ? addresses.Current : throw new InvalidOperationException("no address")).Port;
        return server;
    }

    /// <summary>Lets requests to /gate pass, also those to come.</summary>
    internal void Open() => _open.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        Open();
        await _application.DisposeAsync();
    }

    private async Task AnswerAsync(string name, HttpContext context)
    {
        Interlocked.Increment(ref _requests);
        if (context.Request.Path.StartsWithSegments("/gate"))
            await _open.Task;
        long received = 0;
        byte[] buffer = new byte[65536];
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer)) > 0)
            received += read;
        string body = $"{name} {context.Request.Method} {context.Request.Path}{context.Request.QueryString} {received}";
        context.Response.ContentLength = body.Length;
        await context.Response.WriteAsync(body);
    }
}
