// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using Uaas.Http;
using Uaas.Web.Tests.Support;

namespace Uaas.Web.Tests;

/// <summary>What runs by itself (<c>web.Every</c>), and what answers where no route does (<c>web.Files</c>).</summary>
public sealed class JobTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void AJobRunsFirstAfterItsIntervalThenAgainAndAgain()
    {
        WebBed bed = new();
        int runs = 0;
        Every(bed, Second, () =>
        {
            runs++;
            return WebTask.Completed;
        });
        bed.Pass(0.999);
        Assert.Equal(0, runs);
        bed.Pass(0.001);
        Assert.Equal(1, runs);
        for (int i = 0; i < 10; i++) bed.Pass(1);
        Assert.Equal(11, runs);
    }

    [Fact]
    public void TheIntervalIsFromTheEndOfARunToTheStartOfTheNext()
    {
        WebBed bed = new();
        List<string> log = [];
        double now = 0;
        Every(bed, Second, () => Run(log, () => now));
        for (int i = 0; i < 40; i++)
        {
            now += 0.25;
            bed.Pass(0.25);
        }

        // Each run waits 2 s; none begins while another runs.
        Assert.Equal(["begin 1", "end 3", "begin 4", "end 6", "begin 7", "end 9", "begin 10"], log);
    }

    [Fact]
    public void AnIntervalIsAtLeastAMillisecond()
    {
        WebBed bed = new();
        int runs = 0;
        Every(bed, 0, () =>
        {
            runs++;
            return WebTask.Completed;
        });
        bed.Pass(0.0009);
        Assert.Equal(0, runs);
        bed.Pass(0.0001);
        Assert.Equal(1, runs);
    }

    [Fact]
    public void JobsAndRequestsRunSideBySide()
    {
        WebBed bed = new(routes: ("GET", "/slow", AnswerSlowly));
        int runs = 0;
        Every(bed, Second, () =>
        {
            runs++;
            return WebTask.Completed;
        });
        Http.Tests.Support.TestTransport client = bed.Connect();
        client.Send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
        for (int i = 0; i < 3; i++)
        {
            Assert.Empty(client.Received);
            bed.Pass(1, client);
        }

        Assert.EndsWith("done\n", client.Text, StringComparison.Ordinal);
        Assert.Equal(3, runs);
    }

    [Theory]
    [InlineData("GET", "/own", 200, "route")]
    [InlineData("GET", "/pages/x", 200, "fallback")]
    [InlineData("HEAD", "/pages/x", 200, "")]
    [InlineData("POST", "/pages/x", 200, "fallback")]
    [InlineData("POST", "/own", 405, null)]
    public void WhereNoRouteAnswersTheFilesDo(string method, string target, int status, string? body)
    {
        WebBed bed = new(routes: ("GET", "/own", static (request, response) => response.Text("route"u8)));
        bed.Dispatcher.Fallback = new Files();
        string response = bed.Ask($"{method} {target} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(status, WebBed.StatusOf(response));
        if (body is not null) Assert.Equal(body, WebBed.BodyOf(response));
    }

    private static void Every(WebBed bed, long interval, WebJobHandler handler)
    {
        bed.Pass(0); // so that the scheduler knows what time it is
        new WebJob(bed.Scheduler, 4096, interval, handler).Schedule();
    }

    private static async WebTask AnswerSlowly(WebRequest request, WebResponse response)
    {
        await WebWait.For(3 * Second);
        await response.Text("done\n"u8);
    }

    private static async WebTask Run(List<string> log, Func<double> now)
    {
        log.Add(string.Create(CultureInfo.InvariantCulture, $"begin {now()}"));
        await WebWait.For(2 * Second);
        log.Add(string.Create(CultureInfo.InvariantCulture, $"end {now()}"));
    }

    private sealed class Files : HttpHandler
    {
        private readonly byte[] _content = "fallback"u8.ToArray();

        public override void Handle(in HttpRequest request, HttpResponse response)
        {
            response.Start(HttpStatus.Ok);
            response.Send(_content);
        }
    }
}
