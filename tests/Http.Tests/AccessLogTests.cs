// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using System.Text.Json;
using Uaas.Http.Tests.Support;

namespace Uaas.Http.Tests;

/// <summary>Log lines: what they say, and that nothing from outside breaks them.</summary>
public class AccessLogTests
{
    [Fact]
    public void Combined()
    {
        TestServer server = new(new EchoHandler(), log: AccessLogFormat.Combined);
        server.Ask("GET /a?b HTTP/1.1\r\nHost: h\r\nReferer: http://r/\r\nUser-Agent: curl/8\r\n\r\n");
        server.Ask("GET /a HTTP/1.0\r\n\r\n");
        Assert.Equal(
            [
                "10.0.0.1 - - [06/Nov/1994:08:49:37 +0000] \"GET /a?b HTTP/1.1\" 200 8 \"http://r/\" \"curl/8\"\n",
                "10.0.0.1 - - [06/Nov/1994:08:49:37 +0000] \"GET /a HTTP/1.0\" 200 6 \"-\" \"-\"\n",
            ],
            server.Log.Lines);
    }

    [Fact]
    public void Common()
    {
        TestServer server = new(new EchoHandler(), log: AccessLogFormat.Common);
        server.Ask("HEAD / HTTP/1.1\r\nHost: h\r\nReferer: http://r/\r\n\r\n");
        Assert.Equal("10.0.0.1 - - [06/Nov/1994:08:49:37 +0000] \"HEAD / HTTP/1.1\" 200 0\n", Assert.Single(server.Log.Lines));
    }

    [Fact]
    public void Json()
    {
        TestServer server = new(new EchoHandler(), log: AccessLogFormat.Json);
        server.Ask("GET /\u00e9\"\\ HTTP/1.1\r\nHost: h\r\nUser-Agent: \"\t\\\r\n\r\n");
        JsonElement line = JsonDocument.Parse(Assert.Single(server.Log.Lines)).RootElement;
        Assert.Equal(784111777, line.GetProperty("time").GetInt64());
        Assert.Equal("10.0.0.1", line.GetProperty("remote").GetString());
        Assert.Equal("GET", line.GetProperty("method").GetString());
        Assert.Equal("/\u00e9\"\\", line.GetProperty("target").GetString());
        Assert.Equal("h", line.GetProperty("host").GetString());
        Assert.Equal("\"\t\\", line.GetProperty("agent").GetString());
        Assert.False(line.TryGetProperty("referer", out _));
        Assert.Equal(200, line.GetProperty("status").GetInt32());
        Assert.Equal(8, line.GetProperty("bytes").GetInt64());
    }

    [Theory]
    [InlineData(AccessLogFormat.Combined)]
    [InlineData(AccessLogFormat.Common)]
    [InlineData(AccessLogFormat.Json)]
    public void Rejected_requests_are_logged_too(AccessLogFormat format)
    {
        TestServer server = new(new EchoHandler(), log: format);
        server.Ask("GET /\"\u0001\u001b[31m HTTP/1.1\r\nHost: h\r\n\r\n");
        string line = Assert.Single(server.Log.Lines);
        Assert.EndsWith("\n", line, StringComparison.Ordinal);
        Assert.DoesNotContain(line[..^1], char.IsControl);
        if (format == AccessLogFormat.Json) Assert.Equal("GET /\"\u0001\u001b[31m HTTP/1.1", JsonDocument.Parse(line).RootElement.GetProperty("rejected").GetString());
        else Assert.Contains("\"GET /\\x22\\x01\\x1b[31m HTTP/1.1\" 400 ", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AccessLogFormat.Combined)]
    [InlineData(AccessLogFormat.Common)]
    [InlineData(AccessLogFormat.Json)]
    public void Long_values_are_cut(AccessLogFormat format)
    {
        TestServer server = new(new EchoHandler(), log: format);
        string filler = new('\u00ff', 3500);
        server.Ask($"{new string('M', 1000)} /{filler} HTTP/1.1\r\nHost: {new string('h', 1000)}\r\nReferer: {filler}\r\nUser-Agent: {filler}\r\n\r\n");
        string line = Assert.Single(server.Log.Lines);
        Assert.InRange(line.Length, 1000, AccessLog.MaxLine);
        Assert.Equal('\n', line[^1]);
        if (format == AccessLogFormat.Json) JsonDocument.Parse(line);
    }

    [Fact]
    public void A_deferred_response_is_logged_when_it_is_sent()
    {
        DeferringHandler handler = new();
        TestServer server = new(handler, log: AccessLogFormat.Common);
        TestTransport transport = server.Connect();
        transport.Send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
        Assert.Empty(server.Log.Lines);
        handler.Waiting[0].SendStatus(HttpStatus.NotFound);
        transport.Pump();
        Assert.Contains("\"GET /1 HTTP/1.1\" 404 15", Assert.Single(server.Log.Lines), StringComparison.Ordinal);
        transport.Close();
        Assert.Single(server.Log.Lines);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_stream_is_logged_at_its_end_with_all_its_bytes(bool clientGoes)
    {
        HttpResponse kept = null!;
        TestServer server = new(
            new LambdaHandler((in HttpRequest request, HttpResponse response) =>
            {
                kept = response;
                response.Start(HttpStatus.Ok);
                response.Stream(new PatternBody(new byte[1000], knowsLength: false));
            }),
            log: AccessLogFormat.Common);
        TestTransport transport = server.Connect();
        transport.Send("GET /s HTTP/1.1\r\nHost: h\r\n\r\n");
        kept.Produced(700);
        kept.Produced(300);
        Assert.Empty(server.Log.Lines);
        if (clientGoes) transport.Close();
        else kept.End();
        Assert.EndsWith(" 200 1000\n", server.Log.Lines.Single(), StringComparison.Ordinal);
        Assert.Equal(1, server.Server.Counters.Responses2xx);
        transport.Close();
        Assert.Single(server.Log.Lines);
    }
}
