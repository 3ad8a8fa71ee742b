// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Uaas.Http.Tests.Support;

namespace Uaas.Http.Tests;

/// <summary>
/// What requests come to here and with nginx. Where the two differ the row says why; nginx itself is asked whether the table is right about it.
/// Behind each request comes "GET /second", so a row shows too whether the connection lived on: 404 is the second answer, "x" is the end.
/// </summary>
public sealed partial class NginxOracleTests : IClassFixture<NginxServer>
{
    private const string Second = "GET /second HTTP/1.1\r\nHost: a\r\n\r\n";
    private const string Smuggling = "who would read it differently is a victim of smuggling";

    private readonly NginxServer _nginx;

    public NginxOracleTests(NginxServer nginx) => _nginx = nginx;

    /// <summary>Request, ours, nginx's, and why they differ.</summary>
    public static TheoryData<string, string, string, string?> Rows => new()
    {
        { "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "200 404", "200 404", null },
        { "GET / HTTP/1.0\r\n\r\n", "200 x", "200 x", null },
        { "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "200 404", "200 404", null },
        { "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "200 x", "200 x", null },
        { "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", "200 404", "200 404", null },
        { "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", "405 404", "405 x", "the method is refused, not the connection" },
        { "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "200 404", "200 404", null },

        // Request lines
        { " GET / HTTP/1.1\r\nHost: a\r\n\r\n", "400 x", "400 x", null },
        { "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", "400 x", "400 x", null },
        { "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "400 x", "400 x", null },
        { "GET / http/1.1\r\nHost: a\r\n\r\n", "400 x", "400 x", null },
        { "GET a HTTP/1.1\r\nHost: a\r\n\r\n", "400 x", "400 x", null },
        { "GET * HTTP/1.1\r\nHost: a\r\n\r\n", "400 x", "400 x", null },
        { "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "200 404", "200 404", null },
        { "GET / HTTP/2.0\r\nHost: a\r\n\r\n", "505 x", "505 x", null },
        { "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n", "200 404", "200 404", null },
        { "GET http://user@a/ HTTP/1.1\r\nHost: a\r\n\r\n", "400 x", "400 x", null },
        { "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "400 x", "200 404", "RFC 9112, 3: one space" },
        { "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "400 x", "200 404", "RFC 9112, 3: nothing behind the version" },
        { "GET / HTTP/1.10\r\nHost: a\r\n\r\n", "400 x", "200 404", "RFC 9112, 2.3: one digit" },
        { "GET /#f HTTP/1.1\r\nHost: a\r\n\r\n", "400 x", "200 404", "RFC 9112, 3.2: a target has no fragment" },
        { "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", "501 x", "400 x", "the request is good, we are no proxy" },
        { "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "405 404", "400 x", "RFC 9110, 9.3.7: it is for the server as a whole" },

        // Line ends and characters
        { "GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", "400 x", "400 x", null },
        { "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", "400 x", "400 x", null },
        { "GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", "400 x", "400 x", null },
        { "GET / HTTP/1.1\nHost: a\n\n", "400 x", "200 404", Smuggling },
        { "GET / HTTP/1.1\r\nHost: a\r\nX: \u0001\r\n\r\n", "400 x", "200 404", "RFC 9110, 5.5: no control characters" },

        // Fields
        { "GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", "400 x", "400 x", null },
        { "GET / HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n", "400 x", "400 x", null },
        { "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", "400 x", "400 x", null },
        { "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", "400 x", "200 404", "RFC 9112, 5: a field has a colon" },
        { "GET / HTTP/1.1\r\nHost: a\r\nExpect: nonsense\r\n\r\n", "417 x", "200 404", "RFC 9110, 10.1.1" },
        { "GET / HTTP/1.1\r\n\r\n", "400 x", "400 x", null },
        { "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "400 x", "400 x", null },
        { "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "400 x", "400 x", null },
        { "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "400 x", "400 x", null },
        { "GET / HTTP/1.1\r\nHost:\r\n\r\n", "200 404", "400 x", "RFC 9112, 3.2: a client that knows no host sends it empty" },

        // Content
        { "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "200 404", "200 404", null },
        { "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: x\r\n\r\n", "200 404", "200 404", null },
        { "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400 x", "400 x", null },
        { "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", "400 x", "400 x", null },
        { "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\nx", "400 x", "400 x", null },
        { "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx", "400 x", "400 x", null },
        { "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1x\r\n\r\nx", "400 x", "400 x", null },
        { "GET / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", "400 x", "400 x", null },
        { "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n", "413 x", "400 x", "the number is good, it is only too large" },
        { "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501 x", "501 x", null },
        { "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", "400 x", "501 x", "RFC 9112, 6.3: chunked must be last" },
        { "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400 x", "400 x", null },
        { "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400 x", "400 x", null },
        { "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "405 x", "405 x", "both answer the method before the content" },

        // Paths
        { "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", "400 404", "400 x", "the path is bad, the framing is not" },
        { "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "400 404", "400 x", "the path is bad, the framing is not" },
        { "GET /../ HTTP/1.1\r\nHost: a\r\n\r\n", "400 404", "400 x", "the path is bad, the framing is not" },
        { "GET /a/../ HTTP/1.1\r\nHost: a\r\n\r\n", "200 404", "200 404", null },
        { "GET //index.html HTTP/1.1\r\nHost: a\r\n\r\n", "200 404", "200 404", null },
        { "GET /%69ndex.html HTTP/1.1\r\nHost: a\r\n\r\n", "200 404", "200 404", null },
        { "GET /a%2f../ HTTP/1.1\r\nHost: a\r\n\r\n", "400 404", "200 404", "an encoded slash is no separator (RFC 3986, 2.2)" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void We_answer_as_the_table_says(string request, string ours, string nginxs, string? why)
    {
        TestTransport transport = new TestServer(new LambdaHandler(AnswerAsASite)).Connect();
        transport.Send(request + Second);
        Assert.Equal(ours, Summarise(transport.Text, transport.IsFinished));
        Assert.True(ours == nginxs || why is not null, "a difference needs its reason");
    }

    [NginxTheory]
    [MemberData(nameof(Rows))]
    public void Nginx_answers_as_the_table_says(string request, string ours, string nginxs, string? why)
    {
        _ = (ours, why);
        (string text, bool closed) = _nginx.Ask(Encoding.Latin1.GetBytes(request + Second), nginxs.EndsWith('x'));
        Assert.Equal(nginxs, Summarise(text, closed));
    }

    private static void AnswerAsASite(in HttpRequest request, HttpResponse response)
    {
        if (request.Method is not (HttpMethod.Get or HttpMethod.Head))
        {
            response.RefuseMethod(request, "GET, HEAD"u8);
            return;
        }

        if (request.ReadPath(out RequestPath path) != RequestPathResult.Ok) response.SendStatus(HttpStatus.BadRequest);
        else response.SendStatus(path.Bytes.SequenceEqual("/"u8) || path.Bytes.SequenceEqual("/index.html"u8) ? HttpStatus.Ok : HttpStatus.NotFound);
    }

    private static string Summarise(string text, bool closed) =>
        string.Join(' ', StatusLine().Matches(text).Select(m => m.Groups[1].Value)) + (closed ? " x" : "");

    [GeneratedRegex(@"HTTP/1\.1 (\d\d\d) ")]
    private static partial Regex StatusLine();
}
