// SPDX-License-Identifier: Apache-2.0

using System;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Uaas.Master.Api;

/// <summary>The API: HTTP and JSON on sockets that were opened elsewhere.</summary>
public sealed class ApiServer : IAsyncDisposable
{
    private const long MaxBody = 16 << 20;

    private readonly WebApplication _application;

    private ApiServer(WebApplication application)
    {
        _application = application;
    }

    /// <summary>Makes the server.</summary>
    /// <param name="localListener">Descriptor of the unix socket. Whoever can connect to it may do everything: it is this user's alone.</param>
    /// <param name="listener">Descriptor of a TCP socket, over which tokens are asked for; null for none.</param>
    /// <param name="services">What the API gives access to.</param>
    public static ApiServer Create(int localListener, int? listener, ApiServices services)
    {
        // Empty: the others read settings from the directory and the environment that the daemon was started in, and watch all files below it.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            server.Limits.MaxRequestBodySize = MaxBody;
            server.ListenHandle((ulong)localListener, listen => listen.Protocols = HttpProtocols.Http1);
            if (listener is { } descriptor)
                server.ListenHandle((ulong)descriptor, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default));
        builder.Services.AddRoutingCore();
        builder.Services.AddProblemDetails();
        builder.Services.AddOpenApi(ApiDescription.Configure);
        WebApplication application = builder.Build();
        application.Use(next => context => Problems.AnswerFailuresAsync(context, next));
        application.Use(next => context => Tokens.RequireAsync(context, next, services.Store));
        application.Use(next => context => Idempotency.ApplyAsync(context, next, services));
        ServiceEndpoints.Map(application, services);
        VolumeEndpoints.Map(application, services);
        EventEndpoints.Map(application, services);
        Tokens.Map(application, services);
        application.MapGet("/metrics", (CancellationToken cancellation) => MetricsOfAsync(services, cancellation)).WithSummary("For Prometheus").Produces<string>(StatusCodes.Status200OK, Metrics.ContentType);
        application.MapOpenApi("/openapi.json");
        return new ApiServer(application);
    }

    /// <summary>What instances cost is measured when this is asked for.</summary>
    private static async Task<IResult> MetricsOfAsync(ApiServices services, CancellationToken cancellation)
    {
        await services.Control.MeasureAsync(ServiceEndpoints.MeasureWithin, cancellation).ConfigureAwait(false);
        return TypedResults.Text(Metrics.Write(services.Control), Metrics.ContentType);
    }

    /// <summary>Begins to serve.</summary>
    public Task StartAsync(CancellationToken cancellation) => _application.StartAsync(cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
