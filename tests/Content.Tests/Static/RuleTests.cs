// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;
using Uaas.Content.Tests.Support;
using Uaas.Http;
using Uaas.Http.Static;

namespace Uaas.Content.Tests.Static;

/// <summary>What a site's configuration makes of the responses.</summary>
public sealed class RuleTests : IDisposable
{
    private readonly TestSite _site = new();

    public void Dispose() => _site.Dispose();

    private SiteClient Serve(string yaml) => new(_site
        .Add("index.html", "home").Add("404.html", "<p>gone fishing</p>").Add("about.html", "about").Add("css/site.css", "body{}").Add("app/index.html", "app")
        .Add("api/data.json", "{}").Add("files/b.txt", "bb").Add("files/ä <1>.txt", "a").Add("files/sub/c.txt", "c").Add("uaas-site.yaml", yaml)
        .Mount());

    [Fact]
    public void LaterRulesWin()
    {
        SiteClient client = Serve(
            """
            cache-control: no-cache
            headers: { X-Frame-Options: DENY, X-One: 1 }
            rules:
              - path: ["/**/*.{css,js}", /about.html]
                cache-control: public, max-age=31536000, immutable
                headers: { X-One: "" , X-Two: "2" }
            """);
        SiteResponse page = client.Get("/");
        Assert.Equal("no-cache", page["Cache-Control"]);
        Assert.Equal("DENY", page["X-Frame-Options"]);
        Assert.Equal("1", page["X-One"]);
        foreach (string path in (string[])["/css/site.css", "/about.html"])
        {
            SiteResponse style = client.Get(path);
            Assert.Equal("public, max-age=31536000, immutable", style["Cache-Control"]);
            Assert.Equal("DENY", style["X-Frame-Options"]);
            Assert.Null(style["X-One"]);
            Assert.Equal("2", style["X-Two"]);
        }

        Assert.Null(client.Get("/nothing")["Cache-Control"]);
        Assert.Equal("no-cache", client.Get("/css?x")["Cache-Control"]);
    }

    [Fact]
    public void ExpiresIsCountedFromTheResponse()
    {
        SiteClient client = Serve("rules:\n- path: /css/**\n  expires: 1d\n");
        Assert.Equal("Sat, 02 Mar 2024 00:00:00 GMT", client.Get("/css/site.css")["Expires"]);
        Assert.Equal("max-age=86400", client.Get("/css/site.css")["Cache-Control"]);
        Assert.Null(client.Get("/")["Expires"]);
    }

    [Fact]
    public void ErrorPagesAreSentWithTheirStatus()
    {
        SiteClient client = Serve("errors: { 404: /404.html, 405: /about.html }\n");
        SiteResponse missing = client.Get("/nothing", "Range: bytes=0-1", "If-None-Match: *");
        Assert.Equal(404, missing.Status);
        Assert.Equal("<p>gone fishing</p>", missing.Text);
        Assert.Equal("text/html; charset=utf-8", missing["Content-Type"]);
        Assert.Null(missing["ETag"]);
        Assert.Equal(404, client.Head("/nothing").Status);
        SiteResponse refused = client.Send("POST", "/");
        Assert.Equal("about", refused.Text);
        Assert.Equal("GET, HEAD, OPTIONS", refused["Allow"]);
    }

    [Theory]
    [InlineData("/about", 200, "about")]
    [InlineData("/about/", 404, null)]
    [InlineData("/app/", 200, "app")]
    [InlineData("/app/users/17", 200, "app")]
    [InlineData("/app/nothing/", 200, "app")]
    [InlineData("/nothing", 404, null)]
    public void FallbacksAreThoseOfTheNearestDirectory(string target, int status, string? text)
    {
        SiteResponse response = Serve(
            """
            fallback: "{path}.html"
            rules:
              - path: /app/**
                fallback: ["{path}.html", /app/index.html]
            """).Get(target);
        Assert.Equal(status, response.Status);
        Assert.True(text is null || response.Text == text);
    }

