// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading;
using Xunit;

namespace Uaas.Services.Tests.Web;

/// <summary>A booted service of one's own with <c>web.Every</c> and <c>web.Files</c>.</summary>
public sealed class JobsTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly Lazy<BootedSite> _site = new(() => new BootedSite(new BootedService("jobs", 24), "spt",
    [
        ("index.html", "<p>from the content"u8.ToArray()),
        ("pages/own.html", "hidden by a route"u8.ToArray()),
        ("pages/other.html", "<p>other"u8.ToArray()),
    ]));

    public void Dispose()
    {
        if (_site.IsValueCreated) _site.Value.Dispose();
    }

    [MonitorFact("spt")]
    public void Jobs_run_by_themselves_never_twice_at_a_time_and_without_taking_memory()
    {
        // Some hundred runs, each of which makes 8 KiB: more than the job's memory is.
        using var end = new CancellationTokenSource(s_patience);
        JsonElement counts;
        do
        {
            Assert.False(end.IsCancellationRequested, $"the jobs do not run; console:\n{_site.Value.Console}");
            Thread.Sleep(50);
            counts = JsonDocument.Parse(Get("/ticks").Body).RootElement;
        }
        while (counts.GetProperty("ticks").GetInt64() < 300 || counts.GetProperty("slow").GetInt64() < 5);

        Assert.Equal(1, counts.GetProperty("most").GetInt32());
    }

    [MonitorFact("spt")]
    public void Files_are_served_as_a_site_where_no_route_answers()
    {
        HttpReply index = Get("/");
        Assert.Equal((200, "text/html; charset=utf-8", "<p>from the content"), (index.Status, index["Content-Type"], index.Text));
        Assert.Equal(304, Get("/", $"If-None-Match: {index["ETag"]}").Status);
        Assert.Equal("<p>ot", Get("/pages/other.html", "Range: bytes=0-4").Text);
        Assert.Equal("made by a route\n", Get("/pages/own.html").Text);
        Assert.Equal(404, Get("/pages/none.html").Status);
        Assert.Equal(301, Get("/pages").Status);
    }

    private HttpReply Get(string target, params string[] fields) => HttpReply.ReadAll(_site.Value.Exchange(
        Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: i\r\nConnection: close\r\n{string.Concat(fields.Select(field => field + "\r\n"))}\r\n"))).Single();
}
