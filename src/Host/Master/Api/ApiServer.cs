// SPDX-License-Identifier: Apache-2.0

using System;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

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
    /// <param name="services">What the API gives access to.</param>
    public static ApiServer Create(int localListener, ApiServices services)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            server.Limits.MaxRequestBodySize = MaxBody;
            server.ListenHandle((ulong)localListener, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default));
        builder.Services.AddProblemDetails();
        WebApplication application = builder.Build();
        application.Use(next => context => Problems.AnswerFailuresAsync(context, next));
        ServiceEndpoints.Map(application, services);
        return new ApiServer(application);
    }

    /// <summary>Begins to serve.</summary>
    public Task StartAsync(CancellationToken cancellation) => _application.StartAsync(cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