    [Theory]
    [InlineData("/old", 301, "/about.html")]
    [InlineData("/old?x=1", 301, "/about.html?x=1")]
    [InlineData("/old/more", 404, null)]
    [InlineData("/blog", 308, "https://blog.example.org/")]
    [InlineData("/blog/", 308, "https://blog.example.org/")]
    [InlineData("/blog/2024/a%20b", 308, "https://blog.example.org/2024/a%20b")]
    [InlineData("/v1/x/y?q", 302, "/v2/x/y?q")]
    [InlineData("/with%20space", 301, "/new?fixed")]
    [InlineData("/with%20space?q", 301, "/new?fixed")]
    public void RedirectsLead(string target, int status, string? location)
    {
        SiteResponse response = Serve(
            """
            redirects:
              - { from: /old, to: /about.html }
              - { from: /blog/*, to: "https://blog.example.org/*", status: 308 }
              - { from: /v1/*, to: /v2, status: 302 }
              - { from: /with%20space, to: "/new?fixed" }
            """).Get(target);
        Assert.Equal(status, response.Status);
        Assert.Equal(location, response["Location"]);
    }

    [Fact]
    public void ListingsAreOffUnlessAskedFor()
    {
        Assert.Equal(404, Serve("").Get("/files/").Status);
    }

    [Fact]
    public void AListingComesAsHtmlOrJson()
    {
        SiteClient client = Serve("rules: [{ path: /files/**, listing: true }]\n");
        SiteResponse html = client.Get("/files/", "Accept: text/html,application/xhtml+xml,*/*;q=0.8");
        Assert.Equal("text/html; charset=utf-8", html["Content-Type"]);
        Assert.Contains("<a href=\"./%C3%A4%20%3C1%3E.txt\">&#228; &lt;1&gt;.txt</a>", html.Text);
        Assert.Contains("<a href=\"./sub/\">sub/</a>", html.Text);
        Assert.StartsWith("Accept", html["Vary"]);

        SiteResponse json = client.Get("/files/", "Accept: application/json");
        Assert.Equal("application/json", json["Content-Type"]);
        JsonElement list = JsonDocument.Parse(json.Body).RootElement;
        Assert.Equal(["sub", "b.txt", "ä <1>.txt"], list.EnumerateArray().Select(static item => item.GetProperty("name").GetString()));
        Assert.Equal(2, list[1].GetProperty("size").GetInt64());
        Assert.Equal("2024-02-29T12:34:56Z", list[1].GetProperty("modified").GetString());
        Assert.Equal(200, client.Get("/files/sub/").Status);
        Assert.Equal(404, client.Get("/css/").Status);
        Assert.NotNull(html["ETag"]);
    }

    [Theory]
    [InlineData("application/json", true)]
    [InlineData("application/json, text/html;q=0.9", true)]
    [InlineData("text/html, application/json;q=0.9", false)]
    [InlineData("*/*", false)]
    [InlineData("application/json;q=0.5, */*", false)]
    public void TheListingsFormIsNegotiated(string accept, bool isJson) =>
        Assert.Equal(isJson, Serve("listing: true\n").Get("/files/", $"Accept: {accept}")["Content-Type"] == "application/json");

    [Fact]
    public void AnyOriginMayReadWhereAStarSaysSo()
    {
        SiteClient client = Serve("rules: [{ path: /api/**, cors: '*' }]\n");
        Assert.Equal("*", client.Get("/api/data.json")["Access-Control-Allow-Origin"]);
        Assert.Null(client.Get("/")["Access-Control-Allow-Origin"]);
        SiteResponse preflight = client.Options("/api/data.json", "Origin: https://a.example", "Access-Control-Request-Method: GET");
        Assert.Equal(204, preflight.Status);
        Assert.Equal("GET, HEAD, OPTIONS", preflight["Access-Control-Allow-Methods"]);
    }

