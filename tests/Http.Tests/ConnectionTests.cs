// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Uaas.Http.Tests.Support;

namespace Uaas.Http.Tests;

/// <summary>A connection's life: requests in, responses out, in order, and when it closes.</summary>
public class ConnectionTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Fact]
    public void A_request_is_answered_byte_for_byte()
    {
        TestServer server = new(new EchoHandler());
        Assert.Equal(
            "HTTP/1.1 200 OK\r\n" + TestServer.DateLine + "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nGET /", server.Ask(Get));
    }

    [Fact]
    public void The_connection_stays_open_for_the_next_request()
    {
        TestServer server = new(new EchoHandler());
        TestTransport transport = server.Connect();
        for (int i = 0; i < 100; i++) transport.Send($"GET /{i} HTTP/1.1\r\nHost: a\r\n\r\n");
        List<ParsedResponse> responses = ResponseReader.ReadAll(transport.Text);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"GET /{i}"), responses.Select(r => r.Body));
        Assert.False(transport.IsFinished);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "close", true)]
    [InlineData("GET / HTTP/1.0\r\n\r\n", "close", true)]
    [InlineData("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "keep-alive", false)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n", null, false)]
    public void Connection_rules_are_kept(string request, string? connection, bool closes)
    {
        TestTransport transport = new TestServer(new EchoHandler()).Connect();
        transport.Send(request);
        ParsedResponse response = Assert.Single(ResponseReader.ReadAll(transport.Text));
        Assert.Equal(connection, response.Headers.GetValueOrDefault("Connection"));
        Assert.Equal(closes, transport.IsFinished);
    }

    [Fact]
    public void Nothing_behind_a_closing_request_is_served()
    {
        EchoHandler handler = new();
        TestTransport transport = new TestServer(handler).Connect();
        transport.Send("GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
        transport.Send("GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(["GET /1"], handler.Seen);
        Assert.Equal(0, transport.Unconsumed);
    }

    [Fact]
    public void Pipelined_requests_are_answered_in_order_with_one_offer()
    {
        TestTransport transport = new TestServer(new EchoHandler()).Connect();
        transport.Send(string.Concat(Enumerable.Range(0, 8).Select(i => $"GET /{i} HTTP/1.1\r\nHost: a\r\n\r\n")));
        Assert.Equal(Enumerable.Range(0, 8).Select(i => $"GET /{i}"), ResponseReader.ReadAll(transport.Text).Select(r => r.Body));
        Assert.Equal(1, transport.OfferCalls);
    }

    [Fact]
    public void Pipelining_stops_at_a_bound_until_the_client_acknowledges()
    {
        EchoHandler handler = new();
        TestServer server = new(handler);
        TestTransport transport = server.Connect();
        transport.AutoAcknowledge = false;
        transport.Send(string.Concat(Enumerable.Range(0, 200).Select(i => $"GET /{i} HTTP/1.1\r\nHost: a\r\n\r\n")));
        Assert.InRange(handler.Seen.Count, 2, 40);
        Assert.NotEqual(0, transport.Unconsumed);
        for (int i = 0; i < 200; i++) transport.AcknowledgeAll();
        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"GET /{i}"), ResponseReader.ReadAll(transport.Text).Select(r => r.Body));
        Assert.Equal(0, server.Server.Buffers.InUse);
    }

    [Fact]
    public void An_idle_connection_holds_no_buffer()
    {
        TestServer server = new(new EchoHandler());
        TestTransport transport = server.Connect();
        transport.AutoAcknowledge = false;
        transport.Send(Get);
        Assert.Equal(1, server.Server.Buffers.InUse);
        transport.AcknowledgeAll();
        Assert.Equal(0, server.Server.Buffers.InUse);
    }

    [Fact]
    public void Acknowledgements_may_come_in_any_portions()
    {
        byte[] content = Pattern(5000);
        PatternBody body = new(content);
        TestServer server = new(new LambdaHandler((in HttpRequest request, HttpResponse response) =>
        {
            response.Start(HttpStatus.Ok);
            response.Send(body);
        }));
        TestTransport transport = server.Connect();
        transport.AutoAcknowledge = false;
        transport.SegmentSize = 333;
        transport.Send(Get);
        for (long offset = 1; offset < transport.Offered; offset += 7) transport.Acknowledge(offset);
        Assert.Equal(0, body.Releases);
        transport.Acknowledge(transport.Offered);
        Assert.Equal(1, body.Releases);
        Assert.Equal(5000, body.AcknowledgedTo);
        Assert.Equal(content, transport.Received[^5000..]);
    }

    [Fact]
    public void Content_that_is_not_at_hand_is_waited_for()
    {
        PatternBody body = new(Pattern(1000)) { AtHand = 10 };
        HttpResponse kept = null!;
        TestTransport transport = new TestServer(new LambdaHandler((in HttpRequest request, HttpResponse response) =>
        {
            kept = response;
            response.Start(HttpStatus.Ok);
            response.Send(body);
        })).Connect();
        transport.Send(Get);
        int before = transport.Received.Length;
        Assert.Equal(10, before - transport.Text.IndexOf("\r\n\r\n", StringComparison.Ordinal) - 4);
        body.AtHand = 1000;
        kept.ResumeSend();
        transport.Pump();
        Assert.Equal(before + 990, transport.Received.Length);
        Assert.Equal(1, body.Releases);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Content_that_cannot_be_had_aborts_the_connection(bool within)
    {
        PatternBody body = new(Pattern(1000)) { Fails = true };
        TestServer server = new(new LambdaHandler((in HttpRequest request, HttpResponse response) =>
        {
            response.Start(HttpStatus.Ok);
            response.Send(body);
        }));
        TestTransport transport = server.Connect();
        transport.ClosesWithinAbort = within;
        transport.Send(Get);
        Assert.True(transport.IsAborted);
        Assert.Equal(1, body.Releases);
        Assert.Equal(0, server.Server.ActiveConnections);
        Assert.Equal(0, server.Server.Buffers.InUse);
    }

    [Fact]
    public void A_range_of_a_body_is_sent()
    {
        PatternBody body = new(Pattern(1000));
        TestTransport transport = new TestServer(new LambdaHandler((in HttpRequest request, HttpResponse response) =>
        {
            response.Start(HttpStatus.PartialContent);
            response.Send(body, 100, 50);
        })).Connect();
        transport.Send(Get);
        Assert.Equal(Pattern(1000)[100..150], transport.Received[^50..]);
        Assert.Contains("Content-Length: 50\r\n", transport.Text, StringComparison.Ordinal);
        Assert.Equal(1, body.Releases);
    }

    [Fact]
    public void Head_gets_the_fields_of_get_and_no_content()
    {
        PatternBody body = new(Pattern(1000));
        TestTransport transport = new TestServer(new LambdaHandler((in HttpRequest request, HttpResponse response) =>
        {
            response.Start(HttpStatus.Ok);
            if (request.Query.Length > 0) response.Send("small"u8);
            else response.Send(body);
        })).Connect();
        transport.Send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nHEAD /?s HTTP/1.1\r\nHost: a\r\n\r\n");
        List<ParsedResponse> responses = ResponseReader.ReadAll(transport.Text, "HEAD", "HEAD");
        Assert.Equal(["1000", "5"], responses.Select(r => r.Headers["Content-Length"]));
        Assert.Equal(1, body.Releases);
    }

    [Theory]
    [InlineData(HttpStatus.NoContent)]
    [InlineData(HttpStatus.NotModified)]
    public void Statuses_without_content_have_none(HttpStatus status)
    {
        PatternBody body = new(Pattern(10));
        TestTransport transport = new TestServer(new LambdaHandler((in HttpRequest request, HttpResponse response) =>
        {
            response.Start(status);
            if (request.Query.Length > 0) response.SendEmpty();
            else response.Send(body);
        })).Connect();
        transport.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /?s HTTP/1.1\r\nHost: a\r\n\r\n");
        List<ParsedResponse> responses = ResponseReader.ReadAll(transport.Text);
        Assert.Equal(2, responses.Count);
        Assert.All(responses, r => Assert.DoesNotContain("Content-Length", r.Headers.Keys));
        Assert.Equal(1, body.Releases);
    }

    [Fact]
    public void A_response_head_that_is_too_large_becomes_a_500()
    {
        PatternBody body = new(Pattern(10));
        TestServer server = new(new LambdaHandler((in HttpRequest request, HttpResponse response) =>
        {
            response.Start(HttpStatus.Ok);
            for (int i = 0; i < 1000; i++) response.AddHeader("X-Long"u8, "yes"u8);
            response.Send(body);
        }));
        TestTransport transport = server.Connect();
        transport.Send(Get);
        Assert.Equal(500, Assert.Single(ResponseReader.ReadAll(transport.Text)).Status);
        Assert.True(transport.IsFinished);
        Assert.Equal(1, body.Releases);
        Assert.Equal(1, server.Server.Counters.BadResponses);
    }

    [Theory]
    [InlineData("a\r\nSet-Cookie: b")]
    [InlineData("a\n")]
    [InlineData("\0")]
    public void A_field_that_would_split_the_response_becomes_a_500(string value)
    {
        string text = new TestServer(new LambdaHandler((in HttpRequest request, HttpResponse response) =>
        {
            response.Start(HttpStatus.Found);
            response.AddHeader("Location"u8, Encoding.Latin1.GetBytes(value));
            response.SendEmpty();
        })).Ask(Get);
        ParsedResponse response = Assert.Single(ResponseReader.ReadAll(text));
        Assert.Equal(500, response.Status);
        Assert.DoesNotContain("Set-Cookie", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", 405)]
    [InlineData("TRACE", 405)]
    [InlineData("BREW", 501)]
    public void A_method_is_refused_with_405_or_501(string method, int status)
    {
        string text = new TestServer(new LambdaHandler((in HttpRequest request, HttpResponse response) => response.RefuseMethod(request, "PUT"u8)))
            .Ask($"{method} / HTTP/1.1\r\nHost: a\r\n\r\n");
        ParsedResponse response = Assert.Single(ResponseReader.ReadAll(text));
        Assert.Equal(status, response.Status);
        Assert.Equal(status == 405 ? "PUT" : null, response.Headers.GetValueOrDefault("Allow"));
    }

    [Fact]
    public void Empty_lines_before_a_request_are_skipped_but_not_many()
    {
        EchoHandler handler = new();
        TestTransport transport = new TestServer(handler).Connect();
        transport.Send("\r\n\r\n" + Get + "\r\n" + Get);
        Assert.Equal(2, handler.Seen.Count);
        transport.Send("\r\n\r\n\r\n\r\n\r\n" + Get);
        Assert.Equal([200, 200, 400], ResponseReader.ReadAll(transport.Text).Select(r => r.Status));
    }

    [Fact]
    public void A_deferred_response_holds_the_next_request_back()
    {
        DeferringHandler handler = new();
        TestTransport transport = new TestServer(handler).Connect();
        transport.Send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(["/1"], handler.Targets);
        handler.Waiting[0].Start(HttpStatus.Ok);
        transport.Pump();
        handler.Waiting[0].Send("one"u8);
        transport.Pump();
        Assert.Equal(["/1", "/2"], handler.Targets);
        handler.Waiting[1].SendStatus(HttpStatus.NotFound);
        transport.Pump();
        Assert.Equal(["one", "404 Not Found\r\n"], ResponseReader.ReadAll(transport.Text).Select(r => r.Body));
        Assert.Empty(handler.Dropped);
    }

    [Fact]
    public void A_deferred_response_whose_connection_goes_is_abandoned()
    {
        DeferringHandler handler = new();
        TestServer server = new(handler);
        TestTransport transport = server.Connect();
        transport.Send(Get);
        handler.Waiting[0].Start(HttpStatus.Ok);
        transport.Close();
        Assert.Same(handler.Waiting[0], Assert.Single(handler.Dropped));
        Assert.Equal(0, server.Server.Buffers.InUse);
        Assert.Equal(0, server.Server.ActiveConnections);
    }

    [Fact]
    public void A_handler_that_answers_twice_is_heard_once()
    {
        PatternBody body = new(Pattern(10));
        PatternBody stream = new(Pattern(10), knowsLength: false);
        TestTransport transport = new TestServer(new LambdaHandler((in HttpRequest request, HttpResponse response) =>
        {
            response.SendStatus(HttpStatus.Ok);
            response.SendStatus(HttpStatus.NotFound);
            response.Start(HttpStatus.Ok);
            response.Send(body);
            response.Stream(stream);
            response.Produced(5);
            response.End();
        })).Connect();
        transport.Send(Get + Get);
        Assert.Equal([200, 200], ResponseReader.ReadAll(transport.Text).Select(r => r.Status));
        Assert.Equal((2, 2), (body.Releases, stream.Releases));
    }

    [Fact]
    public void A_handler_that_answers_nobody_is_not_heard()
    {
        DeferringHandler handler = new();
        TestServer server = new(handler);
        TestTransport transport = server.Connect();
        transport.Send(Get);
        transport.Close();
        handler.Waiting[0].SendStatus(HttpStatus.Ok);
        handler.Waiting[0].ResumeSend();
        handler.Waiting[0].ResumeBody();
        handler.Waiting[0].Abort();
        Assert.Equal(0, server.Server.Buffers.InUse);
        Assert.Equal(0, server.Server.Counters.Responses2xx);
    }

    [Fact]
    public void A_client_that_closes_its_side_still_gets_all_its_answers()
    {
        DeferringHandler handler = new();
        TestTransport transport = new TestServer(handler).Connect();
        transport.Send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HT");
        transport.PeerFinishes();
        handler.Waiting[0].SendStatus(HttpStatus.Ok);
        transport.Pump();
        Assert.False(transport.IsFinished);
        handler.Waiting[1].SendStatus(HttpStatus.Ok);
        transport.Pump();
        Assert.Equal(2, ResponseReader.ReadAll(transport.Text).Count);
        Assert.True(transport.IsFinished);
    }

    [Fact]
    public void A_client_that_only_connects_and_closes_costs_nothing()
    {
        TestServer server = new(new EchoHandler());
        TestTransport transport = server.Connect();
        transport.PeerFinishes();
        Assert.True(transport.IsFinished);
        transport.Close();
        Assert.Equal(0, server.Server.ActiveConnections);
        Assert.Equal(0, server.Server.Buffers.Made);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_handler_may_abort(bool within)
    {
        TestServer server = new(new LambdaHandler((in HttpRequest request, HttpResponse response) => response.Abort()));
        TestTransport transport = server.Connect();
        transport.ClosesWithinAbort = within;
        transport.Send(Get + Get);
        Assert.True(transport.IsAborted);
        Assert.Equal(0, server.Server.ActiveConnections);
        Assert.Equal(1, server.Server.Counters.Requests);
    }

    [Fact]
    public void Connection_objects_serve_one_client_after_the_other()
    {
        TestServer server = new(new EchoHandler(), new HttpLimits { MaxConnections = 2, MaxOverloadConnections = 0 });
        for (int i = 0; i < 50; i++)
        {
            TestTransport first = server.Connect();
            TestTransport second = server.Connect();
            Assert.Null(server.Server.Open());
            first.Send("GET /1 HTTP/1.1\r\nHost: a");
            second.Send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
            first.Send("\r\n\r\n");
            Assert.EndsWith("GET /1", first.Text, StringComparison.Ordinal);
            Assert.EndsWith("GET /2", second.Text, StringComparison.Ordinal);
            first.Close();
            second.Close();
        }

        Assert.Equal(50, server.Server.Counters.RefusedConnections);
        Assert.Equal(100, server.Server.Counters.Connections);
    }

    [Fact]
    public void Counters_count()
    {
        TestServer server = new(new EchoHandler());
        TestTransport transport = server.Connect();
        transport.Send(Get);
        transport.Send("G");
        transport.Send("ET / HTTP/3.0\r\n\r\n");
        HttpCounters counters = server.Server.Counters;
        Assert.Equal(1, counters.Requests);
        Assert.Equal(1, counters.RejectedRequests);
        Assert.Equal(1, counters.Responses2xx);
        Assert.Equal(1, counters.Responses5xx);
        Assert.Equal(Get.Length + "GET / HTTP/3.0\r\n\r\n".Length, counters.BytesReceived);
        Assert.Equal(transport.Received.Length, counters.BytesSent);
    }

    [Fact]
    public void A_request_allocates_nothing()
    {
        TestServer server = new(new FixedHandler());
        HttpConnection connection = server.Server.Open()!;
        SilentTransport transport = new();
        connection.Established(transport);
        byte[] request = Encoding.ASCII.GetBytes("GET /a/../b%20c?d HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n");
        byte[] frame = new byte[2000];
        long before = 0;
        for (int i = 0; i < 1100; i++)
        {
            if (i == 100) before = GC.GetAllocatedBytesForCurrentThread();
            if (connection.Receive(request) != request.Length) Assert.Fail("not consumed");
            int length = (int)(transport.Offered - transport.Supplied);
            if (connection.Supply(transport.Supplied, frame.AsSpan(0, length)) != length) Assert.Fail("not supplied");
            transport.Supplied = transport.Offered;
            connection.Acknowledged(transport.Offered);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private sealed class FixedHandler : HttpHandler
    {
        public override void Handle(in HttpRequest request, HttpResponse response)
        {
            if (request.ReadPath(out _) != RequestPathResult.Ok) response.SendStatus(HttpStatus.BadRequest);
            AcceptEncoding accept = AcceptEncoding.Read(in request);
            response.Start(HttpStatus.Ok);
            response.AddHeader("X-Gzip"u8, accept.Gzip);
            response.Send("content"u8);
        }
    }

    private static byte[] Pattern(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 31 + i / 256))];
}
