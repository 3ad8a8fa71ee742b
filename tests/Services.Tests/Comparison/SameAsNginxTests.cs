// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Xunit;

namespace Uaas.Services.Tests.Comparison;

/// <summary>A site of real files served by unikernels, through the gateway, is byte for byte what nginx makes of it: for curl, and for a browser.</summary>
public sealed class SameAsNginxTests(TwoServers servers) : IClassFixture<TwoServers>
{
    /// <summary>The fields that must be the same with every status. Others are each server's own: Date, Server, ETag, Connection, and what the site's configuration adds.</summary>
    private static readonly string[] s_fieldsOfAll = ["Content-Range", "Location"];

    /// <summary>Those that tell of content.</summary>
    private static readonly string[] s_fieldsOfContent = ["Last-Modified", "Content-Encoding"];

    /// <summary>Where the types differ: ours come from the IANA registry and the site's configuration; nginx's list is older.</summary>
    private static readonly Dictionary<string, (string Ours, string Nginxs)> s_types = new()
    {
        // RFC 9239 made text/javascript the type of scripts again.
        [".js"] = ("text/javascript; charset=utf-8", "application/javascript; charset=utf-8"),

        // nginx knows no type of these, and takes its default.
        [".md"] = ("text/markdown; charset=utf-8", "text/plain; charset=utf-8"),
        [".cs"] = ("text/x-csharp; charset=utf-8", "text/plain; charset=utf-8"),
    };

    [ComparisonFact("spt", Curl.Program)]
    public Task Curl_gets_the_same_on_spt() => CompareByCurlAsync("spt");

    [ComparisonFact("hvt", Curl.Program)]
    public Task Curl_gets_the_same_on_hvt() => CompareByCurlAsync("hvt");

    [ComparisonFact("qemu-tcg", Curl.Program)]
    public Task Curl_gets_the_same_on_qemu() => CompareByCurlAsync("qemu");

    [ComparisonFact("spt", Browser.Program)]
    public Task A_browser_sees_the_same_on_spt() => CompareByBrowserAsync("spt");

    [ComparisonFact("hvt", Browser.Program)]
    public Task A_browser_sees_the_same_on_hvt() => CompareByBrowserAsync("hvt");

    [ComparisonFact("qemu-tcg", Browser.Program)]
    public Task A_browser_sees_the_same_on_qemu() => CompareByBrowserAsync("qemu");

    private async Task CompareByCurlAsync(string monitor)
    {
        Uri ours = await servers.OursAsync(monitor);
        List<CurlRequest> requests = [.. servers.Files.SelectMany(FirstRequests), .. OtherRequests()];
        Assert.InRange(requests.Count, 400, 10_000);
        List<HttpReply> mine = await Curl.AskAsync(ours, requests);
        List<HttpReply> nginxs = await Curl.AskAsync(servers.Nginx, requests);
        AssertSame(requests, mine, nginxs);

        // Each server's own tag, and the date that both send.
        List<HttpReply> myConditional = await Curl.AskAsync(ours, [.. Conditional(requests, mine)]);
        List<HttpReply> nginxsConditional = await Curl.AskAsync(servers.Nginx, [.. Conditional(requests, nginxs)]);
        AssertSame([.. Conditional(requests, mine)], myConditional, nginxsConditional);
        Assert.Contains(myConditional, reply => reply.Status == 304);
        Assert.Contains(myConditional, reply => reply.Status == 412);
    }

    private static IEnumerable<CurlRequest> FirstRequests(string path) =>
    [
        new(path, false), new(path, true), new(path, false, "Range: bytes=0-0"), new(path, false, "Range: bytes=7-99"), new(path, false, "Range: bytes=-10"),
        new(path, false, "Range: bytes=1000000-"), new(path, false, "Range: bytes=0-0,5-8"),
    ];

    private static IEnumerable<CurlRequest> OtherRequests() => new[] { "/nothing", "/docs", "/gallery?a=b", "/docs/", "/%", "/a%00", "/../etc/passwd", "/docs/../index.html", "//index.html" }
        .SelectMany(path => new CurlRequest[] { new(path, false), new(path, true) });

