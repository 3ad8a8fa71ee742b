// SPDX-License-Identifier: Apache-2.0

using System.Globalization;
using System.Text;
using Uaas.Http;
using Uaas.Http.Static;
using Uaas.Wire;

namespace Uaas.Content.Tests.Support;

/// <summary>A response as a client sees it.</summary>
internal sealed record SiteResponse(int Status, ILookup<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The only field of a name; null if there is none.</summary>
    public string? this[string name] => Headers[name].SingleOrDefault();
}

/// <summary>Asks a <see cref="StaticSite"/> over the HTTP server, without a network: each request has a connection of its own.</summary>
internal sealed class SiteClient
{
    /// <summary>What the server's clock shows: 1 March 2024, 00:00:00.</summary>
    public const long Now = 1709251200;

    private readonly HttpServer _server;
    private readonly int _segment;

    public SiteClient(ContentImage image, int segment = 1448)
        : this(image, static (content, rules, clock) => new StaticSite(content, rules, clock), segment)
    {
    }

    public SiteClient(ContentImage image, Func<ContentImage, SiteRules, HttpClock, HttpHandler> serve, int segment = 1448)
    {
        Assert.True(SiteRules.TryParse(image.Rules, out SiteRules? rules));
        HttpClock clock = new();
        clock.Set(1, Now);
        _server = new HttpServer(serve(image, rules!, clock), new HttpLimits { MaxConnections = 4 }, clock, null);
        _segment = segment;
    }

    public SiteResponse Get(string target, params string[] headers) => Send("GET", target, headers);

    public SiteResponse Head(string target, params string[] headers) => Send("HEAD", target, headers);

    public SiteResponse Options(string target, params string[] headers) => Send("OPTIONS", target, headers);

    public SiteResponse Send(string method, string target, params string[] headers)
    {
        string fields = string.Concat(headers.Select(static header => header + "\r\n"));
        byte[] stream = Exchange(Encoding.UTF8.GetBytes($"{method} {target} HTTP/1.1\r\nHost: site\r\n{fields}\r\n"));
        int end = stream.AsSpan().IndexOf("\r\n\r\n"u8);
        Assert.True(end > 0, "no head");
        string[] lines = Encoding.UTF8.GetString(stream, 0, end).Split("\r\n");
        ILookup<string, string> fieldsRead = lines[1..].Select(static line => line.Split(": ", 2)).ToLookup(static parts => parts[0], static parts => parts[1], StringComparer.OrdinalIgnoreCase);
        int status = int.Parse(lines[0].AsSpan(9, 3), CultureInfo.InvariantCulture);
        byte[] body = stream[(end + 4)..];
        if (method != "HEAD" && status is not (204 or 304))
        {
            Assert.Equal(fieldsRead["Content-Length"].Single(), body.Length.ToString(CultureInfo.InvariantCulture));
        }
        else
        {
            Assert.Empty(body);
        }

        return new SiteResponse(status, fieldsRead, body);
    }

    /// <summary>Sends bytes on a new connection and returns all that comes back.</summary>
    public byte[] Exchange(byte[] request)
    {
        HttpConnection connection = _server.Open()!;
        Transport transport = new();
        connection.Established(transport);
        connection.Receive(request);
        byte[] stream = new byte[transport.Offered];
        for (int at = 0; at < stream.Length;)
        {
            int count = Math.Min(_segment, stream.Length - at);
            Span<byte> room = stream.AsSpan(at, count);
            Assert.Equal(count, connection.Supply(at, room));

            // A lost segment is asked for again, and has to be the same.
            byte[] again = new byte[count];
            Assert.Equal(count, connection.Supply(at, again));
            Assert.True(room.SequenceEqual(again));
            at += count;
        }

        connection.Acknowledged(stream.Length);
        connection.Closed();
        return stream;
    }

    /// <summary>Sends the same requests on one connection again and again; returns how much <paramref name="measure"/> grew in the second half of the rounds.</summary>
    public long Repeat(byte[] requests, int rounds, Func<long> measure)
    {
        HttpConnection connection = _server.Open()!;
        Transport transport = new();
        connection.Established(transport);
        byte[] room = new byte[_segment];
        long sent = 0;
        long before = 0;
        for (int round = 0; round < rounds; round++)
        {
            if (round == rounds / 2)
            {
                before = measure();
            }

            int consumed = 0;
            while (consumed < requests.Length)
            {
                consumed += connection.Receive(requests.AsSpan(consumed));
                while (sent < transport.Offered)
                {
                    sent += connection.Supply(sent, room.AsSpan(0, (int)Math.Min(room.Length, transport.Offered - sent)));
                }

                connection.Acknowledged(sent);
            }
        }

        long growth = measure() - before;
        connection.Closed();
        return growth;
    }

    private sealed class Transport : HttpTransport
    {
        public long Offered { get; private set; }

        public override Ipv4Address RemoteAddress => default;

        public override ushort RemotePort => 1;

        public override void Offer(long count) => Offered += count;

        public override void Finish()
        {
        }

        public override void Abort()
        {
        }

        public override void ResumeReceive()
        {
        }

        public override void ResumeSend()
        {
        }

        public override void SetTimer(long deadline)
        {
        }
    }
}
