// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Uaas.Cli.Nginx;
using Uaas.Configuration;
using Xunit;

namespace Uaas.Nginx.Tests;

/// <summary>The configuration that uaas nginx writes, in nginx: each request reaches the service that uaas.yaml means, with the path that it means.</summary>
public sealed class RoutingTests : IClassFixture<RoutingTests.Routed>
{
    private readonly Routed _routed;

    /// <param name="routed">One nginx for all cases.</param>
    public RoutingTests(Routed routed) => _routed = routed;

    private static readonly Dictionary<string, Route[]> s_services = new()
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
        Assert.Equal(expected, await _routed.Nginx!.GetAsync(host, target));
    }

    [NginxFact]
    public async Task Without_a_route_there_is_404()
    {
        await using GeneratedNginx nginx = await GeneratedNginx.StartAsync(new Dictionary<string, Route[]> { ["web"] = [new Route { Path = "/here" }, new Route { Path = "/there", Extensions = ["png"] }] });
        Assert.Equal("web /here/x", await nginx.GetAsync("test", "/here/x"));
        foreach (string path in new[] { "/", "/hereabouts", "/there", "/there/x.jpg" })
            Assert.Equal("404", await nginx.GetAsync("test", path));
    }

    [Fact]
    public void A_configuration_names_only_the_modules_that_it_needs()
    {
        string plain = NginxConfiguration.Write(GeneratedNginx.Deploy(new Dictionary<string, Route[]> { ["web"] = [new Route()] }), GeneratedNginx.Settings("/f", 1));
        Assert.DoesNotContain("stream", plain, StringComparison.Ordinal);
        Deployment video = new() { Services = [new ServiceDefinition { Name = "flv", Image = new ImageSource(ImageKind.BuiltIn, "flv"), Ports = new ServicePorts { Tcp = [new TcpPort("rtmp", 1935, 1936)] } }] };
        Assert.Contains("server { listen 127.0.0.1:1935; uaas_pass flv:1936; }", NginxConfiguration.Write(video, GeneratedNginx.Settings("/f", 1)), StringComparison.Ordinal);
    }

    /// <summary>An nginx for <see cref="s_services"/>.</summary>
    public sealed class Routed : IAsyncLifetime
    {
        /// <summary>Null where it cannot be had; then the tests are skipped.</summary>
        internal GeneratedNginx? Nginx { get; private set; }

        /// <inheritdoc/>
        public async Task InitializeAsync() => Nginx = new NginxFactAttribute().Skip is null ? await GeneratedNginx.StartAsync(s_services) : null;

        /// <inheritdoc/>
        public async Task DisposeAsync()
        {
            if (Nginx is not null)
                await Nginx.DisposeAsync();
        }
    }
}
