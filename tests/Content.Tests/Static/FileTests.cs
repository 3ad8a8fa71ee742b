// SPDX-License-Identifier: Apache-2.0

using System.IO.Compression;
using System.Text;
using Uaas.Content.Tests.Support;

namespace Uaas.Content.Tests.Static;

public sealed class FileTests : IDisposable
{
    private const string LastModified = "Thu, 29 Feb 2024 12:34:56 GMT";
    private static readonly string s_page = Samples.Text(5000);
    private static readonly byte[] s_photo = Samples.Noise(40_000);
    private readonly TestSite _site = new();
    private readonly SiteClient _client;

    public FileTests() => _client = new SiteClient(_site
        .Add("index.html", s_page).Add("photo.jpg", s_photo).Add("docs/index.html", "docs").Add("docs/a b+ü.txt", "odd").Add("empty.txt", "").Add("noindex/x.txt", "x")
        .Mount());

    public void Dispose() => _site.Dispose();

    [Fact]
    public void AFileComesWithAllThatCachesNeed()
    {
        SiteResponse response = _client.Get("/photo.jpg");
        Assert.Equal(200, response.Status);
        Assert.Equal(s_photo, response.Body);
        Assert.Equal("image/jpeg", response["Content-Type"]);
        Assert.Equal(LastModified, response["Last-Modified"]);
        Assert.Equal("bytes", response["Accept-Ranges"]);
        Assert.Equal("Fri, 01 Mar 2024 00:00:00 GMT", response["Date"]);
        Assert.Matches("^\"[A-Za-z0-9_-]{22}\"$", response["ETag"]);
        Assert.Null(response["Vary"]);
        Assert.Null(response["Content-Encoding"]);
    }

    [Theory]
    [InlineData("/", 200, null)]
    [InlineData("/index.html", 200, null)]
    [InlineData("/docs/", 200, null)]
    [InlineData("/docs", 301, "/docs/")]
    [InlineData("/docs?a=b&c", 301, "/docs/?a=b&c")]
    [InlineData("/docs/a%20b+%C3%BC.txt", 200, null)]
    [InlineData("//docs//index.html", 200, null)]
    [InlineData("/docs/../index.html", 200, null)]
    [InlineData("//docs", 301, "/docs/")]
    [InlineData("//example.org/..//docs", 301, "/docs/")]
    [InlineData("http://site/docs", 301, "/docs/")]
    [InlineData("/index.html/", 404, null)]
    [InlineData("/noindex/", 404, null)]
    [InlineData("/nothing", 404, null)]
    [InlineData("/docs/nothing/at/all", 404, null)]
    [InlineData("/INDEX.html", 404, null)]
    [InlineData("/docs%2Findex.html", 400, null)]
    [InlineData("/a%00b", 400, null)]
    [InlineData("/%zz", 400, null)]
    [InlineData("/../etc/passwd", 400, null)]
    [InlineData("/uaas-site.yaml", 404, null)]
    public void PathsLeadWhereTheyShould(string target, int status, string? location)
    {
        SiteResponse response = _client.Get(target);
        Assert.Equal(status, response.Status);
        Assert.Equal(location, response["Location"]);
    }

    [Fact]
    public void HeadIsGetWithoutTheContent()
    {
        SiteResponse get = _client.Get("/photo.jpg");
        SiteResponse head = _client.Head("/photo.jpg");
        Assert.Equal(get.Headers.Select(static field => (field.Key, field.Single())), head.Headers.Select(static field => (field.Key, field.Single())));
        Assert.Equal(404, _client.Head("/nothing").Status);
    }

    [Theory]
    [InlineData("POST", 405)]
    [InlineData("PUT", 405)]
    [InlineData("DELETE", 405)]
    [InlineData("TRACE", 405)]
    [InlineData("BREW", 501)]
    [InlineData("get", 501)]
    public void OtherMethodsAreRefused(string method, int status)
    {
        SiteResponse response = _client.Send(method, "/");
        Assert.Equal(status, response.Status);
        Assert.Equal(status == 405 ? "GET, HEAD, OPTIONS" : null, response["Allow"]);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("*")]
    [InlineData("/nothing")]
    public void OptionsTellsTheMethods(string target)
    {
        SiteResponse response = _client.Options(target);
        Assert.Equal(204, response.Status);
        Assert.Equal("GET, HEAD, OPTIONS", response["Allow"]);
    }

