// SPDX-License-Identifier: Apache-2.0

using System;
using System.Text;
using Uaas.Http;
using Uaas.Http.Tests.Support;
using Uaas.Web.Tests.Support;

namespace Uaas.Web.Tests;

/// <summary>Requests and responses, as handlers meet them.</summary>
public sealed class ExchangeTests
{
    [Fact]
    public void AHandlerSeesTheRequest()
    {
        WebBed bed = new(null, ("POST", "/a/{name}", static (request, response) =>
        {
            Assert.Equal(HttpMethod.Post, request.Method);
            Assert.Equal("/a/b c", Text(request.Path));
            Assert.Equal("/a/b%20c?x=1+%41&y&z=%zz", Text(request.Target));
            Assert.Equal("x=1+%41&y&z=%zz", Text(request.RawQuery));
            Assert.Equal("h:81", Text(request.Host));
            Assert.True(request.TryQuery("x"u8, out ReadOnlySpan<byte> x));
            Assert.Equal("1 A", Text(x));
            Assert.True(request.TryQuery("y"u8, out ReadOnlySpan<byte> y));
            Assert.Equal("", Text(y));
            Assert.True(request.TryQuery("z"u8, out ReadOnlySpan<byte> z));
            Assert.Equal("%zz", Text(z));
            Assert.False(request.TryQuery("w"u8, out _));
            Assert.True(request.TryForm("q"u8, out ReadOnlySpan<byte> q));
            Assert.Equal("é", Encoding.UTF8.GetString(q));
            Assert.Equal("text", Text(request.Header(HeaderName.ContentType)));
            Assert.True(request.TryHeader("x-own"u8, out ReadOnlySpan<byte> own));
            Assert.Equal("7", Text(own));
            Assert.Equal("q=%c3%a9", Text(request.Content));
            Assert.Equal("", Text(request.Route("other"u8)));
            return response.Text("seen"u8);
        }
        ));
        Assert.EndsWith("\r\n\r\nseen", bed.Ask("POST /a/b%20c?x=1+%41&y&z=%zz HTTP/1.1\r\nHost: h:81\r\nContent-Type: text\r\nX-Own: 7\r\nContent-Length: 8\r\n\r\nq=%c3%a9"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(600)]
    [InlineData(64 << 10)]
    public void ContentOfAnyAllowedLengthArrives(int length)
    {
        byte[] content = Encoding.ASCII.GetBytes(new string('x', length));
        WebBed bed = new(null, ("GET", "/", (request, response) => response.Bytes("a/b"u8, content)));
        string answer = bed.Get("/");
        Assert.Contains("Content-Type: a/b\r\n", answer, StringComparison.Ordinal);
        Assert.Equal(length, WebBed.BodyOf(answer).Length);
        Assert.Equal(0, bed.Dispatcher.Active);
    }

    [Fact]
    public void WhatAHandlerGetsWrongIsA500()
    {
        byte[] large = new byte[(64 << 10) + 1];
        WebBed bed = new(
            null,
            ("GET", "/large", (request, response) => response.Text(large)),
            ("GET", "/nothing", static (request, response) => WebTask.Completed),
            ("GET", "/split", static (request, response) => { response.AddHeader("A"u8, "b\r\nC: d"u8); return response.Text("x"u8); }
        ),
            ("GET", "/name", static (request, response) => { response.AddHeader("A B"u8, "b"u8); return response.Text("x"u8); }
        ),
            ("GET", "/many", static (request, response) => { for (int i = 0; i < 200; i++) response.AddHeader("Aaaa"u8, "bbbb"u8); return response.Text("x"u8); }
        ),
            ("GET", "/json", static (request, response) => { JsonWriter json = response.Json(); json.StartObject(); return response.Send(json); }
        ));
        foreach (string path in (string[])["/large", "/nothing", "/split", "/name", "/many", "/json"]) Assert.Equal(500, WebBed.StatusOf(bed.Get(path)));
        Assert.Equal(1, bed.Dispatcher.Unanswered);
        Assert.Equal(0, bed.Dispatcher.Active);
    }

    [Theory]
    [InlineData(201, 201)]
    [InlineData(299, 200)]
    [InlineData(418, 400)]
    [InlineData(599, 500)]
    [InlineData(305, 500)]
    public void AStatusWithoutANameIsSentAsThatOfItsClass(int status, int sent) =>
        Assert.Equal(sent, WebBed.StatusOf(new WebBed(null, ("GET", "/", (request, response) => response.Only((HttpStatus)status))).Get("/")));

    [Fact]
    public void TooMuchContentIsRefusedWithAndWithoutALength()
    {
        WebLimits limits = new() { MaxContent = 10 };
        WebBed bed = new(limits, ("POST", "/", static (request, response) => response.Text(request.Content)));
        Assert.EndsWith("0123456789", bed.Send("POST", "/", "0123456789"), StringComparison.Ordinal);
        Assert.Equal(413, WebBed.StatusOf(bed.Send("POST", "/", "0123456789a")));
        Assert.EndsWith("0123456789", bed.Ask("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n"), StringComparison.Ordinal);
        Assert.Equal(413, WebBed.StatusOf(bed.Ask("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n6\r\n56789a\r\n0\r\n\r\n")));
        Assert.Equal(0, bed.Dispatcher.Active);
    }

    [Fact]
    public void MoreRequestsThanAllowedAreToldToComeAgain()
    {
        WebBed bed = new(new WebLimits { MaxRequests = 2 }, ("GET", "/slow", Slow));
        TestTransport first = bed.Connect(), second = bed.Connect();
        first.Send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
        second.Send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
        string refused = bed.Get("/slow");
        Assert.Equal(503, WebBed.StatusOf(refused));
        Assert.Contains("Retry-After: 1\r\n", refused, StringComparison.Ordinal);
        Assert.Equal("", first.Text);
        bed.Pass(1, first, second);
        Assert.EndsWith("slow", first.Text, StringComparison.Ordinal);
        Assert.EndsWith("slow", second.Text, StringComparison.Ordinal);
        Assert.Equal(0, bed.Dispatcher.Active);
        Assert.Equal(1, bed.Dispatcher.Refused);
    }

    [Fact]
    public void AClientThatGoesAwayGetsNothingAndHoldsNothing()
    {
        WebBed bed = new(null, ("GET", "/slow", Slow), ("POST", "/", static (request, response) => response.Text("x"u8)));
        TestTransport transport = bed.Connect();
        transport.Send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
        transport.Close();
        Assert.Equal(1, bed.Dispatcher.Active);
        bed.Pass(1);
        Assert.Equal(0, bed.Dispatcher.Active);
        TestTransport half = bed.Connect();
        half.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234");
        Assert.Equal(1, bed.Dispatcher.Active);
        half.Close();
        Assert.Equal(0, bed.Dispatcher.Active);
        bed.Pass(1);
    }

    [Fact]
    public void AStreamGoesAtTheClientsPaceAndKeepsNoMoreThanItsBound()
    {
        const int Lines = 1000;
        WebBed bed = new(new WebLimits { MaxResponse = 1024 }, ("GET", "/", static async (request, response) =>
        {
            response.Stream("text/plain"u8);
            for (int i = 0; i < Lines; i++)
            {
                byte[] line = Encoding.ASCII.GetBytes($"line {i}\n");
                if (!response.Write(line))
                {
                    if (!await response.Flush()) return;
                    Assert.True(response.Write(line));
                }
            }
        }
        ));
        TestTransport transport = bed.Connect();
        transport.Window = 300;
        transport.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        bed.Pass(0, transport);
        Assert.InRange(transport.Offered, 500, 3000);
        transport.Window = long.MaxValue;
        bed.Pass(0, transport);
        string all = string.Concat(System.Linq.Enumerable.Select(System.Linq.Enumerable.Range(0, Lines), static i => $"line {i}\n"));
        Assert.Equal(all, Unchunk(WebBed.BodyOf(transport.Text)));
        Assert.Equal(0, bed.Dispatcher.Active);
    }

    [Fact]
    public void AStreamEndsWhenItsClientDoes()
    {
        bool noticed = false;
        WebBed bed = new(new WebLimits { MaxResponse = 1024 }, ("GET", "/", async (request, response) =>
        {
            response.Stream("text/plain"u8);
            while (true)
            {
                if (response.Write("0123456789"u8)) continue;
                if (await response.Flush()) continue;
                noticed = true;
                return;
            }
        }
        ));
        TestTransport transport = bed.Connect();
        transport.Window = 100;
        transport.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        bed.Pass(0, transport);
        Assert.False(noticed);
        transport.Close();
        bed.Pass(0);
        Assert.True(noticed);
        Assert.Equal(0, bed.Dispatcher.Active);
    }

    [Fact]
    public void ContentIsReadAsItArrives()
    {
        WebBed bed = new(new WebLimits { MaxResponse = 1024, MaxContent = 10 }, ("POST streamed", "/", static async (request, response) =>
        {
            long sum = 0;
            int pieces = 0;
            while (await request.MoreContent())
            {
                Assert.InRange(request.Content.Length, 1, 512);
                for (int i = 0; i < request.Content.Length; i++) sum += request.Content[i];
                pieces++;
                await WebWait.For(1_000_000);
            }

            await response.Text(Encoding.ASCII.GetBytes($"{sum} {pieces > 1 && request.IsContentComplete}"));
        }
        ));
        TestTransport transport = bed.Connect();
        transport.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n");
        for (int i = 0; i < 50; i++)
        {
            transport.Send(new string('a', 100));
            bed.Pass(i % 3 * 0.001, transport);
        }

        for (int i = 0; i < 50; i++) bed.Pass(0.001, transport);
        Assert.EndsWith($"{5000 * 'a'} True", transport.Text, StringComparison.Ordinal);
        Assert.Equal(0, bed.Dispatcher.Active);
    }

    [Fact]
    public void AnAsyncMethodMayWaitForAnother()
    {
        WebBed bed = new(null, ("GET", "/", static async (request, response) =>
        {
            int total = 0;
            for (int i = 1; i <= 10; i++) total += await Later(i);
            await response.Text(Encoding.ASCII.GetBytes(total.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }
        ));
        TestTransport transport = bed.Connect();
        transport.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        for (int i = 0; i < 20; i++) bed.Pass(0.01, transport);
        Assert.EndsWith("\r\n\r\n55", transport.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void PipelinedRequestsAreAnsweredInOrder()
    {
        WebBed bed = new(null, ("GET", "/slow", Slow), ("GET", "/quick", static (request, response) => response.Text("quick"u8)));
        TestTransport transport = bed.Connect();
        transport.Send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /quick HTTP/1.1\r\nHost: a\r\n\r\n");
        bed.Pass(1, transport);
        int slow = transport.Text.IndexOf("slow", StringComparison.Ordinal);
        Assert.True(slow > 0 && transport.Text.IndexOf("quick", StringComparison.Ordinal) > slow);
    }

    private static async WebTask<int> Later(int value)
    {
        if (value % 2 == 0) await WebWait.For(5_000_000);
        return value;
    }

    private static async WebTask Slow(WebRequest request, WebResponse response)
    {
        await WebWait.For(500_000_000);
        await response.Text("slow"u8);
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    private static string Unchunk(string body)
    {
        StringBuilder text = new();
        while (true)
        {
            int end = body.IndexOf("\r\n", StringComparison.Ordinal);
            int length = Convert.ToInt32(body[..end], 16);
            if (length == 0) return text.ToString();
            text.Append(body, end + 2, length);
            body = body[(end + 4 + length)..];
        }
    }
}
