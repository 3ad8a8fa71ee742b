// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Uaas.Http.Tests.Support;
using Uaas.Net.Tcp;

namespace Uaas.Http.Tests;

/// <summary>The server on the guest's own TCP, over links good and bad.</summary>
public class OverTcpTests
{
    private readonly HttpClock _clock = new();

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0.02)]
    [InlineData(3, 0.1)]
    [InlineData(4, 0.1)]
    [InlineData(5, 0.2)]
    public void Files_arrive_whole(int seed, double trouble)
    {
        byte[] content = new byte[100_000];
        new Random(seed).NextBytes(content);
        HttpServer server = new(new LambdaHandler((in HttpRequest request, HttpResponse response) =>
        {
            response.Start(HttpStatus.Ok);
            response.Send(new PatternBody(content));
        }), new HttpLimits(), _clock, null);
        LossyLink link = new(_clock, seed, trouble);
        Assert.True(link.Server.Tcp.Listen(80, new TcpHttpListener(server)));
        Client client = new(string.Concat(Enumerable.Repeat("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 4)) + "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.NotNull(link.Client.Tcp.Connect(LossyLink.ServerAddress, 80, client));
        Assert.True(link.Until(() => client.IsClosed && server.ActiveConnections == 0), $"{client.Received.Count} B, closed {client.IsClosed}");
        string text = Encoding.Latin1.GetString(client.Received.ToArray());
        List<ParsedResponse> responses = ResponseReader.ReadAll(text);
        Assert.Equal(5, responses.Count);
        Assert.All(responses, r => Assert.Equal(Encoding.Latin1.GetString(content), r.Body));
        Assert.Equal(0, server.Buffers.InUse);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0.1)]
    public void Content_of_requests_arrives_whole(int seed, double trouble)
    {
        BodyEchoHandler handler = new();
        HttpServer server = new(handler, new HttpLimits(), _clock, null);
        LossyLink link = new(_clock, seed, trouble);
        Assert.True(link.Server.Tcp.Listen(80, new TcpHttpListener(server)));
        string content = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{i} "));
        Client client = new($"POST / HTTP/1.0\r\nContent-Length: {content.Length}\r\n\r\n{content}");
        Assert.NotNull(link.Client.Tcp.Connect(LossyLink.ServerAddress, 80, client));
        Assert.True(link.Until(() => client.IsClosed));
        Assert.Equal([content], handler.Bodies);
        Assert.Equal(content, Assert.Single(ResponseReader.ReadAll(Encoding.Latin1.GetString(client.Received.ToArray()))).Body);
    }

    [Fact]
    public void A_silent_client_is_closed_by_the_timer_of_tcp()
    {
        HttpServer server = new(new EchoHandler(), new HttpLimits { HeaderTimeout = 2 * HttpLimits.Second }, _clock, null);
        LossyLink link = new(_clock, 1, 0);
        Assert.True(link.Server.Tcp.Listen(80, new TcpHttpListener(server)));
        Client client = new("GET / HT");
        Assert.NotNull(link.Client.Tcp.Connect(LossyLink.ServerAddress, 80, client));
        long start = link.Now;
        Assert.True(link.Until(() => client.IsClosed));
        Assert.InRange(link.Now - start, 2 * HttpLimits.Second, 3 * HttpLimits.Second);
        Assert.StartsWith("HTTP/1.1 408 ", Encoding.Latin1.GetString(client.Received.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_body_that_fails_resets_the_client()
    {
        HttpServer server = new(new LambdaHandler((in HttpRequest request, HttpResponse response) =>
        {
            response.Start(HttpStatus.Ok);
            response.Send(new PatternBody(new byte[1000]) { Fails = true });
        }), new HttpLimits(), _clock, null);
        LossyLink link = new(_clock, 1, 0);
        Assert.True(link.Server.Tcp.Listen(80, new TcpHttpListener(server)));
        Client client = new("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.NotNull(link.Client.Tcp.Connect(LossyLink.ServerAddress, 80, client));
        Assert.True(link.Until(() => client.IsClosed && server.ActiveConnections == 0));
        Assert.Equal(TcpCloseReason.ResetByPeer, client.Reason);
    }

    /// <summary>Sends its request, keeps what it gets, and closes when the server does.</summary>
    private sealed class Client(string request) : TcpHandler
    {
        private readonly byte[] _request = Encoding.Latin1.GetBytes(request);

        public List<byte> Received { get; } = [];

        public bool IsClosed { get; private set; }

        public TcpCloseReason? Reason { get; private set; }

        public override void Established(TcpConnection connection) => connection.Offer(_request.Length);

        public override int Receive(TcpConnection connection, ReadOnlySpan<byte> data)
        {
            Received.AddRange(data.ToArray());
            return data.Length;
        }

        public override int Supply(TcpConnection connection, long offset, Span<byte> destination)
        {
            _request.AsSpan((int)offset, destination.Length).CopyTo(destination);
            return destination.Length;
        }

        public override void Acknowledged(TcpConnection connection, long offset)
        {
        }

        public override void PeerFinished(TcpConnection connection)
        {
            connection.Finish();
            IsClosed = true;
        }

        public override void TimerFired(TcpConnection connection)
        {
        }

        public override void Closed(TcpConnection connection, TcpCloseReason reason)
        {
            IsClosed = true;
            Reason = reason;
        }
    }
}
