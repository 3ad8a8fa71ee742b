// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using Uaas.Http.Tests.Support;

namespace Uaas.Http.Tests;

/// <summary>Content of requests: streamed, discarded or refused, and never taken for a request.</summary>
public class RequestBodyTests
{
    private const string Post = "POST / HTTP/1.1\r\nHost: a\r\n";
    private const string Chunked = Post + "Transfer-Encoding: chunked\r\n\r\n";
    private const string Next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [InlineData("Content-Length: 5\r\n\r\nhello", "hello")]
    [InlineData("Content-Length: 0\r\n\r\n", "")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n003\r\nllo\r\n000\r\n\r\n", "hello")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nA;x=y;z=\"q\"\r\n0123456789\r\n0;last\r\nTrailer-One: 1\r\nT:\r\n\r\n", "0123456789")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "")]
    public void Content_reaches_its_handler_and_the_next_request_follows(string rest, string expected)
    {
        BodyEchoHandler handler = new();
        TestTransport transport = new TestServer(handler).Connect();
        transport.Send(Post + rest + Next);
        Assert.Equal([expected], handler.Bodies);
        List<ParsedResponse> responses = ResponseReader.ReadAll(transport.Text);
        Assert.Equal([200, 411], responses.Select(r => r.Status));
        Assert.Equal(expected, responses[0].Body);
    }

    [Theory]
    [InlineData("Content-Length: 5\r\n\r\nGET /")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\n0\r\n\r\n")]
    public void Content_nobody_wants_is_discarded(string rest)
    {
        EchoHandler handler = new();
        TestTransport transport = new TestServer(handler).Connect();
        transport.Send(Post + rest + Next);
        Assert.Equal(["POST /", "GET /next"], handler.Seen);
        Assert.False(transport.IsFinished);
    }

    [Fact]
    public void Much_content_nobody_wants_closes_the_connection()
    {
        EchoHandler handler = new();
        TestTransport transport = new TestServer(handler, new HttpLimits { MaxDiscardedBody = 10 }).Connect();
        transport.Send(Post + "Content-Length: 11\r\n\r\n12345678901" + Next);
        Assert.Equal(["POST /"], handler.Seen);
        Assert.Equal("close", Assert.Single(ResponseReader.ReadAll(transport.Text)).Headers["Connection"]);
        Assert.True(transport.IsFinished);
    }

    [Fact]
    public void Many_chunks_nobody_wants_close_the_connection()
    {
        EchoHandler handler = new();
        TestTransport transport = new TestServer(handler, new HttpLimits { MaxDiscardedBody = 10 }).Connect();
        transport.Send(Chunked + "a\r\n1234567890\r\n");
        Assert.False(transport.IsFinished);
        transport.Send("1\r\n1\r\n0\r\n\r\n" + Next);
        Assert.True(transport.IsFinished);
        Assert.Equal(["POST /"], handler.Seen);
    }

    [Theory]
    [InlineData("Content-Length: 101\r\n\r\n")]
    [InlineData("Content-Length: 99999999999999999999\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n32\r\n01234567890123456789012345678901234567890123456789\r\n33\r\n012345678901234567890123456789012345678901234567890\r\n")]
    public void Content_beyond_the_limit_is_413(string rest)
    {
        BodyEchoHandler handler = new();
        TestTransport transport = new TestServer(handler, new HttpLimits { MaxBody = 100 }).Connect();
        transport.Send(Post + rest + Next);
        Assert.Empty(handler.Bodies);
        Assert.Equal(413, Assert.Single(ResponseReader.ReadAll(transport.Text)).Status);
        Assert.True(transport.IsFinished);
        Assert.Equal(rest.StartsWith('T') ? 1 : 0, handler.Aborts);
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("x\r\n")]
    [InlineData("-1\r\n")]
    [InlineData("0x5\r\nhello\r\n")]
    [InlineData(" 5\r\nhello\r\n")]
    [InlineData("5 \r\nhello\r\n")]
    [InlineData("5\nhello\r\n")]
    [InlineData("5\r\nhello")]
    [InlineData("5\r\nhelloX\r\n")]
    [InlineData("5\r\nhello\n0\r\n\r\n")]
    [InlineData("5\r\nhello\rX")]
    [InlineData("0000000000000005\r\nhello\r\n")]
    [InlineData("ffffffffffffffff\r\n")]
    [InlineData("5;a\nb\r\nhello\r\n")]
    [InlineData("5;a\0b\r\nhello\r\n")]
    [InlineData("0\r\n X: y\r\n\r\n")]
    [InlineData("0\r\nX : y\r\n\r\n")]
    [InlineData("0\r\nX\r\n\r\n")]
    [InlineData("0\r\nX: y\n\r\n")]
    [InlineData("0\r\nX: \u0001\r\n\r\n")]
    [InlineData("0\r\n\rX")]
    [InlineData("0\r\n\n")]
    public void Bad_chunks_are_400_and_close(string chunks)
    {
        BodyEchoHandler handler = new();
        TestTransport transport = new TestServer(handler).Connect();
        transport.Send(Chunked + chunks + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(400, Assert.Single(ResponseReader.ReadAll(transport.Text)).Status);
        Assert.True(transport.IsFinished);
        Assert.Empty(handler.Bodies);
        Assert.Equal(1, handler.Aborts);
    }

    [Fact]
    public void Where_content_cannot_matter_its_chunks_are_checked_before_the_request_is_served()
    {
        EchoHandler handler = new(takesContent: false);
        TestTransport bad = new TestServer(handler).Connect();
        bad.Send(Chunked + "5\r\nhello");
        Assert.Empty(handler.Seen);
        bad.Send("xyz\r\n" + Next);
        Assert.Empty(handler.Seen);
        Assert.Equal(400, Assert.Single(ResponseReader.ReadAll(bad.Text)).Status);
        Assert.True(bad.IsFinished);

        TestTransport good = new TestServer(handler).Connect();
        good.Send(Chunked + "5\r\nhello\r\n0\r\n\r\n" + Next);
        Assert.Equal(["POST /", "GET /next"], handler.Seen);

        // More than is looked at beforehand: served, and read on behind the answer.
        handler.Seen.Clear();
        TestTransport much = new TestServer(handler).Connect();
        much.Send(Chunked + "8000\r\n" + new string('x', 0x4000));
        Assert.Equal(["POST /"], handler.Seen);
    }

    [Theory]
    [InlineData("5;", "x")]
    [InlineData("0\r\nX: ", "y")]
    public void Chunk_extensions_and_trailers_are_bounded(string start, string filler)
    {
        BodyEchoHandler handler = new();
        TestTransport transport = new TestServer(handler).Connect();
        transport.Send(Chunked + start);
        for (int i = 0; i < 100; i++) transport.Send(string.Concat(Enumerable.Repeat(filler, 1000)));
        Assert.Equal(400, Assert.Single(ResponseReader.ReadAll(transport.Text)).Status);
        Assert.Equal(1, handler.Aborts);
    }

    [Fact]
    public void Extensions_in_many_chunks_are_bounded_together()
    {
        BodyEchoHandler handler = new();
        TestTransport transport = new TestServer(handler).Connect();
        transport.Send(Chunked);
        for (int i = 0; i < 100; i++) transport.Send("1;" + new string('x', 200) + "\r\na\r\n");
        Assert.Equal(400, Assert.Single(ResponseReader.ReadAll(transport.Text)).Status);
    }

    [Fact]
    public void Whoever_waits_for_100_gets_it_when_the_content_is_wanted()
    {
        BodyEchoHandler handler = new();
        TestTransport transport = new TestServer(handler).Connect();
        transport.Send(Post + "Content-Length: 5\r\nExpect: 100-Continue\r\n\r\n");
        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", transport.Text);
        transport.Send("hello" + Next);
        Assert.Equal([100, 200, 411], ResponseReader.ReadAll(transport.Text).Select(r => r.Status));
    }

    [Fact]
    public void Whoever_waits_for_100_in_vain_gets_the_answer_and_the_end()
    {
        EchoHandler handler = new();
        TestTransport transport = new TestServer(handler).Connect();
        transport.Send(Post + "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
        ParsedResponse response = Assert.Single(ResponseReader.ReadAll(transport.Text));
        Assert.Equal("close", response.Headers["Connection"]);
        Assert.True(transport.IsFinished);
    }

    [Fact]
    public void Http_1_0_and_empty_content_get_no_100()
    {
        BodyEchoHandler handler = new();
        TestServer server = new(handler);
        string text = server.Ask("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx");
        Assert.Equal([200], ResponseReader.ReadAll(text).Select(r => r.Status));
        text = server.Ask(Post + "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal([200], ResponseReader.ReadAll(text).Select(r => r.Status));
        text = server.Ask("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n");
        Assert.Equal([411], ResponseReader.ReadAll(text).Select(r => r.Status));
    }

    [Fact]
    public void A_handler_may_take_content_slowly()
    {
        BodyEchoHandler handler = new() { Appetite = 3 };
        TestTransport transport = new TestServer(handler).Connect();
        transport.Send(Chunked + "a\r\n0123456789\r\n0\r\n\r\n");
        Assert.Equal(["0123456789"], handler.Bodies);

        Sipping body = new(4);
        HttpResponse? pending = null;
        transport = new TestServer(new LambdaHandler((in HttpRequest request, HttpResponse response) =>
        {
            pending = response;
            request.ReceiveBody(body);
        })).Connect();
        transport.Send(Post + "Content-Length: 10\r\n\r\n0123456789" + Next);
        Assert.Equal(6 + Next.Length, transport.Unconsumed);
        body.Allowed = 100;
        pending!.ResumeBody();
        transport.Pump();
        Assert.Equal(Next.Length, transport.Unconsumed);
        Assert.True(body.IsComplete);
    }

    [Fact]
    public void A_handler_may_answer_before_the_content_has_come()
    {
        Sipping body = new(100);
        TestTransport transport = new TestServer(new LambdaHandler((in HttpRequest request, HttpResponse response) =>
        {
            if (request.HasBody) request.ReceiveBody(body);
            response.SendStatus(HttpStatus.Ok);
        })).Connect();
        transport.Send(Post + "Content-Length: 10\r\nConnection: close\r\n\r\n01234");
        Assert.Single(ResponseReader.ReadAll(transport.Text));
        Assert.False(transport.IsFinished);
        transport.Send("56789");
        Assert.Equal(90, body.Allowed);
        Assert.True(transport.IsFinished);
    }

    [Fact]
    public void Content_that_ends_early_is_told_to_its_handler()
    {
        BodyEchoHandler handler = new();
        TestServer server = new(handler);
        TestTransport transport = server.Connect();
        transport.Send(Post + "Content-Length: 10\r\n\r\n01234");
        transport.PeerFinishes();
        Assert.Equal(1, handler.Aborts);
        Assert.Equal(400, Assert.Single(ResponseReader.ReadAll(transport.Text)).Status);

        transport = server.Connect();
        transport.Send(Post + "Content-Length: 10\r\n\r\n01234");
        transport.Close();
        Assert.Equal(2, handler.Aborts);
        Assert.Equal(2, handler.Abandonments);
    }

    /// <summary>Takes as many bytes as it is allowed.</summary>
    private sealed class Sipping(int allowed) : RequestBody
    {
        public int Allowed { get; set; } = allowed;

        public bool IsComplete { get; private set; }

        public override int Receive(HttpResponse response, ReadOnlySpan<byte> data)
        {
            int count = Math.Min(Allowed, data.Length);
            Allowed -= count;
            return count;
        }

        public override void Completed(HttpResponse response) => IsComplete = true;

        public override void Aborted(HttpResponse response) => Assert.Fail("aborted");
    }
}
