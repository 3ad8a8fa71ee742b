// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using System.Text;
using Uaas.Http;
using Uaas.Http.Tests.Support;
using Uaas.Web.Tests.Support;

namespace Uaas.Web.Tests;

/// <summary>Calls to another service, over the guest's own TCP.</summary>
public sealed class ClientTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

    private readonly HttpClock _clock = new();
    private readonly FlowScheduler _scheduler = new(8);
    private readonly WebLimits _limits = new() { MaxResponse = 2048, MaxContent = 1000, MaxCalls = 2, CallTimeout = 2 * HttpLimits.Second };

    [Theory]
    [InlineData(Ok, "200 hi None")]
    [InlineData("HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi", "200 hi None")]
    [InlineData("HTTP/1.0 200 OK\r\n\r\nuntil the end\0", "200 until the end None")]
    [InlineData("HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n", "404 abcd None")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nA: b\r\n\r\n" + Ok, "200 hi None")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", "204  None")]
    [InlineData("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", "304  None")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "200  None")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi\0", "200 hi Lost")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi\0", "200 hi Lost")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "200  Malformed")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi", "Malformed")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nhi", "Malformed")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nhi", "Malformed")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\nhi", "Malformed")]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", "Malformed")]
    [InlineData("HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "Malformed")]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\n\r\n", "Malformed")]
    [InlineData("HTTP/1.1 600 Odd\r\n\r\n", "Malformed")]
    [InlineData("HTTP/2.0 200 OK\r\n\r\n", "Malformed")]
    [InlineData("SSH-2.0-OpenSSH\r\n\r\n", "Malformed")]
    [InlineData("\r\n\r\n", "Malformed")]
    [InlineData("HTTP/1.1 200 OK\r\nConte\0", "TimedOut")]
    [InlineData("", "TimedOut")]
    [InlineData(null, "Lost")]
    public void AResponseIsReadOrRefused(string? answer, string result)
    {
        ScriptedServer server = new(_ => answer);
        Assert.Equal(result, Run(server, client => Fetch(client, "/")));
    }

    [Fact]
    public void WhatIsSentIsARequest()
    {
        ScriptedServer server = new(_ => Ok);
        Assert.Equal("200", Run(server, static async client =>
        {
            WebCall call = client.Begin(HttpMethod.Post, "/a?b=c"u8)!;
            call.AddHeader("X-A"u8, "1"u8);
            Assert.True(await call.Send("content"u8));
            return $"{call.Status}";
        }));
        Assert.Equal("POST /a?b=c HTTP/1.1\r\nHost: 10.9.0.1:8080\r\nX-A: 1\r\nContent-Length: 7\r\n\r\ncontent", Assert.Single(server.Requests));
    }

    [Theory]
    [InlineData("a", "x", "y")]
    [InlineData("/a b", "x", "y")]
    [InlineData("/a\r\nX: y", "x", "y")]
    [InlineData("/", "x y", "y")]
    [InlineData("/", "x", "y\r\nz: w")]
    [InlineData("/", "Content-Length", "5")]
    [InlineData("/", "Transfer-Encoding", "chunked")]
    [InlineData("/", "Host", "h")]
    public void WhatIsNoRequestIsNotSent(string target, string name, string value)
    {
        ScriptedServer server = new(_ => Ok);
        Assert.Equal("BadRequest", Run(server, async client =>
        {
            WebCall call = client.Begin(HttpMethod.Get, Encoding.Latin1.GetBytes(target))!;
            call.AddHeader(Encoding.Latin1.GetBytes(name), Encoding.Latin1.GetBytes(value));
            return await call.Send() ? "sent" : $"{call.Failure}";
        }));
        Assert.Empty(server.Requests);
    }

    [Fact]
    public void ConnectionsAreUsedAgainAndReplacedWhenTheyAreGone()
    {
        // The second request finds the connection closed as it is sent, and goes out once more on a new one.
        ScriptedServer server = new(n => n == 1 ? null : Ok);
        Assert.Equal("200 hi None/200 hi None/200 hi None", Run(server, static async client =>
        {
            string first = await Fetch(client, "/1");
            string second = await Fetch(client, "/2");
            return $"{first}/{second}/{await Fetch(client, "/3")}";
        }));
        Assert.Equal(2, server.Connections);
        Assert.Equal(["/1", "/2", "/2", "/3"], server.Requests.Select(static request => request.Split(' ')[1]));
    }

    [Fact]
    public void ContentLargerThanTheBufferComesPieceByPiece()
    {
        string content = string.Concat(Enumerable.Range(0, 20_000).Select(static i => $"{i} "));
        ScriptedServer server = new(_ => $"HTTP/1.1 200 OK\r\nContent-Length: {content.Length}\r\n\r\n{content}");
        Assert.Equal($"200 {content} None", Run(server, static client => Fetch(client, "/")));
    }

    [Fact]
    public void NoMoreCallsThanAllowedAndNobodyThere()
    {
        Assert.Equal("no third", Run(new ScriptedServer(_ => Ok), static async client =>
        {
            WebCall? first = client.Begin(HttpMethod.Get, "/"u8), second = client.Begin(HttpMethod.Get, "/"u8), third = client.Begin(HttpMethod.Get, "/"u8);
            await WebWait.For(1000);
            return first is not null && second is not null && third is null ? "no third" : "wrong";
        }));
        Assert.Equal("Refused", Run(null, static client => Fetch(client, "/")));
    }

    private static async WebTask<string> Fetch(WebClient client, string target)
    {
        WebCall call = client.Begin(HttpMethod.Get, Encoding.Latin1.GetBytes(target))!;
        if (!await call.Send())
        {
            CallFailure failure = call.Failure;
            call.End();
            return $"{failure}";
        }

        StringBuilder content = new();
        while (await call.MoreContent())
        {
            Assert.InRange(call.Content.Length, 1, 1024);
            content.Append(Encoding.Latin1.GetString(call.Content));
        }

        string result = $"{call.Status} {content} {call.Failure}";
        call.End();
        return result;
    }

    private string Run(ScriptedServer? server, Func<WebClient, WebTask<string>> code)
    {
        LossyLink link = new(_clock, 1, 0) { Turn = _scheduler.Turn, NextTurn = () => _scheduler.NextDeadline };
        if (server is not null) Assert.True(link.Server.Tcp.Listen(8080, server));
        WebClient client = new(link.Client.Dialer, _clock, _limits, "10.9.0.1"u8, 8080);
        TestFlow flow = new(_scheduler, () => code(client));
        Assert.True(link.Until(() => flow.Result is not null));
        Assert.True(link.Until(() => link.Client.Tcp.ActiveConnections <= _limits.MaxCalls));
        return flow.Result!;
    }

    private sealed class TestFlow : Flow
    {
        private readonly Func<WebTask<string>> _code;

        internal TestFlow(FlowScheduler scheduler, Func<WebTask<string>> code)
            : base(scheduler, 4096)
        {
            _code = code;
            Scheduler.Delay(this, 0);
        }

        internal string? Result { get; private set; }

        private bool IsBegun { get; set; }

        internal override void DeadlineCame()
        {
            if (IsBegun) base.DeadlineCame();
            else Begin();
        }

        private protected override void Run()
        {
            IsBegun = true;
            _ = Keep();
        }

        private protected override void Ended() => ResetMemory();

        private async WebTask Keep() => Result = await _code();
    }
}
