// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Http.Tests.Support;

/// <summary>A server with a clock of its own, and connections to it.</summary>
internal sealed class TestServer
{
    /// <summary>Sun, 06 Nov 1994 08:49:37 GMT.</summary>
    public const long StartSeconds = 784_111_777;

    public const string DateLine = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

    private long _seconds = StartSeconds;
    private long _now = 1_000_000_000_000;

    public TestServer(HttpHandler handler, HttpLimits? limits = null, AccessLogFormat? log = null)
    {
        limits ??= new HttpLimits();
        Clock.Set(_now, _seconds);
        AccessLog? accessLog = log is { } format ? new AccessLog(Log, Clock, format, limits.MaxConnections + limits.MaxOverloadConnections) : null;
        Server = new HttpServer(handler, limits, Clock, accessLog);
    }

    public HttpServer Server { get; }

    public HttpClock Clock { get; } = new();

    public LogCollector Log { get; } = new();

    public TestTransport Connect()
    {
        HttpConnection? connection = Server.Open();
        Assert.NotNull(connection);
        TestTransport transport = new(connection);
        connection.Established(transport);
        transport.Pump();
        return transport;
    }

    /// <summary>Lets time pass, and the transport's timer ring if it is due.</summary>
    public void Pass(double seconds, TestTransport transport)
    {
        _now += (long)(seconds * HttpLimits.Second);
        _seconds += (long)seconds;
        Clock.Set(_now, _seconds);
        for (int i = 0; i < 10 && transport.Timer <= _now && !transport.IsClosed; i++) transport.FireTimer();
    }

    /// <summary>What a new connection is answered to <paramref name="request"/>.</summary>
    public string Ask(string request)
    {
        TestTransport transport = Connect();
        transport.Send(request);
        string text = transport.Text;
        transport.Close();
        return text;
    }
}
