// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
using Xunit;

namespace Uaas.Services.Tests;

/// <summary>What the http service promises, each as bytes sent and a check of all that comes back.</summary>
internal static class HttpBehaviours
{
    /// <param name="Request">What is sent on a connection; the server closes after it.</param>
    /// <param name="Check">Looks at the responses, in their order.</param>
    /// <param name="Heads">Numbers of the requests that are HEAD.</param>
    internal sealed record Behaviour(string Request, Action<List<HttpReply>> Check, params int[] Heads);

    private const string LastModified = "Thu, 29 Feb 2024 12:34:56 GMT";

    private static readonly byte[] s_page = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 500).Select(i => $"<p>paragraph {i}</p>\n")));
    private static readonly byte[] s_large = Noise(3_000_000);

    private const string Configuration =
        """
        errors: { 404: /404.html }
        redirects: [ { from: /old, to: /new.html } ]
        rules:
          - path: /files/**
            listing: true
            headers: { X-Kind: file }
            cors: "*"
          - path: /app/**
            fallback: [/app/index.html]
            cache-control: no-store
        """;

    /// <summary>The files that the behaviours are about.</summary>
    internal static IEnumerable<(string Path, byte[] Content)> Files =>
    [
        ("index.html", s_page), ("large.bin", s_large), ("empty.txt", []), ("404.html", "<p>gone</p>"u8.ToArray()), ("new.html", "new"u8.ToArray()),
        ("docs/index.html", "docs"u8.ToArray()), ("digits.txt", "0123456789"u8.ToArray()), ("files/b.txt", "b"u8.ToArray()), ("files/sub/c.txt", "c"u8.ToArray()),
        ("app/index.html", "app"u8.ToArray()), ("uaas-site.yaml", Encoding.UTF8.GetBytes(Configuration)),
    ];

    internal static readonly IReadOnlyDictionary<string, Behaviour> All = new Dictionary<string, Behaviour>
    {
        ["GET sends the file with its validators"] = new(Get("/large.bin"), replies =>
        {
            HttpReply reply = Only(replies, 200);
            Assert.Equal(s_large, reply.Body);
            Assert.Equal(LastModified, reply["Last-Modified"]);
            Assert.StartsWith("\"", reply["ETag"], StringComparison.Ordinal);
            Assert.Equal("bytes", reply["Accept-Ranges"]);
            Assert.True((DateTimeOffset.UtcNow - DateTimeOffset.ParseExact(reply["Date"]!, "r", CultureInfo.InvariantCulture)).Duration() < TimeSpan.FromMinutes(1));
        }),
        ["HEAD sends all but the content"] = new(Request("HEAD", "/large.bin"), replies => Assert.Equal("3000000", Only(replies, 200)["Content-Length"]), 0),
        ["OPTIONS names the methods"] = new(Request("OPTIONS", "/"), replies => Assert.Equal("GET, HEAD, OPTIONS", replies.Single()["Allow"])),
        ["a known method that is not served is a 405"] = new(Request("DELETE", "/"), replies => Assert.Equal("GET, HEAD, OPTIONS", Only(replies, 405)["Allow"])),
        ["a method that nobody knows is a 501"] = new(Request("BREW", "/"), replies => Only(replies, 501)),
        ["a directory has its index"] = new(Get("/docs/"), replies => Assert.Equal("docs", Only(replies, 200).Text)),
        ["a directory without its slash redirects"] = new(Get("/docs?a=b"), replies => Assert.Equal("/docs/?a=b", Only(replies, 301)["Location"])),
        ["an empty file is empty"] = new(Get("/empty.txt"), replies => Assert.Empty(Only(replies, 200).Body)),
        ["what is not there is the site's own 404"] = new(Get("/nothing"), replies => Assert.Equal("<p>gone</p>", Only(replies, 404).Text)),
        ["a redirect of the configuration"] = new(Get("/old"), replies => Assert.Equal("/new.html", Only(replies, 301)["Location"])),
        ["a fallback where there is nothing"] = new(Get("/app/some/page"), replies => Assert.Equal(("app", "no-store"), (Only(replies, 200).Text, replies[0]["Cache-Control"]))),
        ["a listing for people"] = new(Get("/files/"), replies => Assert.Contains("b.txt", Only(replies, 200).Text, StringComparison.Ordinal)),
        ["a listing for programs"] = new(Get("/files/", "Accept: application/json"), replies => Assert.Equal("application/json", Only(replies, 200)["Content-Type"])),
        ["fields by rule"] = new(Get("/files/b.txt"), replies => Assert.Equal("file", Only(replies, 200)["X-Kind"])),
        ["other origins by rule"] = new(Get("/files/b.txt", "Origin: https://example.org"), replies => Assert.Equal("*", Only(replies, 200)["Access-Control-Allow-Origin"])),
        ["a path is decoded once"] = new(Get("/%64ocs/%69ndex.html"), replies => Assert.Equal("docs", Only(replies, 200).Text)),
        ["dot segments stay below the root"] = new(Get("/docs/../../etc/passwd"), replies => Only(replies, 400)),
        ["NUL in a path is refused"] = new(Get("/a%00b"), replies => Only(replies, 400)),
        ["one range"] = new(Get("/digits.txt", "Range: bytes=2-4"), replies => Assert.Equal(("234", "bytes 2-4/10"), (Only(replies, 206).Text, replies[0]["Content-Range"]))),
        ["a suffix range"] = new(Get("/digits.txt", "Range: bytes=-3"), replies => Assert.Equal("789", Only(replies, 206).Text)),
        ["several ranges"] = new(Get("/digits.txt", "Range: bytes=0-0, 9-"), replies =>
        {
            HttpReply reply = Only(replies, 206);
            Assert.StartsWith("multipart/byteranges; boundary=", reply["Content-Type"], StringComparison.Ordinal);
            Assert.Contains("bytes 0-0/10\r\n", reply.Text, StringComparison.Ordinal);
            Assert.Contains("bytes 9-9/10\r\n", reply.Text, StringComparison.Ordinal);
        }),
        ["a range that is not there"] = new(Get("/digits.txt", "Range: bytes=10-"), replies => Assert.Equal("bytes */10", Only(replies, 416)["Content-Range"])),
        ["If-Range with another validator sends the whole"] = new(Get("/digits.txt", "Range: bytes=2-4", "If-Range: \"other\""), replies => Only(replies, 200)),
        ["If-Range with the date sends the range"] = new(Get("/digits.txt", "Range: bytes=2-4", $"If-Range: {LastModified}"), replies => Only(replies, 206)),
        ["If-None-Match: * is a 304"] = new(Get("/digits.txt", "If-None-Match: *"), replies => Assert.NotNull(Only(replies, 304)["ETag"])),
        ["If-Modified-Since is a 304"] = new(Get("/digits.txt", $"If-Modified-Since: {LastModified}"), replies => Only(replies, 304)),
        ["If-None-Match is stronger than If-Modified-Since"] = new(
            Get("/digits.txt", "If-None-Match: \"other\"", $"If-Modified-Since: {LastModified}"), replies => Only(replies, 200)),
        ["If-Match with another tag is a 412"] = new(Get("/digits.txt", "If-Match: \"other\""), replies => Only(replies, 412)),
        ["If-Unmodified-Since an earlier time is a 412"] = new(Get("/digits.txt", "If-Unmodified-Since: Wed, 28 Feb 2024 12:34:56 GMT"), replies => Only(replies, 412)),
        ["gzip where it is accepted"] = new(Get("/", "Accept-Encoding: gzip"), replies =>
        {
            HttpReply reply = Only(replies, 200);
            Assert.Equal(("gzip", "Accept-Encoding"), (reply["Content-Encoding"], reply["Vary"]));
            using GZipStream unpacked = new(new MemoryStream(reply.Body), CompressionMode.Decompress);
            using MemoryStream page = new();
            unpacked.CopyTo(page);
            Assert.Equal(s_page, page.ToArray());
        }),
        ["br by its weight"] = new(Get("/", "Accept-Encoding: gzip;q=0.5, br;q=0.8, zstd;q=0.1"), replies => Assert.Equal("br", Only(replies, 200)["Content-Encoding"])),
        ["zstd where nothing else is accepted"] = new(Get("/", "Accept-Encoding: zstd"), replies => Assert.Equal("zstd", Only(replies, 200)["Content-Encoding"])),
        ["no coding that is refused"] = new(Get("/", "Accept-Encoding: gzip;q=0, br;q=0"), replies => Assert.Null(Only(replies, 200)["Content-Encoding"])),
        ["each variant has a tag of its own"] = new(
            Line("GET", "/", "Accept-Encoding: gzip") + Get("/"), replies => Assert.NotEqual(replies[0]["ETag"], replies[1]["ETag"])),
        ["requests in a row are answered in a row"] = new(
            string.Concat(Enumerable.Repeat(Line("GET", "/digits.txt"), 20)) + Get("/docs/"),
            replies => Assert.Equal(Enumerable.Repeat("0123456789", 20).Append("docs"), replies.Select(reply => reply.Text))),
        ["HTTP/1.0 closes"] = new("GET /digits.txt HTTP/1.0\r\n\r\n", replies => Assert.Equal("0123456789", Only(replies, 200).Text)),
        ["HTTP/1.0 stays when asked to"] = new(
            "GET /digits.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /docs/ HTTP/1.0\r\n\r\n", replies => Assert.Equal("keep-alive", replies[0]["Connection"])),
        ["HTTP/2.0 in words is a 505"] = new("GET / HTTP/2.0\r\nHost: a\r\n\r\n", replies => Only(replies, 505)),
        ["content by length is read over"] = new(
            Line("GET", "/digits.txt", "Content-Length: 5") + "hello" + Get("/docs/"), replies => Assert.Equal(2, replies.Count(reply => reply.Status == 200))),
        ["chunked content is read over"] = new(
            Line("GET", "/digits.txt", "Transfer-Encoding: chunked") + "5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n" + Get("/docs/"),
            replies => Assert.Equal(2, replies.Count(reply => reply.Status == 200))),
        ["length and chunks together are refused"] = Refused("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ["two lengths are refused"] = Refused("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
        ["a bad chunk size is refused"] = Refused("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
        ["a folded field is refused"] = Refused("GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n"),
        ["a bare LF is refused"] = Refused("GET / HTTP/1.1\nHost: a\n\n"),
        ["a bare CR is refused"] = Refused("GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"),
        ["a space before the colon is refused"] = Refused("GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n"),
        ["a request without Host is refused"] = Refused("GET / HTTP/1.1\r\n\r\n"),
        ["a request with two Hosts is refused"] = Refused("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        ["garbage is refused"] = Refused("\x16\x03\x01\x02\r\n\r\n"),
        ["a long target is a 414"] = new(Get("/" + new string('a', 9000)), replies => Only(replies, 414)),
        ["long fields are a 431"] = new(Get("/", "X: " + new string('a', 20_000)), replies => Only(replies, 431)),
        ["many fields are a 431"] = new(Get("/", [.. Enumerable.Range(0, 100).Select(i => $"X-{i}: y")]), replies => Only(replies, 431)),
        ["more content than is allowed is a 413"] = new(Line("GET", "/", "Content-Length: 99999999", "Expect: 100-continue"), replies => Only(replies, 413)),
    };

    private static string Get(string target, params string[] fields) => Request("GET", target, fields);

    /// <summary>A request after which the server closes.</summary>
    private static string Request(string method, string target, params string[] fields) => Line(method, target, [.. fields, "Connection: close"]);

    private static string Line(string method, string target, params string[] fields) =>
        $"{method} {target} HTTP/1.1\r\nHost: site\r\n{string.Concat(fields.Select(field => field + "\r\n"))}\r\n";

    private static Behaviour Refused(string request) => new(request, replies => Only(replies, 400));

    private static HttpReply Only(List<HttpReply> replies, int status)
    {
        HttpReply reply = Assert.Single(replies);
        Assert.Equal(status, reply.Status);
        return reply;
    }

    private static byte[] Noise(int length)
    {
        byte[] bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
