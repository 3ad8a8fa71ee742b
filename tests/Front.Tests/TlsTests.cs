// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Uaas.Nginx.Tests;

namespace Uaas.Front.Tests;

/// <summary>HTTPS: certificates by name, renewed while it runs; HTTP/2; the way from HTTP.</summary>
public sealed class TlsTests
{
    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task HTTPS_is_served_in_either_version_and_instances_are_told(string version)
    {
        await using var bed = new FrontBed();
        await bed.ServeAsync(context => context.Response.WriteAsync($"{context.Request.Protocol} {context.Request.Headers["X-Forwarded-Proto"]} {context.Request.Host} {context.Request.Path}{context.Request.QueryString}"));
        bed.Master.Knows.Add(Certificates.Write(bed.Folder, "one", "one", "one.test"));
        await bed.StartAsync();
        using HttpClient client = FrontBed.Client();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(bed.TlsUrl, "/a%2Fb?c")) { Version = Version.Parse(version), VersionPolicy = HttpVersionPolicy.RequestVersionExact, Headers = { Host = "one.test" } };
        using HttpResponseMessage response = await client.SendAsync(request);
        Assert.Equal(Version.Parse(version), response.Version);
        Assert.Equal("HTTP/1.1 https one.test /a%2Fb?c", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_request_with_a_body_over_HTTP2_is_passed_on_and_never_repeated()
    {
        int asked = 0;
        await using var bed = new FrontBed();
        await bed.ServeAsync(async context =>
        {
            Interlocked.Increment(ref asked);
            using var reader = new StreamReader(context.Request.Body);
            string body = await reader.ReadToEndAsync();
            if (body == "break")
                context.Abort();
            else
                await context.Response.WriteAsync(body);
        });
        bed.Master.Knows.Add(Certificates.Write(bed.Folder, "one", "one", "one.test"));
        await bed.StartAsync();
        using HttpClient client = FrontBed.Client();
        Assert.Equal("there and back", await SendAsync("there and back", HttpMethod.Post));

        // GET with a body is safe by its method, but its body is gone once it was sent (HTTP/2 gives no Content-Length away).
        asked = 0;
        Assert.StartsWith("502", await SendAsync("break", HttpMethod.Get), StringComparison.Ordinal);
        Assert.Equal(1, asked);

        async Task<string> SendAsync(string body, HttpMethod method)
        {
            using var request = new HttpRequestMessage(method, bed.TlsUrl) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new StreamContent(new MemoryStream(Encoding.UTF8.GetBytes(body))) };
            request.Content.Headers.ContentLength = null;
            using HttpResponseMessage response = await client.SendAsync(request);
            return await response.Content.ReadAsStringAsync();
        }
    }

