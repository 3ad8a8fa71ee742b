// SPDX-License-Identifier: Apache-2.0

using System;
using System.Text;
using Uaas.Http;
using Uaas.Web.Tests.Support;

namespace Uaas.Web.Tests;

/// <summary>Which handler answers which request.</summary>
public sealed class RoutingTests
{
    [Theory]
    [InlineData("/", "/", true)]
    [InlineData("/", "/a", false)]
    [InlineData("/a", "/a", true)]
    [InlineData("/a", "/a/", false)]
    [InlineData("/a/", "/a/", true)]
    [InlineData("/a/", "/a", false)]
    [InlineData("/a/{x}", "/a/b", true)]
    [InlineData("/a/{x}", "/a/", false)]
    [InlineData("/a/{x}", "/a/b/c", false)]
    [InlineData("/a/{x}/c", "/a/b/c", true)]
    [InlineData("/{*rest}", "/", true)]
    [InlineData("/{*rest}", "/a/b/", true)]
    [InlineData("/a/{*rest}", "/a/", true)]
    [InlineData("/a/{*rest}", "/a", false)]
    public void APatternTakesItsPaths(string pattern, string path, bool takes) =>
        Assert.Equal(takes, RoutePattern.Read(Encoding.UTF8.GetBytes(pattern))!.Matches(Encoding.UTF8.GetBytes(path), new TextSlice[RoutePattern.MaxParameters]));

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("/{}")]
    [InlineData("/{*}")]
    [InlineData("/{a")]
    [InlineData("/a}")]
    [InlineData("/x{a}")]
    [InlineData("/{a}/{a}")]
    [InlineData("/{*a}/b")]
    [InlineData("/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}")]
    [InlineData("/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17")]
    public void WhatIsNoPatternIsRefused(string pattern) => Assert.Null(RoutePattern.Read(Encoding.UTF8.GetBytes(pattern)));

    [Theory]
    [InlineData("/items/list", "list")]
    [InlineData("/items/7", "item 7")]
    [InlineData("/items/7/parts", "rest items/7/parts")]
    [InlineData("/other", "rest other")]
    [InlineData("/it%65ms/a%20b", "item a b")]
    [InlineData("/items/../items/./9", "item 9")]
    public void TheMostParticularRouteAnswersWhateverTheOrder(string target, string answer)
    {
        (string, string, WebHandler)[] routes =
        [
            ("GET", "/{*all}", static (request, response) => response.Text(Encoding.Latin1.GetBytes("rest " + Encoding.Latin1.GetString(request.Route("all"u8))))),
            ("GET", "/items/{id}", static (request, response) => response.Text(Encoding.Latin1.GetBytes("item " + Encoding.Latin1.GetString(request.Route("id"u8))))),
            ("GET", "/items/list", static (request, response) => response.Text("list"u8)),
        ];
        Assert.Equal(answer, WebBed.BodyOf(new WebBed(null, routes).Get(target)));
        Array.Reverse(routes);
        Assert.Equal(answer, WebBed.BodyOf(new WebBed(null, routes).Get(target)));
    }

    [Fact]
    public void AnotherMethodIsToldWhichThereAre()
    {
        WebBed bed = new(null, ("GET", "/a", Hello), ("PUT", "/a", Hello), ("POST", "/{x}", Hello));
        string refused = bed.Send("DELETE", "/a", "");
        Assert.Equal(405, WebBed.StatusOf(refused));
        Assert.Contains("Allow: GET, HEAD, POST, PUT, OPTIONS\r\n", refused, StringComparison.Ordinal);
        string options = bed.Ask("OPTIONS /a HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(204, WebBed.StatusOf(options));
        Assert.Contains("Allow: GET, HEAD, POST, PUT, OPTIONS\r\n", options, StringComparison.Ordinal);
        Assert.Equal(200, WebBed.StatusOf(bed.Send("POST", "/a", "")));
        Assert.Equal(501, WebBed.StatusOf(bed.Send("BREW", "/a", "")));
        Assert.Equal(404, WebBed.StatusOf(bed.Get("/a/b")));
        Assert.Equal(400, WebBed.StatusOf(bed.Get("/%zz")));
        Assert.Equal(204, WebBed.StatusOf(bed.Ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")));
    }

    [Fact]
    public void HeadIsAnsweredByGetWithoutContent()
    {
        WebBed bed = new(null, ("GET", "/", Hello));
        string head = bed.Ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Contains("Content-Length: 5\r\n", head, StringComparison.Ordinal);
        Assert.Equal("", WebBed.BodyOf(head));
    }

    [Fact]
    public void TwoHandlersForOneMethodAndShapeAreRefused()
    {
        RouteTable table = new();
        Assert.True(table.TryAdd(new Route(HttpMethod.Get, RoutePattern.Read("/a/{x}"u8)!, Hello, ContentMode.Whole)));
        Assert.False(table.TryAdd(new Route(HttpMethod.Get, RoutePattern.Read("/a/{y}"u8)!, Hello, ContentMode.Whole)));
        Assert.True(table.TryAdd(new Route(HttpMethod.Put, RoutePattern.Read("/a/{y}"u8)!, Hello, ContentMode.Whole)));
        for (int i = table.Count; i < RouteTable.Capacity; i++)
            Assert.True(table.TryAdd(new Route(HttpMethod.Get, RoutePattern.Read(Encoding.ASCII.GetBytes($"/r/{i}"))!, Hello, ContentMode.Whole)));
        Assert.False(table.TryAdd(new Route(HttpMethod.Get, RoutePattern.Read("/one/more"u8)!, Hello, ContentMode.Whole)));
    }

    private static WebTask Hello(WebRequest request, WebResponse response) => response.Text("hello"u8);
}
