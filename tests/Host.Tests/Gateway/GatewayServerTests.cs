// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using Uaas.Gateway;
using Uaas.Gateway.Duplex;
using Xunit;

namespace Uaas.Host.Tests.Gateway;

/// <summary>The gateway over real sockets, with hand-made servers behind it and a hand-made client before it.</summary>
public sealed class GatewayServerTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly BackendPool _pool = new(TimeProvider.System);
    private GatewayServer? _gateway;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        _listener.Dispose();
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/a%2fb/%C3%A5?q=%20+x&y")]
    [InlineData("/a/../b/./c//d")]
    [InlineData("/%2e%2e/%252e")]
    [InlineData("/caf%e9?")]
    public async Task The_target_arrives_as_it_was_sent(string target)
    {
        using var server = RawHttpServer.Saying("ok");
        await StartAsync(server);
        await AskAsync($"GET {target} HTTP/1.1\r\nHost: example.org:81\r\nConnection: close\r\n\r\n");
        string request = server.Requests.Single();
        Assert.StartsWith($"GET {target} HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.Contains("\r\nHost: example.org:81\r\n", request, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Forwarded-For: 127.0.0.1\r\n", request, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_the_client_is_is_said_by_the_gateway_alone()
    {
        using var server = RawHttpServer.Saying("ok");
        await StartAsync(server);
        await AskAsync("GET / HTTP/1.1\r\nHost: a.example\r\nForwarded: for=10.0.0.1\r\nX-Forwarded-For: 10.0.0.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nConnection: close\r\n\r\n");
        string[] said = [.. server.Requests.Single().Split("\r\n").Where(line => line.Contains("orwarded", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        Assert.Equal(["X-Forwarded-For: 127.0.0.1", "X-Forwarded-Host: a.example", "X-Forwarded-Proto: http"], said);
    }

    [Theory]
    [InlineData("http://example.org/a%2fb?c", "/a%2fb?c")]
    [InlineData("http://example.org?c", "/?c")]
    [InlineData("http://example.org", "/")]
    [InlineData("*", "/")]
    public void Every_form_of_target_is_brought_into_origin_form(string target, string origin) => Assert.Equal(origin, TargetTransformer.OriginForm(target));

    [Fact]
    public async Task The_answer_arrives_as_it_was_given()
    {
        const string head = "HTTP/1.1 206 Partial Content\r\nContent-Type: text/x\r\nContent-Range: bytes 0-1/9\r\nETag: \"a\"\r\nServer: uaas\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n";
        using var server = new RawHttpServer((_, stream) => RawHttpServer.WriteAsync(stream, head + "Content-Length: 2\r\n\r\nok"));
        await StartAsync(server);
        string answer = await AskAsync("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        foreach (string line in head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries))
            Assert.Contains(line, answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nok", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(DuplexHandler.SocketsHold)]
    [InlineData(DuplexHandler.SocketsHold + 1)]
    public async Task Fields_arrive_byte_for_byte_in_both_directions_whatever_the_length_of_the_content(int length)
    {
        using var server = new RawHttpServer(async (_, stream) =>
        {
            await stream.ReadExactlyAsync(new byte[length]);
            await stream.WriteAsync(Encoding.Latin1.GetBytes("HTTP/1.1 200 OK\r\nX-Back: caf\u00c3\u00a9 \u00ff\r\nContent-Length: 2\r\n\r\nok"));
        });
        await StartAsync(server);
        string answer = await AskAsync($"PUT /a%2fb?c HTTP/1.1\r\nHost: h:1\r\nX-There: caf\u00c3\u00a9 \u00ff\r\nX-Two: a\r\nX-Two: b\r\nContent-Type: text/x\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{new string('x', length)}");
        string[] fields = [.. server.Requests.Single().Split("\r\n", StringSplitOptions.RemoveEmptyEntries)];
        Assert.Equal("PUT /a%2fb?c HTTP/1.1", fields[0]);
        Assert.Contains("Host: h:1", fields);
        Assert.Contains("X-There: caf\u00c3\u00a9 \u00ff", fields);
        Assert.Equal("a, b", string.Join(", ", fields.Where(static field => field.StartsWith("X-Two: ", StringComparison.Ordinal)).Select(static field => field[7..])));
        Assert.Contains("Content-Type: text/x", fields);
        Assert.Contains($"Content-Length: {length}", fields);
        Assert.Single(fields, static field => field.StartsWith("X-Forwarded-For: ", StringComparison.Ordinal));
        Assert.DoesNotContain(fields, static field => field.StartsWith("Transfer-Encoding", StringComparison.OrdinalIgnoreCase));
        Assert.Contains("X-Back: caf\u00c3\u00a9 \u00ff\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nok", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_content_is_sent_though_the_client_waits_to_be_told()
    {
        using var server = new RawHttpServer(async (_, stream) =>
        {
            await stream.ReadExactlyAsync(new byte[100_000]);
            await RawHttpServer.SayAsync(stream, "ok");
        });
        await StartAsync(server);
        using Socket client = await SendAsync("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
        byte[] buffer = new byte[4096];
        int count = await client.ReceiveAsync(buffer).WaitAsync(Patience);
        Assert.StartsWith("HTTP/1.1 100 ", Encoding.ASCII.GetString(buffer, 0, count), StringComparison.Ordinal);
        await client.SendAsync(new byte[100_000]);
        Assert.EndsWith("\r\n\r\nok", await ReadToEndAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_safe_request_goes_to_another_instance_when_one_is_gone()
    {
        using var server = RawHttpServer.Saying("alive");
        await StartAsync(Closed(), server.Address);
        for (int i = 0; i < 4; i++)
            Assert.EndsWith("alive", await GetAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_safe_request_goes_to_another_instance_when_one_breaks_off()
    {
        using var breaking = new RawHttpServer((_, stream) => stream.DisposeAsync().AsTask());
        using var server = RawHttpServer.Saying("alive");
        await StartAsync(breaking.Address, server.Address);
        for (int i = 0; i < 4; i++)
            Assert.EndsWith("alive", await GetAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_is_not_safe_is_sent_once()
    {
        using var first = new RawHttpServer((_, stream) => stream.DisposeAsync().AsTask());
        using var second = new RawHttpServer((_, stream) => stream.DisposeAsync().AsTask());
        await StartAsync(first.Address, second.Address);
        Assert.StartsWith("HTTP/1.1 502 ", await AskAsync("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), StringComparison.Ordinal);
        Assert.Single(first.Requests.Concat(second.Requests));
    }

    [Fact]
    public async Task Without_an_instance_the_answer_is_503()
    {
        await StartAsync([]);
        Assert.StartsWith("HTTP/1.1 503 ", await GetAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_all_instances_gone_the_answer_is_502()
    {
        await StartAsync(Closed(), Closed());
        Assert.StartsWith("HTTP/1.1 502 ", await GetAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_over_the_bound_are_refused_at_once()
    {
        var release = new TaskCompletionSource();
        using var server = new RawHttpServer(async (_, stream) =>
        {
            await release.Task;
            await RawHttpServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate");
        });
        await StartAsync(new GatewayOptions { MaxRequests = 1 }, server.Address);
        Task<string> held = GetAsync();
        await WaitForAsync(() => server.Requests.Count == 1);
        string refused = await GetAsync();
        Assert.StartsWith("HTTP/1.1 503 ", refused, StringComparison.Ordinal);
        Assert.Contains("Retry-After: 1", refused, StringComparison.Ordinal);
        release.SetResult();
        Assert.EndsWith("late", await held, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_is_passed_on_as_it_comes()
    {
        var release = new TaskCompletionSource();
        using var server = new RawHttpServer(async (_, stream) =>
        {
            await RawHttpServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nfirst");
            await release.Task;
            await RawHttpServer.WriteAsync(stream, "second");
            await stream.DisposeAsync();
        });
        await StartAsync(server);
        using Socket client = await SendAsync("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        string soFar = "";
        byte[] buffer = new byte[4096];
        while (!soFar.Contains("first", StringComparison.Ordinal))
            soFar += Encoding.ASCII.GetString(buffer, 0, await client.ReceiveAsync(buffer).WaitAsync(Patience));
        Assert.DoesNotContain("second", soFar, StringComparison.Ordinal);
        release.SetResult();
        Assert.Contains("second", await ReadToEndAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopping_lets_a_request_that_is_being_answered_end()
    {
        var release = new TaskCompletionSource();
        using var server = new RawHttpServer(async (_, stream) =>
        {
            await release.Task;
            await RawHttpServer.WriteAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlast");
        });
        await StartAsync(server);
        Task<string> held = GetAsync();
        await WaitForAsync(() => server.Requests.Count == 1);
        Task stopped = _gateway!.StopAsync();
        release.SetResult();
        Assert.EndsWith("last", await held, StringComparison.Ordinal);
        await stopped.WaitAsync(Patience);
    }

    private Task StartAsync(RawHttpServer server) => StartAsync(server.Address);

    private Task StartAsync(params IPEndPoint[] servers) => StartAsync(new GatewayOptions(), servers);

    private async Task StartAsync(GatewayOptions options, params IPEndPoint[] servers)
    {
        foreach (IPEndPoint server in servers)
            _pool.Add(server);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _gateway = GatewayServer.Create((int)_listener.Handle, _pool, options);
        await _gateway.StartAsync(default).WaitAsync(Patience);
    }

    private Task<string> GetAsync() => AskAsync("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

    private async Task<string> AskAsync(string request)
    {
        using Socket client = await SendAsync(request);
        return await ReadToEndAsync(client);
    }

    private async Task<Socket> SendAsync(string request)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(_listener.LocalEndPoint!);
        await client.SendAsync(Encoding.Latin1.GetBytes(request));
        return client;
    }

    private static async Task<string> ReadToEndAsync(Socket client)
    {
        var answer = new StringBuilder();
        byte[] buffer = new byte[4096];
        int count;
        while ((count = await client.ReceiveAsync(buffer).WaitAsync(Patience)) > 0)
            answer.Append(Encoding.Latin1.GetString(buffer, 0, count));
        return answer.ToString();
    }

    /// <summary>An address where nobody listens.</summary>
    private static IPEndPoint Closed()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return (IPEndPoint)listener.LocalEndpoint;
    }

    private static async Task WaitForAsync(Func<bool> condition)
    {
        using var patience = new System.Threading.CancellationTokenSource(Patience);
        while (!condition())
            await Task.Delay(5, patience.Token);
    }
}