    [Theory]
    [InlineData("gzip", "gzip")]
    [InlineData("x-gzip", "gzip")]
    [InlineData("br", "br")]
    [InlineData("zstd", "zstd")]
    [InlineData("gzip;q=1, br;q=0.5, zstd;q=0.9", "gzip")]
    [InlineData("gzip;q=0, br;q=0.001", "br")]
    [InlineData("identity, gzip;q=0.5", null)]
    [InlineData("deflate, compress", null)]
    [InlineData("gzip;q=0", null)]
    [InlineData("*;q=0", null)]
    [InlineData("zstd;q=0.5, *;q=0", "zstd")]
    [InlineData("", null)]
    public void TheVariantIsTheOneLikedBest(string accepted, string? coding)
    {
        SiteResponse response = _client.Get("/index.html", $"Accept-Encoding: {accepted}");
        Assert.Equal(coding, response["Content-Encoding"]);
        Assert.Equal("Accept-Encoding", response["Vary"]);
        Assert.Equal("text/html; charset=utf-8", response["Content-Type"]);
    }

    [Fact]
    public void OfSeveralVariantsTheSmallestIsSent()
    {
        long best = new[] { "gzip", "br", "zstd" }.Min(coding => _client.Get("/index.html", $"Accept-Encoding: {coding}").Body.LongLength);
        Assert.Equal(best, _client.Get("/index.html", "Accept-Encoding: gzip, deflate, br, zstd").Body.LongLength);
        Assert.Equal(best, _client.Get("/index.html", "Accept-Encoding: *").Body.LongLength);
    }

    [Fact]
    public void EachVariantHasItsOwnTagAndDecodesToTheFile()
    {
        string?[] tags = [.. new[] { "identity", "gzip", "br", "zstd" }.Select(coding => _client.Get("/", $"Accept-Encoding: {coding}")["ETag"])];
        Assert.Equal(4, tags.Distinct().Count());
        using GZipStream gzip = new(new MemoryStream(_client.Get("/", "Accept-Encoding: gzip").Body), CompressionMode.Decompress);
        Assert.Equal(s_page, new StreamReader(gzip).ReadToEnd());
    }

