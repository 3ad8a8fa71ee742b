// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Configuration;
using Xunit;

namespace Uaas.Nginx.Tests.FrontDoor;

/// <summary>Each request reaches the service that uaas.yaml means, with the path that it means, by every front.</summary>
/// <param name="routed">One front for all cases.</param>
public abstract class FrontDoorRoutingTests(RoutedDoor routed)
{
    internal static readonly Dictionary<string, Route[]> Services = new()
    {
        ["web"] = [new Route()],
        ["img"] = [new Route { Path = "/img", Strip = true }, new Route { Extensions = ["png", "jpg"] }, new Route { Path = "/logo.gif" }],
        ["deep"] = [new Route { Path = "/a/b" }, new Route { Path = "/a/b/c", Extensions = ["txt"] }],
        ["odd"] = [new Route { Path = "/o\"d(d)", Strip = true }],
        ["shop"] = [new Route { Host = "shop.example.org" }, new Route { Host = "shop.example.org", Path = "/img/own" }],
        ["wild"] = [new Route { Host = "*.example.org", Path = "/w" }],
        ["wilder"] = [new Route { Host = "*.deep.example.org" }],
        ["part"] = [new Route { Host = "part.example.org", Path = "/only" }],
    };

    [NginxTheory]
    [InlineData("test", "/", "web /")]
    [InlineData("test", "/index.html?x=1", "web /index.html?x=1")]
    [InlineData("test", "/img", "img /")]
    [InlineData("test", "/img/", "img /")]
    [InlineData("test", "/img/cats/a%20b.png?w=5", "img /cats/a%20b.png?w=5")]
    [InlineData("test", "/images/a.html", "web /images/a.html")]
    [InlineData("test", "/images/a.PNG", "img /images/a.PNG")]
    [InlineData("test", "/png", "web /png")]
    [InlineData("test", "/a.png/b", "web /a.png/b")]
    [InlineData("test", "/logo.gif", "img /logo.gif")]
    [InlineData("test", "/a/b", "deep /a/b")]
    [InlineData("test", "/a/b/c/x", "deep /a/b/c/x")]
    [InlineData("test", "/a/b/c/x.txt", "deep /a/b/c/x.txt")]
    [InlineData("test", "/a/bc", "web /a/bc")]
    [InlineData("test", "/a/b/x.png", "deep /a/b/x.png")]
    [InlineData("test", "/o%22d(d)/x", "odd /x")]
    [InlineData("shop.example.org", "/", "shop /")]
    [InlineData("shop.example.org", "/img/x", "shop /img/x")]
    [InlineData("shop.example.org", "/x.png", "shop /x.png")]
    [InlineData("shop.example.org", "/w/x", "shop /w/x")]
    [InlineData("SHOP.example.org", "/", "shop /")]
    [InlineData("any.example.org", "/w/x", "wild /w/x")]
    [InlineData("any.example.org", "/x", "web /x")]
    [InlineData("very.deep.example.org", "/w/x", "wilder /w/x")]
    [InlineData("part.example.org", "/only/x", "part /only/x")]
    [InlineData("part.example.org", "/w/x", "wild /w/x")]
    [InlineData("part.example.org", "/img/x", "img /x")]
    public async Task Each_request_goes_where_uaas_yaml_says(string host, string target, string expected)
    {
        Assert.Equal(expected, await routed.Door!.AskAsync(host, target));
    }

    [NginxFact]
    public async Task Without_a_route_there_is_404()
    {
        var services = new Dictionary<string, Route[]> { ["web"] = [new Route { Path = "/here" }, new Route { Path = "/there", Extensions = ["png"] }] };
        await using FrontDoor door = await routed.StartAsync(new DoorPlan(services));
        await using Server web = await Server.StartAsync("web");
        door.Master.OnWant = (seq, _) => ScriptedMaster.Give(seq, "web-1", web.Port);
        Assert.Equal("web /here/x", await door.AskAsync("test", "/here/x"));
        foreach (string path in new[] { "/", "/hereabouts", "/there", "/there/x.jpg" })
            Assert.Equal("404", await door.AskAsync("test", path));
    }
}

/// <summary>A front for many services, each with an instance.</summary>
public abstract class RoutedDoor : IAsyncLifetime
{
    private readonly List<Server> _servers = [];

    /// <summary>Null where it cannot be had; then the tests are skipped.</summary>
    internal FrontDoor? Door { get; private set; }

    internal abstract Task<FrontDoor> StartAsync(DoorPlan plan);

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        if (new NginxFactAttribute().Skip is not null)
            return;
        Door = await StartAsync(new DoorPlan(FrontDoorRoutingTests.Services));
        foreach (string service in FrontDoorRoutingTests.Services.Keys)
            _servers.Add(await Server.StartAsync(service));
        Door.Master.OnWant = (seq, service) => ScriptedMaster.Give(seq, $"{service}-1", _servers.Single(server => server.Name == service).Port, service);
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        if (Door is not null)
            await Door.DisposeAsync();
        foreach (Server server in _servers)
            await server.DisposeAsync();
    }
}

/// <summary>nginx, with the configuration that <c>uaas nginx</c> writes.</summary>
public sealed class RoutedNginx : RoutedDoor
{
    internal override Task<FrontDoor> StartAsync(DoorPlan plan) => NginxDoor.StartAsync(plan);
}

/// <summary>The embedded gateway.</summary>
public sealed class RoutedGateway : RoutedDoor
{
    internal override Task<FrontDoor> StartAsync(DoorPlan plan) => GatewayDoor.StartAsync(plan);
}

/// <summary>The suite with nginx and the module.</summary>
/// <param name="routed">One front for all cases.</param>
public sealed class NginxRoutingTests(RoutedNginx routed) : FrontDoorRoutingTests(routed), IClassFixture<RoutedNginx>;

/// <summary>The suite with the embedded gateway.</summary>
/// <param name="routed">One front for all cases.</param>
public sealed class GatewayRoutingTests(RoutedGateway routed) : FrontDoorRoutingTests(routed), IClassFixture<RoutedGateway>;
