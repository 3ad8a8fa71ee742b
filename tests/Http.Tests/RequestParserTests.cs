// SPDX-License-Identifier: Apache-2.0

using System;
using System.Text;
using System.Text.RegularExpressions;
using Uaas.Http.Tests.Support;

namespace Uaas.Http.Tests;

/// <summary>Which heads are taken, what is found in them, and why the others are rejected.</summary>
public partial class RequestParserTests
{
    private const string Host = "Host: a\r\n";

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n", HttpMethod.Get, TargetForm.Origin, "/", "", "example.com")]
    [InlineData("GET /a/b?c=d&e HTTP/1.1\r\nhOST:x:8080\r\n\r\n", HttpMethod.Get, TargetForm.Origin, "/a/b", "c=d&e", "x:8080")]
    [InlineData("GET /?a?b HTTP/1.1\r\nHost: a\r\n\r\n", HttpMethod.Get, TargetForm.Origin, "/", "a?b", "a")]
    [InlineData("HEAD /x? HTTP/1.0\r\n\r\n", HttpMethod.Head, TargetForm.Origin, "/x", "", "")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n", HttpMethod.Options, TargetForm.Asterisk, "*", "", "")]
    [InlineData("GET http://h:81/p?q HTTP/1.1\r\nHost: other\r\n\r\n", HttpMethod.Get, TargetForm.Absolute, "/p", "q", "h:81")]
    [InlineData("GET HTTPS://h HTTP/1.1\r\nHost: other\r\n\r\n", HttpMethod.Get, TargetForm.Absolute, "/", "", "h")]
    [InlineData("GET http://h?q HTTP/1.1\r\nHost: h\r\n\r\n", HttpMethod.Get, TargetForm.Absolute, "/", "q", "h")]
    [InlineData("GET /\u00e9 HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", HttpMethod.Get, TargetForm.Origin, "/\u00e9", "", "[::1]:80")]
    [InlineData("get / HTTP/1.1\r\nHost: a\r\n\r\n", HttpMethod.Unknown, TargetForm.Origin, "/", "", "a")]
    [InlineData("M-SEARCH //x/ HTTP/1.7\r\nHost: a\r\n\r\n", HttpMethod.Unknown, TargetForm.Origin, "//x/", "", "a")]
    public void Good_heads_are_understood(string text, HttpMethod method, TargetForm form, string path, string query, string host)
    {
        HeadParser parser = new();
        Assert.Equal(RequestRejection.None, parser.Parse(text));
        HttpRequest request = parser.Request;
        Assert.Equal(method, request.Method);
        Assert.Equal(form, request.TargetForm);
        Assert.Equal(path, Encoding.Latin1.GetString(request.RawPath));
        Assert.Equal(query, Encoding.Latin1.GetString(request.Query));
        Assert.Equal(host, Encoding.Latin1.GetString(request.Host));
        Assert.Equal(text.Contains('?', StringComparison.Ordinal), request.HasQuery);
        Assert.Equal(text.Contains("HTTP/1.0", StringComparison.Ordinal) ? HttpVersion.Http10 : HttpVersion.Http11, request.Version);
    }

    [Theory]
    // Request line
    [InlineData(" GET / HTTP/1.1\r\nHost: a\r\n\r\n", RequestRejection.BadMethod)]
    [InlineData("G(T / HTTP/1.1\r\nHost: a\r\n\r\n", RequestRejection.BadMethod)]
    [InlineData("GET\r\nHost: a\r\n\r\n", RequestRejection.BadMethod)]
    [InlineData("GET /\r\nHost: a\r\n\r\n", RequestRejection.BadVersion)]
    [InlineData("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", RequestRejection.BadVersion)]
    [InlineData("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", RequestRejection.BadVersion)]
    [InlineData("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", RequestRejection.BadVersion)]
    [InlineData("GET / http/1.1\r\nHost: a\r\n\r\n", RequestRejection.BadVersion)]
    [InlineData("GET / HTTP/1.10\r\nHost: a\r\n\r\n", RequestRejection.BadVersion)]
    [InlineData("GET / HTTP/11\r\nHost: a\r\n\r\n", RequestRejection.BadVersion)]
    [InlineData("GET / HTTP/2.0\r\nHost: a\r\n\r\n", RequestRejection.UnsupportedVersion)]
    [InlineData("PRI * HTTP/2.0\r\n\r\n", RequestRejection.UnsupportedVersion)]
    [InlineData("GET / HTTP/0.9\r\n\r\n", RequestRejection.UnsupportedVersion)]
    [InlineData("GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", RequestRejection.BadTarget)]
    [InlineData("GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", RequestRejection.BadMethod)]
    [InlineData("GET /#f HTTP/1.1\r\nHost: a\r\n\r\n", RequestRejection.BadTarget)]
    [InlineData("GET /?q#f HTTP/1.1\r\nHost: a\r\n\r\n", RequestRejection.BadTarget)]
    [InlineData("GET a HTTP/1.1\r\nHost: a\r\n\r\n", RequestRejection.BadTarget)]
    [InlineData("GET * HTTP/1.1\r\nHost: a\r\n\r\n", RequestRejection.BadTarget)]
    [InlineData("GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", RequestRejection.BadTarget)]
    [InlineData("GET http:/// HTTP/1.1\r\nHost: a\r\n\r\n", RequestRejection.BadTarget)]
    [InlineData("GET http://user@a/ HTTP/1.1\r\nHost: a\r\n\r\n", RequestRejection.BadTarget)]
    [InlineData("GET http://a:80b/ HTTP/1.1\r\nHost: a\r\n\r\n", RequestRejection.BadTarget)]
    [InlineData("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", RequestRejection.UnsupportedMethod)]
    [InlineData("CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n", RequestRejection.BadTarget)]
    // Line ends and control characters
    [InlineData("GET / HTTP/1.1\nHost: a\r\n\r\n", RequestRejection.BareLineFeed)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\n\r\n", RequestRejection.BareLineFeed)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\n", RequestRejection.BareLineFeed)]
    [InlineData("GET / HTTP/1.1\rHost: a\r\n\r\n", RequestRejection.BareCarriageReturn)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", RequestRejection.BareCarriageReturn)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", RequestRejection.BareCarriageReturn)]
    [InlineData("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", RequestRejection.ControlCharacter)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: \u0001\r\n\r\n", RequestRejection.ControlCharacter)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: \u007f\r\n\r\n", RequestRejection.ControlCharacter)]
    // Field lines
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", RequestRejection.BadHeaderName)]
    [InlineData("GET / HTTP/1.1\r\nHost : a\r\n\r\n", RequestRejection.BadHeaderName)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", RequestRejection.BadHeaderName)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n", RequestRejection.BadHeaderName)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX@Y: y\r\n\r\n", RequestRejection.BadHeaderName)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX\u00e9: y\r\n\r\n", RequestRejection.BadHeaderName)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", RequestRejection.ObsoleteFolding)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\tz\r\n\r\n", RequestRejection.ObsoleteFolding)]
    [InlineData("GET / HTTP/1.1\r\n Host: a\r\n\r\n", RequestRejection.ObsoleteFolding)]
    // Host
    [InlineData("GET / HTTP/1.1\r\n\r\n", RequestRejection.MissingHost)]
    [InlineData("GET http://a/ HTTP/1.1\r\n\r\n", RequestRejection.MissingHost)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", RequestRejection.BadHost)]
    [InlineData("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", RequestRejection.BadHost)]
    [InlineData("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", RequestRejection.BadHost)]
    [InlineData("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", RequestRejection.BadHost)]
    [InlineData("GET / HTTP/1.1\r\nHost: :80\r\n\r\n", RequestRejection.BadHost)]
    [InlineData("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", RequestRejection.BadHost)]
    [InlineData("GET / HTTP/1.1\r\nHost: [x]\r\n\r\n", RequestRejection.BadHost)]
    [InlineData("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", RequestRejection.BadHost)]
    public void Bad_heads_are_rejected(string text, RequestRejection expected) => Assert.Equal(expected, new HeadParser().Parse(text));

    [Theory]
    [InlineData("", BodyFraming.None, 0)]
    [InlineData("Content-Length: 0\r\n", BodyFraming.Length, 0)]
    [InlineData("Content-Length: 42\r\n", BodyFraming.Length, 42)]
    [InlineData("Content-Length:\t007 \r\n", BodyFraming.Length, 7)]
    [InlineData("Content-Length: 99999999999999999999999\r\n", BodyFraming.Length, long.MaxValue)]
    [InlineData("Transfer-Encoding: chunked\r\n", BodyFraming.Chunked, 0)]
    [InlineData("transfer-encoding: , CHUNKED ,\r\n", BodyFraming.Chunked, 0)]
    public void Framing_is_found(string fields, BodyFraming framing, long length)
    {
        HeadParser parser = new();
        Assert.Equal(RequestRejection.None, parser.Parse("POST / HTTP/1.1\r\n" + Host + fields + "\r\n"));
        Assert.Equal(framing, parser.Head.Framing);
        Assert.Equal(length, parser.Head.ContentLength);
    }

    [Theory]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", RequestRejection.AmbiguousFraming)]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", RequestRejection.AmbiguousFraming)]
    [InlineData("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", RequestRejection.AmbiguousFraming)]
    [InlineData("Content-Length: 5\r\nContent-Length: 6\r\n", RequestRejection.BadContentLength)]
    [InlineData("Content-Length: 5\r\nContent-Length: 5\r\n", RequestRejection.BadContentLength)]
    [InlineData("Content-Length: 5, 5\r\n", RequestRejection.BadContentLength)]
    [InlineData("Content-Length: 5 6\r\n", RequestRejection.BadContentLength)]
    [InlineData("Content-Length: +5\r\n", RequestRejection.BadContentLength)]
    [InlineData("Content-Length: -5\r\n", RequestRejection.BadContentLength)]
    [InlineData("Content-Length: 0x5\r\n", RequestRejection.BadContentLength)]
    [InlineData("Content-Length: 5.0\r\n", RequestRejection.BadContentLength)]
    [InlineData("Content-Length: \r\n", RequestRejection.BadContentLength)]
    [InlineData("Transfer-Encoding: identity\r\n", RequestRejection.BadTransferEncoding)]
    [InlineData("Transfer-Encoding: xchunked\r\n", RequestRejection.BadTransferEncoding)]
    [InlineData("Transfer-Encoding: chunked, identity\r\n", RequestRejection.BadTransferEncoding)]
    [InlineData("Transfer-Encoding: chunked, chunked\r\n", RequestRejection.BadTransferEncoding)]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", RequestRejection.BadTransferEncoding)]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n", RequestRejection.BadTransferEncoding)]
    [InlineData("Transfer-Encoding: \"chunked\"\r\n", RequestRejection.BadTransferEncoding)]
    [InlineData("Transfer-Encoding: chunked;q=1\r\n", RequestRejection.BadTransferEncoding)]
    [InlineData("Transfer-Encoding:\r\n", RequestRejection.BadTransferEncoding)]
    [InlineData("Transfer-Encoding: gzip, chunked\r\n", RequestRejection.UnsupportedTransferEncoding)]
    [InlineData("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", RequestRejection.UnsupportedTransferEncoding)]
    [InlineData("Expect: 200-ok\r\n", RequestRejection.UnsupportedExpectation)]
    public void Ambiguous_framing_is_rejected(string fields, RequestRejection expected) =>
        Assert.Equal(expected, new HeadParser().Parse("POST / HTTP/1.1\r\n" + Host + fields + "\r\n"));

    [Fact]
    public void Transfer_encoding_in_http_1_0_is_rejected() =>
        Assert.Equal(RequestRejection.AmbiguousFraming, new HeadParser().Parse("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"));

    [Theory]
    [InlineData("1.1", "", true)]
    [InlineData("1.1", "Connection: close\r\n", false)]
    [InlineData("1.1", "Connection: x\r\nConnection: y, CLOSE\r\n", false)]
    [InlineData("1.1", "Connection: keep-alive, close\r\n", false)]
    [InlineData("1.0", "", false)]
    [InlineData("1.0", "Connection: Keep-Alive\r\n", true)]
    public void Persistence_follows_version_and_connection(string version, string fields, bool expected)
    {
        HeadParser parser = new();
        Assert.Equal(RequestRejection.None, parser.Parse($"GET / HTTP/{version}\r\n{Host}{fields}\r\n"));
        Assert.Equal(expected, parser.Head.KeepAlive);
    }

    [Fact]
    public void Fields_are_found_by_name_in_any_case_and_in_order()
    {
        HeadParser parser = new();
        Assert.Equal(RequestRejection.None, parser.Parse("GET / HTTP/1.1\r\nX-One: 1\r\nIF-NONE-MATCH: \"a\"\r\nhost: h\r\nif-none-match:\t\"b\" \t\r\nx-one: 2\r\n\r\n"));
        HttpRequest request = parser.Request;
        Assert.Equal(5, request.HeaderCount);
        Assert.True(request.IsRepeated(HeaderName.IfNoneMatch));
        Assert.False(request.TryGetSingle(HeaderName.IfNoneMatch, out _));
        Assert.True(request.TryGetSingle(HeaderName.Host, out ReadOnlySpan<byte> host));
        Assert.True(host.SequenceEqual("h"u8));
        int cursor = 0;
        Assert.True(request.NextHeader(HeaderName.IfNoneMatch, ref cursor, out ReadOnlySpan<byte> value) && value.SequenceEqual("\"a\""u8));
        Assert.True(request.NextHeader(HeaderName.IfNoneMatch, ref cursor, out value) && value.SequenceEqual("\"b\""u8));
        Assert.False(request.NextHeader(HeaderName.IfNoneMatch, ref cursor, out _));
        Assert.True(request.TryFind("x-one"u8, out value) && value.SequenceEqual("1"u8));
        Assert.False(request.TryFind("x-two"u8, out _));
        Assert.True(request.HeaderNameAt(0).SequenceEqual("X-One"u8));
    }

    [Fact]
    public void Every_well_known_name_is_found()
    {
        foreach (HeaderName name in Enum.GetValues<HeaderName>())
        {
            if (name == HeaderName.Other) continue;
            string text = name == HeaderName.Te ? "TE" : Dashed().Replace(name.ToString(), "-$1").Replace("Web-Socket", "WebSocket", StringComparison.Ordinal);
            Assert.Equal(name, HeaderNames.Find(Encoding.ASCII.GetBytes(text)));
            Assert.Equal(name, HeaderNames.Find(Encoding.ASCII.GetBytes(text.ToUpperInvariant())));
            Assert.Equal(HeaderName.Other, HeaderNames.Find(Encoding.ASCII.GetBytes(text + "!")));
            Assert.Equal(HeaderName.Other, HeaderNames.Find(Encoding.ASCII.GetBytes("!" + text[1..])));
        }

        Assert.True(HeaderNames.Count <= 64);
    }

    [GeneratedRegex("(?<!^)([A-Z])")]
    private static partial Regex Dashed();
}