    private static IEnumerable<CurlRequest> Conditional(List<CurlRequest> requests, List<HttpReply> replies)
    {
        foreach ((CurlRequest request, HttpReply reply) in requests.Zip(replies))
        {
            if (request.Head || request.Fields.Length > 0 || reply is not { Status: 200 } || reply["ETag"] is not { } tag) continue;
            yield return new(request.Path, false, $"If-None-Match: {tag}");
            yield return new(request.Path, true, $"If-None-Match: \"other\", {tag}");
            yield return new(request.Path, false, "If-None-Match: \"other\"");
            yield return new(request.Path, false, $"If-Modified-Since: {reply["Last-Modified"]}");
            yield return new(request.Path, false, "If-Modified-Since: Mon, 01 Jan 2001 00:00:00 GMT");
            yield return new(request.Path, false, "If-Match: \"other\"");
            yield return new(request.Path, false, "If-Unmodified-Since: Mon, 01 Jan 2001 00:00:00 GMT");
            yield return new(request.Path, false, "Range: bytes=1-2", $"If-Range: {tag}");
            yield return new(request.Path, false, "Range: bytes=1-2", "If-Range: \"other\"");
        }
    }

    private static void AssertSame(List<CurlRequest> requests, List<HttpReply> mine, List<HttpReply> nginxs)
    {
        Assert.Equal((requests.Count, requests.Count), (mine.Count, nginxs.Count));
        List<string> differences = [];
        for (int i = 0; i < requests.Count; i++)
        {
            string name = $"{(requests[i].Head ? "HEAD" : "GET")} {requests[i].Path} {string.Join(", ", requests[i].Fields)}";
            differences.AddRange(Differences(Path.GetExtension(requests[i].Path), mine[i], nginxs[i]).Select(difference => $"{name}: {difference}"));
        }

        Assert.True(differences.Count == 0, $"{differences.Count} differences from nginx:\n{string.Join('\n', differences.Take(200))}");
    }

    private static IEnumerable<string> Differences(string extension, HttpReply mine, HttpReply nginxs)
    {
        if (mine.Status != nginxs.Status)
        {
            yield return $"status {mine.Status}, nginx {nginxs.Status}";
            yield break;
        }

        // Each has its own words for people where the site has no page for the status.
        bool ownWords = mine.Status is >= 300 and not 404;
        foreach (string field in ownWords ? s_fieldsOfAll : [.. s_fieldsOfAll, .. s_fieldsOfContent])
        {
            if (mine[field] != nginxs[field]) yield return $"{field} {mine[field]}, nginx {nginxs[field]}";
        }

        if (ownWords) yield break;
        List<Part> myParts = Part.Of(mine);
        List<Part> nginxsParts = Part.Of(nginxs);
        if (myParts.Count != nginxsParts.Count) yield return $"{myParts.Count} parts, nginx {nginxsParts.Count}";
        foreach ((Part my, Part its) in myParts.Zip(nginxsParts))
        {
            if (!IsSameType(extension, my.Type, its.Type)) yield return $"Content-Type {my.Type}, nginx {its.Type}";
            if (my.Range != its.Range) yield return $"Content-Range {my.Range}, nginx {its.Range}";
            if (!my.Content.Span.SequenceEqual(its.Content.Span)) yield return $"{my.Content.Length} bytes of content differ from nginx's {its.Content.Length}";
        }

        // The boundary's length is each server's own, and so is the length of all parts together.
        if (myParts.Count == 1 && mine["Content-Length"] != nginxs["Content-Length"]) yield return $"Content-Length {mine["Content-Length"]}, nginx {nginxs["Content-Length"]}";
    }

    private static bool IsSameType(string extension, string? mine, string? nginxs) =>
        mine == nginxs || (s_types.TryGetValue(extension, out (string, string) known) && known == (mine, nginxs));

    private async Task CompareByBrowserAsync(string monitor)
    {
        Uri ours = await servers.OursAsync(monitor);
        await using Browser browser = await Browser.StartAsync();
        foreach ((string path, int images) in new[] { ("/gallery/", 24), ("/docs/http.html", 0), ("/tour/", 0), ("/app/index.html", 0) })
        {
            LoadedPage mine = await browser.LoadAsync(new Uri(ours, path));
            LoadedPage nginxs = await browser.LoadAsync(new Uri(servers.Nginx, path));
            Assert.Equal((images, images), (mine.Images, mine.LoadedImages));
            Assert.True(mine.StyleRules > 0, $"{path} has no style");
            Assert.Equal(nginxs.Document, mine.Document);
            Assert.Equal(nginxs with { Screenshot = [] }, mine with { Screenshot = [] });
            Assert.True(mine.Screenshot.AsSpan().SequenceEqual(nginxs.Screenshot), $"{path} looks different");
        }
    }
}