    [Fact]
    public async Task A_service_may_answer_while_it_is_sent_to_over_HTTP2()
    {
        const int length = 4 << 20;
        await using var bed = new FrontBed();
        await bed.ServeAsync(context => context.Request.Body.CopyToAsync(context.Response.Body));
        bed.Master.Knows.Add(Certificates.Write(bed.Folder, "one", "one", "one.test"));
        await bed.StartAsync();
        using HttpClient client = FrontBed.Client();
        byte[] content = new byte[length];
        new Random(1).NextBytes(content);
        using var request = new HttpRequestMessage(HttpMethod.Post, bed.TlsUrl) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent(content) };
        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(content, await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task The_certificate_is_the_one_for_the_name()
    {
        await using var bed = new FrontBed();
        await bed.ServeAsync(context => context.Response.WriteAsync("x"));
        bed.Master.Knows.Add(Certificates.Write(bed.Folder, "first", "first", "one.test", "www.one.test"));
        bed.Master.Knows.Add(Certificates.Write(bed.Folder, "second", "second", "*.two.test"));
        bed.Master.Knows.Add(Certificates.Write(bed.Folder, "third", "three.test"));
        await bed.StartAsync();
        foreach ((string? name, string shown) in new (string?, string)[]
        {
            ("one.test", "first"), ("WWW.one.TEST", "first"), ("a.two.test", "second"), ("a.b.two.test", "first"), ("two.test", "first"), ("three.test", "three.test"), ("else.test", "first"), (null, "first"),
        })
            Assert.Equal((name, shown), (name, await bed.ShownForAsync(name)));
    }

    [Fact]
    public async Task Old_versions_are_refused_and_a_certificate_may_want_the_newest()
    {
        await using var bed = new FrontBed();
        await bed.ServeAsync(context => context.Response.WriteAsync("x"));
        bed.Master.Knows.Add(Certificates.Write(bed.Folder, "first", "first", "one.test"));
        bed.Master.Knows.Add(Certificates.WriteFor13(bed.Folder, "second", "second", "two.test"));
        await bed.StartAsync();
#pragma warning disable SYSLIB0039, CA5397 // What is refused has to be asked for.
        await Assert.ThrowsAnyAsync<Exception>(() => bed.ShownForAsync("one.test", SslProtocols.Tls11));
#pragma warning restore SYSLIB0039, CA5397
        Assert.Equal("first", await bed.ShownForAsync("one.test", SslProtocols.Tls12));
        Assert.Equal("first", await bed.ShownForAsync("one.test", SslProtocols.Tls13));
        await Assert.ThrowsAnyAsync<Exception>(() => bed.ShownForAsync("two.test", SslProtocols.Tls12));
        Assert.Equal("second", await bed.ShownForAsync("two.test", SslProtocols.Tls13));
    }

    [Fact]
    public async Task A_renewed_certificate_is_shown_and_a_broken_one_is_not()
    {
        await using var bed = new FrontBed();
        await bed.ServeAsync(context => context.Response.WriteAsync("x"));
        bed.Master.Knows.Add(Certificates.Write(bed.Folder, "one", "before", "one.test"));
        await bed.StartAsync();
        Assert.Equal("before", await bed.ShownForAsync("one.test"));

        Certificates.Write(bed.Folder, "one", "after", "one.test");
        await FrontBed.UntilAsync(async () => await bed.ShownForAsync("one.test") == "after", "the renewed certificate is not shown");

        int from = bed.Master.Lines.Count;
        await File.WriteAllTextAsync(Certificates.PathOf(bed.Folder, "one"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        string note = await bed.Master.ExpectAsync(from, "NOTE kind=certificate", "shown%20still");
        Assert.Contains("one.pem", note, StringComparison.Ordinal);
        Assert.Equal("after", await bed.ShownForAsync("one.test"));

        Certificates.Write(bed.Folder, "one", "mended", "one.test");
        await FrontBed.UntilAsync(async () => await bed.ShownForAsync("one.test") == "mended", "the mended certificate is not shown");
    }

    [Fact]
    public async Task Connections_go_on_when_a_certificate_is_renewed()
    {
        await using var bed = new FrontBed();
        await bed.ServeAsync(context => context.Response.WriteAsync("x"));
        bed.Master.Knows.Add(Certificates.Write(bed.Folder, "one", "before", "one.test"));
        await bed.StartAsync();
        using HttpClient client = FrontBed.Client();
        Assert.Equal("x", await client.GetStringAsync(bed.TlsUrl));
        Certificates.Write(bed.Folder, "one", "after", "one.test");
        await FrontBed.UntilAsync(async () => await bed.ShownForAsync("one.test") == "after", "the renewed certificate is not shown");
        Assert.Equal("x", await client.GetStringAsync(bed.TlsUrl));
    }

    [Fact]
    public async Task Certificates_come_and_go_with_what_the_master_says()
    {
        await using var bed = new FrontBed();
        await bed.ServeAsync(context => context.Response.WriteAsync("x"));
        await bed.StartAsync();
        using HttpClient client = FrontBed.Client();
        Assert.Equal("x", await client.GetStringAsync(bed.Url));
        await Assert.ThrowsAnyAsync<Exception>(() => bed.ShownForAsync("one.test"));
        const string route = "ROUTE service=web host=* path=/ strip=0";
        bed.Master.Tell("GONE routes", route, Certificates.Write(bed.Folder, "one", "one", "one.test"), "SYNCED");
        await bed.Master.ExpectAsync("NOTE kind=certificate");
        await FrontBed.UntilAsync(async () => await TryShownAsync(bed) == "one", "the certificate is not shown");
        bed.Master.Tell("GONE routes", route, "SYNCED");
        await FrontBed.UntilAsync(async () => await TryShownAsync(bed) is null, "the certificate is shown still");
        Assert.Equal("x", await client.GetStringAsync(bed.Url));
    }

    [Fact]
    public async Task Plain_HTTP_is_sent_on_where_the_route_wants_it()
    {
        await using var bed = new FrontBed();
        await bed.ServeAsync(context => context.Response.WriteAsync("x"), "ROUTE service=web host=* path=/ strip=0 https=1");
        bed.Master.Knows.Add("ROUTE service=web host=* path=/plain strip=0");
        bed.Master.Knows.Add(Certificates.Write(bed.Folder, "one", "one", "one.test"));
        await bed.StartAsync();
        using HttpClient client = FrontBed.Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(bed.Url, "/a%2Fb?c=d")) { Headers = { Host = "one.test:80" } };
        using HttpResponseMessage response = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.PermanentRedirect, response.StatusCode);
        Assert.Equal($"https://one.test:{bed.TlsPort}/a%2Fb?c=d", response.Headers.GetValues("Location").Single());
        Assert.Equal("x", await client.GetStringAsync(new Uri(bed.Url, "/plain")));
        Assert.Equal("x", await client.GetStringAsync(new Uri(bed.Url, "/.well-known/acme-challenge/token")));
        Assert.Equal("x", await client.GetStringAsync(bed.TlsUrl));
    }

    [Fact]
    public async Task WebSockets_pass_over_TLS()
    {
        await using var bed = new FrontBed();
        await bed.ServeAsync(async context =>
        {
            using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
            byte[] buffer = new byte[100];
            WebSocketReceiveResult got = await socket.ReceiveAsync(buffer, default);
            await socket.SendAsync(buffer.AsMemory(0, got.Count), WebSocketMessageType.Text, endOfMessage: true, default);
            await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
        });
        bed.Master.Knows.Add(Certificates.Write(bed.Folder, "one", "one", "one.test"));
        await bed.StartAsync();
        foreach (Version version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            using var handler = new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, _, _, _) => true } };
            using var invoker = new HttpMessageInvoker(handler);
            using var socket = new ClientWebSocket();
            socket.Options.HttpVersion = version;
            socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
            await socket.ConnectAsync(new UriBuilder(bed.TlsUrl) { Scheme = "wss" }.Uri, invoker, default);
            await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, default);
            byte[] buffer = new byte[100];
            WebSocketReceiveResult got = await socket.ReceiveAsync(buffer, default);
            Assert.Equal("hello", Encoding.UTF8.GetString(buffer, 0, got.Count));
        }
    }

    private static async Task<string?> TryShownAsync(FrontBed bed)
    {
        try
        {
            return await bed.ShownForAsync("one.test");
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            return null;
        }
    }
}