    [Fact]
    public void ListedOriginsAreNamedOneByOne()
    {
        SiteClient client = Serve(
            """
            cors:
              origins: [https://a.example, "https://b.example:8443"]
              credentials: true
              allow-headers: X-Token
              expose-headers: [ETag, X-Two]
              max-age: 1h
            """);
        SiteResponse known = client.Get("/", "Origin: https://b.example:8443");
        Assert.Equal("https://b.example:8443", known["Access-Control-Allow-Origin"]);
        Assert.Equal("true", known["Access-Control-Allow-Credentials"]);
        Assert.Equal("ETag, X-Two", known["Access-Control-Expose-Headers"]);
        Assert.Contains("Origin", known.Headers["Vary"]);
        foreach (string origin in (string[])["https://c.example", "https://a.example.evil", "https://a", "null", ""])
        {
            SiteResponse unknown = client.Get("/", $"Origin: {origin}");
            Assert.Null(unknown["Access-Control-Allow-Origin"]);
            Assert.Contains("Origin", unknown.Headers["Vary"]);
        }

        SiteResponse preflight = client.Options("/nothing", "Origin: https://a.example", "Access-Control-Request-Method: GET");
        Assert.Equal("https://a.example", preflight["Access-Control-Allow-Origin"]);
        Assert.Equal("X-Token", preflight["Access-Control-Allow-Headers"]);
        Assert.Equal("3600", preflight["Access-Control-Max-Age"]);
        SiteResponse refused = client.Options("/", "Origin: https://c.example", "Access-Control-Request-Method: GET");
        Assert.Null(refused["Access-Control-Allow-Methods"]);
    }

    [Fact]
    public void TypesAndIndexNamesCanBeChosen()
    {
        SiteClient client = Serve("index: [none.html, about.html, index.html]\ntypes: { css: text/x-style, .JSON: application/hal+json }\n");
        Assert.Equal("about", client.Get("/").Text);
        Assert.Equal("text/x-style; charset=utf-8", client.Get("/css/site.css")["Content-Type"]);
        Assert.Equal("application/hal+json", client.Get("/api/data.json")["Content-Type"]);
    }

    [Fact]
    public void LimitsAndLogReachTheServer()
    {
        Serve(
            """
            access-log: json
            limits: { request-line: 2KiB, head: 8KiB, headers: 20, body: 1MiB, connections: 50, header-timeout: 5s, idle-timeout: 1m, send-timeout: 500ms }
            """);
        Assert.True(SiteRules.TryParse(_site.Mount().Rules, out SiteRules? rules));
        Assert.Equal(AccessLogFormat.Json, rules!.AccessLog);
        HttpLimits limits = rules.Limits.Apply(new HttpLimits());
        Assert.Equal(2048, limits.MaxRequestLine);
        Assert.Equal(8192, limits.MaxHeadSize);
        Assert.Equal(20, limits.MaxHeaderCount);
        Assert.Equal(1 << 20, limits.MaxBody);
        Assert.Equal(50, limits.MaxConnections);
        Assert.Equal(5 * HttpLimits.Second, limits.HeaderTimeout);
        Assert.Equal(60 * HttpLimits.Second, limits.IdleTimeout);
        Assert.Equal(HttpLimits.Second / 2, limits.SendTimeout);
    }

    [Theory]
    [InlineData("off", null)]
    [InlineData("combined", AccessLogFormat.Combined)]
    [InlineData("common", AccessLogFormat.Common)]
    [InlineData("json", AccessLogFormat.Json)]
    public void TheAccessLogsFormIsChosen(string form, AccessLogFormat? expected)
    {
        Serve($"access-log: {form}\n");
        Assert.True(SiteRules.TryParse(_site.Mount().Rules, out SiteRules? rules));
        Assert.Equal(expected, rules!.AccessLog);
    }

    [Fact]
    public void AHostileRulesSectionIsRefusedOrHarmless()
    {
        Serve(
            """
            errors: { 404: /404.html }
            fallback: ["{path}.html", /index.html]
            cors: { origins: [https://a.example], max-age: 1h }
            rules: [{ path: /css/**, headers: { X-One: 1 }, expires: 1d }]
            """);
        byte[] good = _site.Mount().Rules.ToArray();
        Random random = new(5);
        int parsed = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = (byte[])good.Clone();
            for (int changes = random.Next(1, 4); changes > 0; changes--)
            {
                bytes[random.Next(bytes.Length)] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)0xFF;
            }

            if (SiteRules.TryParse(bytes.AsSpan(0, random.Next(3) == 0 ? random.Next(bytes.Length) : bytes.Length), out SiteRules? rules))
            {
                parsed++;
                SitePolicy policy = rules!.Policy(random.Next(4));
                rules.Allows(policy, "https://a.example"u8);
                Assert.DoesNotContain((byte)0, rules.Text(policy.Headers).ToArray());
            }
        }

        Assert.InRange(parsed, 1, 19_999);
    }
}
