// SPDX-License-Identifier: Apache-2.0

// YARP as its documentation sets it up, before one destination: what the embedded front is measured against. Arguments: the descriptor to listen on, and the destination's address.
using System;
using System.Collections.Generic;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;

ulong listener = ulong.Parse(args[0], CultureInfo.InvariantCulture);
WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
builder.WebHost.ConfigureKestrel(server => server.ListenHandle(listener, static listen => listen.Protocols = HttpProtocols.Http1));
builder.Services.AddReverseProxy().LoadFromMemory(
    [new RouteConfig { RouteId = "all", ClusterId = "one", Match = new RouteMatch { Path = "{**all}" } }],
    [new ClusterConfig { ClusterId = "one", Destinations = new Dictionary<string, DestinationConfig>(StringComparer.Ordinal) { ["one"] = new() { Address = args[1] } } }]);
WebApplication application = builder.Build();
application.MapReverseProxy();
application.Run();