    [Fact]
    public void ConditionsFollowTheOrderOfTheStandard()
    {
        string tag = _client.Get("/photo.jpg")["ETag"]!;
        const string Older = "Thu, 29 Feb 2024 12:34:55 GMT";
        (int Status, string[] Headers)[] cases =
        [
            (304, [$"If-None-Match: {tag}"]),
            (304, [$"If-None-Match: W/{tag}"]),
            (304, ["If-None-Match: *"]),
            (304, [$"If-None-Match: \"a,b\", {tag}"]),
            (304, ["If-None-Match: \"x\"", $"If-None-Match: {tag}"]),
            (200, ["If-None-Match: \"x\""]),
            (200, [$"If-None-Match: {tag.Trim('"')}"]),
            (304, [$"If-Modified-Since: {LastModified}"]),
            (304, ["If-Modified-Since: Thu Feb 29 12:34:56 2024"]),
            (304, ["If-Modified-Since: Thursday, 29-Feb-24 12:34:56 GMT"]),
            (200, [$"If-Modified-Since: {Older}"]),
            (200, ["If-Modified-Since: yesterday"]),
            (200, ["If-None-Match: \"x\"", $"If-Modified-Since: {LastModified}"]),
            (304, [$"If-None-Match: {tag}", $"If-Modified-Since: {Older}"]),
            (200, [$"If-Match: {tag}"]),
            (200, ["If-Match: *"]),
            (412, ["If-Match: \"x\""]),
            (412, [$"If-Match: W/{tag}"]),
            (200, [$"If-Unmodified-Since: {LastModified}"]),
            (412, [$"If-Unmodified-Since: {Older}"]),
            (200, [$"If-Match: {tag}", $"If-Unmodified-Since: {Older}"]),
            (412, ["If-Match: \"x\"", $"If-None-Match: {tag}"]),
            (304, [$"If-Match: {tag}", $"If-None-Match: {tag}"]),
        ];
        foreach ((int status, string[] headers) in cases)
        {
            Assert.True(status == _client.Get("/photo.jpg", headers).Status, string.Join(" · ", headers));
            Assert.True(status == _client.Head("/photo.jpg", headers).Status, string.Join(" · ", headers));
        }
    }

    [Fact]
    public void NotModifiedHasTheFieldsACacheUpdates()
    {
        string tag = _client.Get("/", "Accept-Encoding: br")["ETag"]!;
        SiteResponse response = _client.Get("/", "Accept-Encoding: br", $"If-None-Match: {tag}");
        Assert.Equal(304, response.Status);
        Assert.Equal(tag, response["ETag"]);
        Assert.Equal("Accept-Encoding", response["Vary"]);
        Assert.NotNull(response["Date"]);
        Assert.Null(response["Content-Type"]);
        Assert.Null(response["Content-Encoding"]);
        Assert.Null(response["Content-Length"]);
        Assert.Null(response["Last-Modified"]);
    }

    [Theory]
    [InlineData("bytes=0-0", 206, 0, 0)]
    [InlineData("bytes=0-39999", 206, 0, 39999)]
    [InlineData("bytes=100-199", 206, 100, 199)]
    [InlineData("BYTES=100-199", 206, 100, 199)]
    [InlineData("bytes=39000-", 206, 39000, 39999)]
    [InlineData("bytes=39999-99999999999999999999", 206, 39999, 39999)]
    [InlineData("bytes=-1", 206, 39999, 39999)]
    [InlineData("bytes=-99999", 206, 0, 39999)]
    [InlineData("bytes=16380-16390", 206, 16380, 16390)]
    [InlineData("bytes=40000-,5-6", 206, 5, 6)]
    [InlineData("bytes=40000-", 416, 0, 0)]
    [InlineData("bytes=-0", 416, 0, 0)]
    [InlineData("bytes=99999999999999999999-", 416, 0, 0)]
    [InlineData("bytes=2-1", 200, 0, 0)]
    [InlineData("bytes=a-b", 200, 0, 0)]
    [InlineData("bytes=", 200, 0, 0)]
    [InlineData("bytes=--1", 200, 0, 0)]
    [InlineData("lines=1-2", 200, 0, 0)]
    [InlineData("bytes 1-2", 200, 0, 0)]
    public void OneRange(string range, int status, int first, int last)
    {
        SiteResponse response = _client.Get("/photo.jpg", $"Range: {range}");
        Assert.Equal(status, response.Status);
        switch (status)
        {
            case 206:
                Assert.Equal($"bytes {first}-{last}/40000", response["Content-Range"]);
                Assert.Equal(s_photo[first..(last + 1)], response.Body);
                Assert.Equal("image/jpeg", response["Content-Type"]);
                break;
            case 416:
                Assert.Equal("bytes */40000", response["Content-Range"]);
                break;
            default:
                Assert.Equal(s_photo, response.Body);
                break;
        }
    }

    [Fact]
    public void SeveralRangesComeAsMultipart()
    {
        (int First, int Last)[] ranges = [(0, 9), (16_000, 17_000), (39_990, 39_999), (5, 5)];
        foreach (int segment in (int[])[1, 7, 100, 1448, 100_000])
        {
            using TestSite site = new();
            SiteClient client = new(site.Add("photo.jpg", s_photo).Mount(), segment);
            SiteResponse response = client.Get("/photo.jpg", "Range: bytes=0-9, 16000-17000 ,-10,5-5");
            Assert.Equal(206, response.Status);
            Assert.Null(response["Content-Range"]);
            string boundary = Assert.IsType<string>(response["Content-Type"]).Replace("multipart/byteranges; boundary=", "", StringComparison.Ordinal);
            MemoryStream expected = new();
            foreach ((int first, int last) in ranges)
            {
                expected.Write(Encoding.ASCII.GetBytes($"\r\n--{boundary}\r\nContent-Type: image/jpeg\r\nContent-Range: bytes {first}-{last}/40000\r\n\r\n"));
                expected.Write(s_photo, first, last - first + 1);
            }

            expected.Write(Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n"));
            Assert.Equal(expected.ToArray(), response.Body);
        }
    }

    [Theory]
    [InlineData("bytes=0-,0-,0-")]
    [InlineData("bytes=0-1,2-3,4-5,6-7,8-9,10-11,12-13,14-15,16-17,18-19,20-21,22-23,24-25,26-27,28-29,30-31,32-33")]
    public void GreedyRangesGetTheWhole(string range) => Assert.Equal(200, _client.Get("/photo.jpg", $"Range: {range}").Status);

    [Fact]
    public void IfRangeTakesBothKindsOfValidator()
    {
        string tag = _client.Get("/photo.jpg")["ETag"]!;
        (int Status, string Validator)[] cases =
        [
            (206, tag), (200, "W/" + tag), (200, "\"x\""), (206, LastModified), (200, "Fri, 01 Mar 2024 00:00:00 GMT"), (200, "Thu, 29 Feb 2024 12:34:55 GMT"), (200, "x"),
        ];
        foreach ((int status, string validator) in cases)
        {
            Assert.Equal(status, _client.Get("/photo.jpg", "Range: bytes=1-2", $"If-Range: {validator}").Status);
        }
    }

    [Fact]
    public void ARangeIsOfTheChosenVariant()
    {
        byte[] whole = _client.Get("/", "Accept-Encoding: gzip").Body;
        SiteResponse part = _client.Get("/", "Accept-Encoding: gzip", "Range: bytes=10-19");
        Assert.Equal("gzip", part["Content-Encoding"]);
        Assert.Equal(whole[10..20], part.Body);
    }

    [Fact]
    public void HeadIgnoresRange() => Assert.Equal(200, _client.Head("/photo.jpg", "Range: bytes=0-0").Status);

    [Fact]
    public void AnEmptyFileIsServed()
    {
        SiteResponse response = _client.Get("/empty.txt");
        Assert.Equal(200, response.Status);
        Assert.Empty(response.Body);
        Assert.Equal(416, _client.Get("/empty.txt", "Range: bytes=0-").Status);
    }

    [Fact]
    public void AFileAskedForAgainIsAnsweredTheSame()
    {
        foreach (string[] headers in (string[][])[[], ["Accept-Encoding: br"], ["Accept-Encoding: gzip"], ["Accept-Encoding: br"], ["Range: bytes=0-3"]])
        {
            SiteResponse first = _client.Get("/", headers);
            SiteResponse second = _client.Get("/", headers);
            Assert.Equal(first.Body, second.Body);
            Assert.Equal(first.Headers.Select(static field => (field.Key, field.Single())), second.Headers.Select(static field => (field.Key, field.Single())));
        }
    }

    [Fact]
    public void ManyMoreFilesThanFieldsAreKeptAllComeWithTheirOwn()
    {
        using TestSite site = new();
        for (int i = 0; i < 400; i++)
        {
            site.Add($"{i}.{(i % 2 == 0 ? "png" : "bin")}", Samples.Noise(30, i));
        }

        SiteClient client = new(site.Mount());
        for (int round = 0; round < 2; round++)
        {
            HashSet<string> tags = [];
            for (int i = 0; i < 400; i++)
            {
                SiteResponse response = client.Get($"/{i}.{(i % 2 == 0 ? "png" : "bin")}");
                Assert.Equal(Samples.Noise(30, i), response.Body);
                Assert.Equal(i % 2 == 0 ? "image/png" : "application/octet-stream", response["Content-Type"]);
                Assert.True(tags.Add(response["ETag"]!));
            }
        }
    }

    [Fact]
    public void ServingAllocatesNothing()
    {
        byte[] request = Encoding.ASCII.GetBytes("GET /photo.jpg HTTP/1.1\r\nHost: site\r\nAccept-Encoding: gzip, br\r\nRange: bytes=0-9,20-29\r\nIf-None-Match: \"x\"\r\n\r\n"
            + "GET /index.html HTTP/1.1\r\nHost: site\r\nAccept-Encoding: gzip, br\r\n\r\nGET /docs HTTP/1.1\r\nHost: site\r\n\r\nGET /none HTTP/1.1\r\nHost: site\r\n\r\n");

        // The just-in-time compiler may allocate on this thread now and then; a path that allocates does so every time.
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 10 && least != 0; attempt++)
        {
            least = Math.Min(least, _client.Repeat(request, 100, static () => GC.GetAllocatedBytesForCurrentThread()));
        }

        Assert.Equal(0, least);
    }
}
