// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using System.Text;
using Uaas.Http.Tests.Support;

namespace Uaas.Http.Tests;

/// <summary>The endpoints by which a guest is watched and stopped.</summary>
public class ManagementTests
{
    private readonly TestServer _served = new(new EchoHandler());
    private readonly ManagementHandler _handler;
    private readonly TestServer _management;

    public ManagementTests()
    {
        _handler = new ManagementHandler(_served.Server, [new HttpMetrics(_served.Server)]);
        _management = new TestServer(_handler, ManagementHandler.Limits);
    }

    [Fact]
    public void Health_is_told()
    {
        Assert.Equal((200, "ok\n"), Ask("GET /healthz"));
        Assert.Equal((405, "405 Method Not Allowed\r\n"), Ask("POST /healthz"));
        Assert.Equal((404, "404 Not Found\r\n"), Ask("GET /"));
    }

    [Fact]
    public void Drain_is_asked_for_by_post_alone()
    {
        Assert.Equal(405, Ask("GET /drain").Status);
        Assert.False(_handler.DrainRequested);
        TestTransport busy = _served.Connect();
        Assert.Equal((202, "draining\n"), Ask("POST /drain"));
        Assert.True(_handler.DrainRequested);
        Assert.True(_served.Server.IsDraining);
        Assert.Equal((503, "draining\n"), Ask("GET /healthz"));
        Assert.Null(_served.Server.Open());
        busy.Close();
        Assert.True(_served.Server.IsDrained);
    }

    [Fact]
    public void Metrics_are_in_the_text_format_and_right()
    {
        _served.Ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        _served.Ask("GET / HTTP/1.1\r\n\r\n");
        TestTransport open = _served.Connect();
        (int status, string text) = Ask("GET /metrics");
        Assert.Equal(200, status);
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        foreach (string line in text[..^1].Split('\n'))
        {
            Assert.Matches(@"^(# (HELP|TYPE) [a-z_]+ .+|[a-z_0-9]+(\{class=""\dxx""\})? \d+)$", line);
        }

        string[] names = [.. text.Split('\n').Where(l => l.StartsWith("# TYPE", StringComparison.Ordinal)).Select(l => l.Split(' ')[2])];
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.Contains("\nhttp_connections 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\nhttp_connections_total 3\n", text, StringComparison.Ordinal);
        Assert.Contains("\nhttp_requests_total 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\nhttp_responses_total{class=\"2xx\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\nhttp_responses_total{class=\"4xx\"} 1\n", text, StringComparison.Ordinal);
        open.Close();
    }

    [Fact]
    public void Metrics_that_do_not_fit_are_left_out_by_whole_lines()
    {
        byte[] room = new byte[200];
        for (int size = 0; size < room.Length; size++)
        {
            PrometheusWriter writer = new(room.AsSpan(0, size));
            for (int i = 0; i < 5; i++) writer.Counter("a_total"u8, "A."u8, i * 1000);
            string text = Encoding.ASCII.GetString(writer.Text);
            Assert.True(text.Length == 0 || text.EndsWith("000\n", StringComparison.Ordinal) || text.EndsWith(" 0\n", StringComparison.Ordinal));
            Assert.Equal(writer.IsFull, text.Split("# TYPE").Length - 1 < 5);
        }
    }

    private (int Status, string Body) Ask(string request)
    {
        ParsedResponse response = Assert.Single(ResponseReader.ReadAll(_management.Ask(request + " HTTP/1.1\r\nHost: a\r\n\r\n")));
        return (response.Status, response.Body);
    }
}
