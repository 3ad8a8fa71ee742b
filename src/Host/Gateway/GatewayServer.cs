// SPDX-License-Identifier: Apache-2.0

using System;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Yarp.ReverseProxy.Forwarder;

namespace Uaas.Gateway;

/// <summary>The embedded front door: an HTTP/1.1 server on a socket that was opened elsewhere, in front of a pool of instances.</summary>
public sealed class GatewayServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly RequestForwarder _forwarder;

    private GatewayServer(WebApplication application, RequestForwarder forwarder)
    {
        _application = application;
        _forwarder = forwarder;
    }

    /// <summary>Makes a gateway for a listening socket. This is most of the work of a start, and can be done while the instances boot.</summary>
    /// <param name="listener">Descriptor of the socket, which may belong to another network namespace than this process.</param>
    /// <param name="pool">The instances.</param>
    /// <param name="options">Bounds.</param>
    public static GatewayServer Create(int listener, BackendPool pool, GatewayOptions options)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server =>
        {
            ClientSide.Configure(server, options.MaxConnections);
            server.ListenHandle((ulong)listener, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddHttpForwarder();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainWithin);
        WebApplication application = builder.Build();
        var forwarder = new RequestForwarder(pool, options, application.Services.GetRequiredService<IHttpForwarder>());
        application.Run(forwarder.HandleAsync);
        return new GatewayServer(application, forwarder);
    }

    /// <summary>Begins to serve.</summary>
    /// <param name="cancellation">Calls the start off.</param>
    public Task StartAsync(CancellationToken cancellation) => _application.StartAsync(cancellation);

    /// <summary>Takes no further connections and waits for what is being answered, within the bound of the options.</summary>
    public Task StopAsync() => _application.StopAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync().ConfigureAwait(false);
        _forwarder.Dispose();
    }
}
