// SPDX-License-Identifier: Apache-2.0

using System;
using System.Text;
using Uaas.Http;
using Uaas.Http.Tests.Support;

namespace Uaas.Web.Tests.Support;

/// <summary>A web service without a machine: routes, a server, connections to it, and time that passes when told to.</summary>
internal sealed class WebBed
{
    private readonly RouteTable _routes = new();
    private readonly HttpServer _server;
    private long _now = 1_000_000_000;

    internal WebBed(WebLimits? limits = null, params (string Method, string Pattern, WebHandler Handler)[] routes)
    {
        Limits = limits ?? new WebLimits();
        Scheduler = new FlowScheduler(Limits.MaxRequests + 4);
        Dispatcher = new WebDispatcher(_routes, Scheduler, Limits);
        Clock.Set(_now, 784_111_777);
        _server = new HttpServer(Dispatcher, Limits.Http.WithBody(Limits.MaxStreamedContent), Clock, null);
        foreach ((string method, string pattern, WebHandler handler) in routes)
        {
            string[] words = method.Split(' ');
            RoutePattern? parsed = RoutePattern.Read(Encoding.UTF8.GetBytes(pattern));
            Assert.NotNull(parsed);
            ContentMode mode = words.Length > 1 ? ContentMode.Streamed : ContentMode.Whole;
            Assert.True(_routes.TryAdd(new Route(HttpMethods.Find(Encoding.ASCII.GetBytes(words[0])), parsed, handler, mode)));
        }
    }

    internal WebLimits Limits { get; }

    internal FlowScheduler Scheduler { get; }

    internal WebDispatcher Dispatcher { get; }

    internal HttpClock Clock { get; } = new();

    internal HttpCounters Counters => _server.Counters;

    internal TestTransport Connect()
    {
        HttpConnection connection = _server.Open()!;
        TestTransport transport = new(connection);
        connection.Established(transport);
        transport.Pump();
        return transport;
    }

    /// <summary>Lets time pass, and run what can.</summary>
    internal void Pass(double seconds, params TestTransport[] transports)
    {
        _now += (long)(seconds * 1_000_000_000);
        Clock.Set(_now, Clock.UnixSeconds);
        for (int i = 0; i < 1000; i++)
        {
            Scheduler.Turn(_now);
            foreach (TestTransport transport in transports) transport.Pump();
            if (Scheduler.NextDeadline > _now) return;
        }

        Assert.Fail("the flows never rest");
    }

    /// <summary>What a request on a connection of its own is answered.</summary>
    internal string Ask(string request)
    {
        TestTransport transport = Connect();
        transport.Send(request);
        Pass(0, transport);
        string text = transport.Text;
        transport.Close();
        return text;
    }

    /// <summary>What GET of a target is answered.</summary>
    internal string Get(string target) => Ask($"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");

    /// <summary>What content sent with a method is answered.</summary>
    internal string Send(string method, string target, string content) =>
        Ask($"{method} {target} HTTP/1.1\r\nHost: a\r\nContent-Length: {Encoding.Latin1.GetByteCount(content)}\r\n\r\n{content}");

    internal static int StatusOf(string response) => int.Parse(response.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture);

    internal static string BodyOf(string response) => response[(response.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
}
