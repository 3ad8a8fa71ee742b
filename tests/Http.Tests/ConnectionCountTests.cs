// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Uaas.Http.Tests.Support;

namespace Uaas.Http.Tests;

/// <summary>How many connections there are, and how many requests on one.</summary>
public class ConnectionCountTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Fact]
    public void A_connection_too_many_is_told_503()
    {
        TestServer server = new(new EchoHandler(), new HttpLimits { MaxConnections = 1, MaxOverloadConnections = 1 });
        TestTransport first = server.Connect();
        TestTransport second = server.Connect();
        ParsedResponse response = Assert.Single(ResponseReader.ReadAll(second.Text));
        Assert.Equal(503, response.Status);
        Assert.Equal("1", response.Headers["Retry-After"]);
        Assert.True(second.IsFinished);
        Assert.Null(server.Server.Open());
        first.Send(Get);
        Assert.Equal(200, Assert.Single(ResponseReader.ReadAll(first.Text)).Status);
    }

    [Fact]
    public void A_connection_too_many_has_an_idle_one_closed()
    {
        TestServer server = new(new EchoHandler(), new HttpLimits { MaxConnections = 2, MaxOverloadConnections = 2 });
        TestTransport slow = server.Connect();
        slow.Send("GET");
        TestTransport idle = server.Connect();
        idle.Send(Get);
        server.Pass(0.9, idle);
        TestTransport tooEarly = server.Connect();
        Assert.StartsWith("HTTP/1.1 503 ", tooEarly.Text, StringComparison.Ordinal);
        tooEarly.Close();
        Assert.False(idle.IsFinished);
        server.Pass(0.2, idle);
        TestTransport served = server.Connect();
        Assert.True(idle.IsFinished);
        Assert.False(slow.IsFinished);
        served.Send(Get);
        Assert.StartsWith("HTTP/1.1 200 ", served.Text, StringComparison.Ordinal);
        Assert.Equal(1, server.Server.Counters.OverloadedConnections);
    }

    [Fact]
    public void A_connection_too_many_has_one_closed_that_never_said_a_word()
    {
        TestServer server = new(new EchoHandler(), new HttpLimits { MaxConnections = 1, MaxOverloadConnections = 1 });
        TestTransport silent = server.Connect();
        server.Pass(1.1, silent);
        TestTransport served = server.Connect();
        Assert.True(silent.IsFinished);
        served.Send(Get);
        Assert.StartsWith("HTTP/1.1 200 ", served.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_may_be_limited_to_some_requests()
    {
        TestTransport transport = new TestServer(new EchoHandler(), new HttpLimits { MaxRequestsPerConnection = 3 }).Connect();
        transport.Send(Get + Get + Get + Get);
        List<ParsedResponse> responses = ResponseReader.ReadAll(transport.Text);
        Assert.Equal(3, responses.Count);
        Assert.Equal("close", responses[2].Headers["Connection"]);
        Assert.True(transport.IsFinished);
    }
}
