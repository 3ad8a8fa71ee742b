// SPDX-License-Identifier: Apache-2.0

using System;
using System.Text;

namespace Uaas.Http.Tests;

/// <summary>Paths: decoded once, normalised, or refused.</summary>
public class RequestPathTests
{
    [Theory]
    [InlineData("/", "/")]
    [InlineData("/index.html", "/index.html")]
    [InlineData("/a/b/", "/a/b/")]
    [InlineData("/a%20b", "/a b")]
    [InlineData("/%61%2e%74xt", "/a.txt")]
    [InlineData("/%C3%a9", "/\u00c3\u00a9")]
    [InlineData("/100%25", "/100%")]
    [InlineData("/%2541", "/%41")]
    [InlineData("/a+b", "/a+b")]
    [InlineData("/./a", "/a")]
    [InlineData("/a/.", "/a/")]
    [InlineData("/a/./b", "/a/b")]
    [InlineData("/a/../b", "/b")]
    [InlineData("/a/b/..", "/a/")]
    [InlineData("/a/b/../", "/a/")]
    [InlineData("/a/b/../../c", "/c")]
    [InlineData("/a/%2e%2E/b", "/b")]
    [InlineData("/a/..", "/")]
    [InlineData("//a///b//", "/a/b/")]
    [InlineData("//", "/")]
    [InlineData("/...", "/...")]
    [InlineData("/.a/..b", "/.a/..b")]
    [InlineData("/a/.b", "/a/.b")]
    [InlineData("/a%3Fb", "/a?b")]
    [InlineData("/a\\..\\b", "/a\\..\\b")]
    public void Good_paths(string raw, string expected)
    {
        Assert.Equal(RequestPathResult.Ok, Read(raw, out string path));
        Assert.Equal(expected, path);
    }

    [Theory]
    [InlineData("", RequestPathResult.NotAbsolute)]
    [InlineData("*", RequestPathResult.NotAbsolute)]
    [InlineData("a", RequestPathResult.NotAbsolute)]
    [InlineData("/%", RequestPathResult.BadEncoding)]
    [InlineData("/%4", RequestPathResult.BadEncoding)]
    [InlineData("/%4g", RequestPathResult.BadEncoding)]
    [InlineData("/%%41", RequestPathResult.BadEncoding)]
    [InlineData("/%u0041", RequestPathResult.BadEncoding)]
    [InlineData("/a%2fb", RequestPathResult.EncodedSlash)]
    [InlineData("/a%2F..%2Fb", RequestPathResult.EncodedSlash)]
    [InlineData("/%00", RequestPathResult.ControlCharacter)]
    [InlineData("/a%0d%0aB", RequestPathResult.ControlCharacter)]
    [InlineData("/%7f", RequestPathResult.ControlCharacter)]
    [InlineData("/..", RequestPathResult.AboveRoot)]
    [InlineData("/../", RequestPathResult.AboveRoot)]
    [InlineData("/a/../..", RequestPathResult.AboveRoot)]
    [InlineData("/a/%2e%2e/%2e%2e/etc/passwd", RequestPathResult.AboveRoot)]
    [InlineData("//../a", RequestPathResult.AboveRoot)]
    [InlineData("/./../a", RequestPathResult.AboveRoot)]
    public void Bad_paths(string raw, RequestPathResult expected) => Assert.Equal(expected, Read(raw, out _));

    [Fact]
    public void A_path_that_does_not_fit_is_too_long() => Assert.Equal(RequestPathResult.TooLong, Read("/%41" + new string('a', 100), out _, room: 50));

    [Fact]
    public void Whatever_comes_out_is_normal()
    {
        Random random = new(3);
        string[] pieces = ["/", "/", ".", "..", "a", "%2e", "%61", "%25", "bc", "%2", "%00", "+", "\u00ff"];
        int good = 0;
        for (int i = 0; i < 50_000; i++)
        {
            string raw = "/";
            for (int n = random.Next(8); n > 0; n--) raw += pieces[random.Next(pieces.Length)];
            if (Read(raw, out string path) != RequestPathResult.Ok) continue;
            good++;
            Assert.StartsWith("/", path, StringComparison.Ordinal);
            string[] segments = path[1..].Split('/');
            for (int s = 0; s < segments.Length; s++)
            {
                Assert.NotEqual(".", segments[s]);
                Assert.NotEqual("..", segments[s]);
                Assert.True(segments[s].Length > 0 || s == segments.Length - 1);
            }

            string encoded = path.Replace("%", "%25", StringComparison.Ordinal);
            Assert.Equal(RequestPathResult.Ok, Read(encoded, out string again));
            Assert.Equal(path, again);
        }

        Assert.InRange(good, 10_000, 49_000);
    }

    private static RequestPathResult Read(string raw, out string path, int room = 1000)
    {
        RequestPathResult result = RequestPath.Read(Encoding.Latin1.GetBytes(raw), new byte[room], out RequestPath read);
        path = Encoding.Latin1.GetString(read.Bytes);
        return result;
    }
}
