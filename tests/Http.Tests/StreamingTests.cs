// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Uaas.Http.Tests.Support;

namespace Uaas.Http.Tests;

/// <summary>Content whose length nobody knows beforehand, and connections that are taken over.</summary>
public class StreamingTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    private static readonly byte[] Content = [.. Enumerable.Range(0, 100_000).Select(i => (byte)('a' + i % 23))];

    private readonly PatternBody _body = new(Content, knowsLength: false);
    private readonly TestServer _server;
    private HttpResponse _response = null!;

    public StreamingTests()
    {
        _server = new TestServer(new LambdaHandler((in HttpRequest request, HttpResponse response) =>
        {
            _response = response;
            response.Start(HttpStatus.Ok);
            response.Stream(_body);
        }));
    }

    [Fact]
    public void It_is_chunked_and_the_connection_lives_on()
    {
        TestTransport transport = _server.Connect();
        transport.Send(Get);
        Produce(transport, 1);
        Produce(transport, 15);
        Produce(transport, 16);
        Produce(transport, 4096);
        _response.End();
        transport.Pump();
        ParsedResponse response = Assert.Single(ResponseReader.ReadAll(transport.Text));
        Assert.Equal("chunked", response.Headers["Transfer-Encoding"]);
        Assert.Equal(Text(4128), response.Body);
        Assert.Equal(1, _body.Releases);
        Assert.False(transport.IsFinished);
        Assert.Equal(0, _server.Server.Buffers.InUse);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(100)]
    public void Chunk_framing_survives_any_segmentation(int segmentSize)
    {
        TestTransport transport = _server.Connect();
        transport.SegmentSize = segmentSize;
        transport.Send(Get);
        Produce(transport, 300);
        Produce(transport, 5);
        _response.End();
        transport.Pump();
        Assert.Equal(Text(305), Assert.Single(ResponseReader.ReadAll(transport.Text)).Body);
        Assert.Equal(1, _body.Releases);
    }

    [Fact]
    public void A_client_that_reads_nothing_costs_a_bounded_number_of_parts()
    {
        TestTransport transport = _server.Connect();
        transport.AutoAcknowledge = false;
        transport.Window = 200;
        transport.Send(Get);
        for (int i = 0; i < 1000; i++) Produce(transport, 100);
        Assert.True(transport.Offered < 10_000);
        _response.End();
        transport.Window = long.MaxValue;
        for (int i = 0; i < 1000; i++) transport.AcknowledgeAll();
        Assert.Equal(Text(100_000), Assert.Single(ResponseReader.ReadAll(transport.Text)).Body);
        Assert.Equal(1, _body.Releases);
        Assert.Equal(100_000, _body.AcknowledgedTo);
    }

    [Fact]
    public void Http_1_0_sees_the_end_when_the_connection_closes()
    {
        TestTransport transport = _server.Connect();
        transport.Send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        Produce(transport, 10);
        Produce(transport, 10);
        Assert.False(transport.IsFinished);
        _response.End();
        transport.Pump();
        ParsedResponse response = Assert.Single(ResponseReader.ReadAll(transport.Text));
        Assert.DoesNotContain("Transfer-Encoding", response.Headers.Keys);
        Assert.Equal("close", response.Headers["Connection"]);
        Assert.Equal(Text(20), response.Body);
        Assert.True(transport.IsFinished);
        Assert.Equal(1, _body.Releases);
    }

    [Fact]
    public void Head_ends_at_once()
    {
        TestTransport transport = _server.Connect();
        transport.Send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(ResponseState.Sent, _response.State);
        Assert.Equal(1, _body.Releases);
        Produce(transport, 10);
        _response.End();
        Assert.Equal("chunked", Assert.Single(ResponseReader.ReadAll(transport.Text, "HEAD")).Headers["Transfer-Encoding"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_client_that_goes_releases_the_body_once(bool afterEnd)
    {
        TestTransport transport = _server.Connect();
        transport.AutoAcknowledge = false;
        transport.Send(Get);
        Produce(transport, 10);
        if (afterEnd) _response.End();
        transport.Close();
        Assert.Equal(1, _body.Releases);
        Assert.Equal(0, _server.Server.Buffers.InUse);
        Assert.Equal(0, _server.Server.ActiveConnections);
    }

    [Fact]
    public void The_next_request_waits_for_the_end()
    {
        TestTransport transport = _server.Connect();
        transport.Send(Get + Get);
        HttpResponse first = _response;
        Produce(transport, 5);
        Assert.Equal(1, _server.Server.Counters.Requests);
        first.End();
        transport.Pump();
        Assert.Equal(2, _server.Server.Counters.Requests);
    }

    [Fact]
    public void An_upgrade_takes_the_connection_over()
    {
        Echo echo = new();
        PatternBody outgoing = new(Content, knowsLength: false);
        HttpResponse? kept = null;
        TestServer server = new(new LambdaHandler((in HttpRequest request, HttpResponse response) =>
        {
            kept = response;
            response.Upgrade("websocket"u8, outgoing, echo);
        }));
        TestTransport transport = server.Connect();
        transport.Send("GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nGET / raw");
        transport.Send("\r\n\r\n\0");
        Assert.Equal("GET / raw\r\n\r\n\0", echo.Text);
        kept!.Produced(100);
        transport.Pump();
        string head = "HTTP/1.1 101 Switching Protocols\r\n" + TestServer.DateLine + "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
        Assert.Equal(head + Text(100), transport.Text);
        transport.PeerFinishes();
        Assert.True(echo.IsCompleted);
        kept.Produced(5);
        kept.End();
        transport.Pump();
        Assert.Equal(head + Text(105), transport.Text);
        Assert.True(transport.IsFinished);
        Assert.Equal(1, outgoing.Releases);
    }

    private void Produce(TestTransport transport, int count)
    {
        _response.Produced(count);
        transport.Pump();
    }

    private static string Text(int length) => Encoding.ASCII.GetString(Content, 0, length);

    private sealed class Echo : RequestBody
    {
        public string Text { get; private set; } = "";

        public bool IsCompleted { get; private set; }

        public override int Receive(HttpResponse response, ReadOnlySpan<byte> data)
        {
            Text += Encoding.Latin1.GetString(data);
            return data.Length;
        }

        public override void Completed(HttpResponse response) => IsCompleted = true;

        public override void Aborted(HttpResponse response) => Assert.Fail("aborted");
    }
}
