// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using Uaas.Http.Tests.Support;

namespace Uaas.Http.Tests;

/// <summary>What happens at each bound of size and time, exactly at it and one beyond.</summary>
public class LimitsTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    private static readonly HttpLimits Limits = new()
    {
        MaxRequestLine = 50,
        MaxHeadSize = 200,
        MaxHeaderCount = 5,
        HeaderTimeout = 10 * HttpLimits.Second,
        IdleTimeout = 20 * HttpLimits.Second,
        BodyTimeout = 5 * HttpLimits.Second,
        SendTimeout = 15 * HttpLimits.Second,
        LingerTimeout = 3 * HttpLimits.Second,
    };

    [Theory]
    [InlineData(50, 200)]
    [InlineData(51, 414)]
    [InlineData(1000, 414)]
    public void The_request_line_is_bounded(int length, int status) =>
        Expect(status, "GET /" + new string('x', length - 14) + " HTTP/1.1\r\nHost: a\r\n\r\n");

    [Theory]
    [InlineData(200, 200)]
    [InlineData(201, 431)]
    [InlineData(20_000, 431)]
    public void The_head_is_bounded(int length, int status) =>
        Expect(status, "GET / HTTP/1.1\r\nHost: a\r\nX: " + new string('x', length - 32) + "\r\n\r\n");

    [Theory]
    [InlineData(5, 200)]
    [InlineData(6, 431)]
    [InlineData(20, 431)]
    public void The_number_of_fields_is_bounded(int count, int status) =>
        Expect(status, "GET / HTTP/1.1\r\nHost: a\r\n" + string.Concat(Enumerable.Repeat("X: y\r\n", count - 1)) + "\r\n");

    [Fact]
    public void Limits_that_could_not_work_are_held_to_ones_that_can()
    {
        HttpLimits limits = new()
        {
            MaxRequestLine = 0,
            MaxHeadSize = int.MaxValue,
            MaxHeaderCount = 1000,
            MaxConnections = -1,
            MaxBufferedResponse = 1 << 20,
            ResponseBufferSize = 1024,
            IdleTimeout = long.MaxValue,
        };
        Assert.Equal((16, 65_535, 255), (limits.MaxRequestLine, limits.MaxHeadSize, limits.MaxHeaderCount));
        Assert.Equal((1, 1024, 86_400 * HttpLimits.Second), (limits.MaxConnections, limits.MaxBufferedResponse, limits.IdleTimeout));
        Assert.Equal(431, Assert.Single(ResponseReader.ReadAll(new TestServer(new EchoHandler(), limits).Ask("GET / HTTP/1.1\r\n" + string.Concat(Enumerable.Repeat("X: y\r\n", 300))))).Status);
    }

    [Fact]
    public void A_head_beyond_its_bound_is_rejected_before_it_ends()
    {
        TestTransport transport = new TestServer(new EchoHandler(), Limits).Connect();
        transport.Send("GET /" + new string('x', 45));
        Assert.Empty(transport.Received);
        transport.Send("x");
        Assert.Equal(414, Assert.Single(ResponseReader.ReadAll(transport.Text)).Status);
        Assert.Equal(0, transport.Unconsumed);
    }

    [Fact]
    public void A_slow_head_gets_408_however_often_a_byte_comes()
    {
        TestServer server = new(new EchoHandler(), Limits);
        TestTransport transport = server.Connect();
        for (int i = 0; i < 9; i++)
        {
            transport.Send(Get[i..(i + 1)]);
            server.Pass(1, transport);
        }

        Assert.Empty(transport.Received);
        server.Pass(1.1, transport);
        Assert.Equal(408, Assert.Single(ResponseReader.ReadAll(transport.Text)).Status);
        Assert.True(transport.IsFinished);
    }

    [Fact]
    public void A_connection_that_says_nothing_is_closed_without_a_word()
    {
        TestServer server = new(new EchoHandler(), Limits);
        TestTransport transport = server.Connect();
        server.Pass(9.9, transport);
        Assert.False(transport.IsFinished);
        server.Pass(0.2, transport);
        Assert.True(transport.IsFinished);
        Assert.Empty(transport.Received);
    }

    [Fact]
    public void An_idle_connection_is_closed_without_a_word()
    {
        TestServer server = new(new EchoHandler(), Limits);
        TestTransport transport = server.Connect();
        transport.Send(Get);
        int length = transport.Received.Length;
        server.Pass(19.9, transport);
        Assert.False(transport.IsFinished);
        server.Pass(0.2, transport);
        Assert.True(transport.IsFinished);
        Assert.Equal(length, transport.Received.Length);
    }

    [Fact]
    public void Each_request_begins_the_idle_time_anew_and_sets_no_timer()
    {
        TestServer server = new(new EchoHandler(), Limits);
        TestTransport transport = server.Connect();
        int settings = transport.TimerSettings;
        for (int i = 0; i < 1000; i++)
        {
            transport.Send(Get);
            server.Pass(0.001, transport);
        }

        Assert.Equal(settings, transport.TimerSettings);
        for (int i = 0; i < 10; i++)
        {
            server.Pass(15, transport);
            transport.Send(Get);
        }

        Assert.False(transport.IsFinished);
        Assert.Equal(1010, server.Server.Counters.Requests);
    }

    [Fact]
    public void A_slow_next_head_gets_408()
    {
        TestServer server = new(new EchoHandler(), Limits);
        TestTransport transport = server.Connect();
        transport.Send(Get + "GET /");
        server.Pass(10.1, transport);
        Assert.Equal([200, 408], ResponseReader.ReadAll(transport.Text).Select(r => r.Status));
    }

    [Fact]
    public void Slow_content_gets_408_and_its_handler_is_told()
    {
        BodyEchoHandler handler = new();
        TestServer server = new(handler, Limits);
        TestTransport transport = server.Connect();
        transport.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n");
        for (int i = 0; i < 5; i++)
        {
            server.Pass(4, transport);
            transport.Send("x");
        }

        Assert.Empty(transport.Received);
        server.Pass(5.1, transport);
        Assert.Equal(408, Assert.Single(ResponseReader.ReadAll(transport.Text)).Status);
        Assert.Equal(1, handler.Aborts);
    }

    [Fact]
    public void A_client_that_does_not_read_is_cut_off()
    {
        TestServer server = new(new EchoHandler(), Limits);
        TestTransport transport = server.Connect();
        transport.AutoAcknowledge = false;
        transport.Send(Get);
        server.Pass(14, transport);
        transport.Acknowledge(10);
        server.Pass(14, transport);
        Assert.False(transport.IsAborted);
        transport.Send(Get);
        server.Pass(1.1, transport);
        Assert.True(transport.IsAborted);
        Assert.Equal(0, server.Server.ActiveConnections);
    }

    [Fact]
    public void A_client_that_does_not_close_is_cut_off_and_heard_no_more()
    {
        TestServer server = new(new EchoHandler(), Limits);
        TestTransport transport = server.Connect();
        transport.Send("GET / HTTP/1.0\r\n\r\n");
        Assert.True(transport.IsFinished);
        for (int i = 0; i < 3; i++)
        {
            transport.Send(Get);
            server.Pass(0.9, transport);
        }

        Assert.False(transport.IsAborted);
        Assert.Equal(0, transport.Unconsumed);
        server.Pass(0.5, transport);
        Assert.True(transport.IsAborted);
        Assert.Equal(1, server.Server.Counters.Requests);
    }

    [Fact]
    public void A_handler_may_take_its_time()
    {
        DeferringHandler handler = new();
        TestServer server = new(handler, Limits);
        TestTransport transport = server.Connect();
        transport.Send(Get);
        server.Pass(1000, transport);
        Assert.False(transport.IsFinished);
        handler.Waiting[0].SendStatus(HttpStatus.Ok);
        transport.Pump();
        Assert.Equal(200, Assert.Single(ResponseReader.ReadAll(transport.Text)).Status);
        server.Pass(20.1, transport);
        Assert.True(transport.IsFinished);
    }

    [Fact]
    public void Draining_finishes_what_runs_and_takes_nothing_new()
    {
        DeferringHandler handler = new();
        TestServer server = new(handler, Limits);
        TestTransport idle = server.Connect();
        idle.Send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
        handler.Waiting[0].SendStatus(HttpStatus.Ok);
        idle.Pump();
        TestTransport busy = server.Connect();
        busy.Send("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
        TestTransport beginning = server.Connect();
        beginning.Send("GET /3 HTTP/1.1\r\n");
        server.Server.Drain();
        Assert.True(idle.IsFinished);
        Assert.False(busy.IsFinished);
        Assert.Null(server.Server.Open());
        Assert.False(server.Server.IsDrained);
        handler.Waiting[1].SendStatus(HttpStatus.Ok);
        busy.Pump();
        Assert.True(busy.IsFinished);
        beginning.Send("Host: a\r\n\r\n");
        handler.Waiting[2].SendStatus(HttpStatus.Ok);
        beginning.Pump();
        Assert.Equal("close", Assert.Single(ResponseReader.ReadAll(beginning.Text)).Headers["Connection"]);
        server.Pass(3.1, idle);
        Assert.True(idle.IsAborted);
        busy.Close();
        Assert.False(server.Server.IsDrained);
        beginning.Close();
        Assert.True(server.Server.IsDrained);
    }

    private static void Expect(int status, string request)
    {
        List<ParsedResponse> responses = ResponseReader.ReadAll(new TestServer(new EchoHandler(), Limits).Ask(request));
        Assert.Equal(status, Assert.Single(responses).Status);
    }
}
