// SPDX-License-Identifier: Apache-2.0

extern alias packer;

using packer::Uaas.Host.Images;
using packer::Uaas.Host.Images.Site;
using Uaas.Content.Tests.Support;

namespace Uaas.Content.Tests.Site;

public sealed class ConfigurationErrorTests
{
    [Theory]
    [InlineData("fallbak: x", "site.yaml:1: unknown key 'fallbak': did you mean 'fallback'?")]
    [InlineData("\n\nzzzzzzzz: x", "site.yaml:3: unknown key 'zzzzzzzz': the keys are ")]
    [InlineData("limits:\n  bodi: 1", "site.yaml:2: unknown key 'bodi' in limits: did you mean 'body'?")]
    [InlineData("rules:\n- path: /a\n  lising: true", "site.yaml:3: unknown key 'lising' in rules[1]: did you mean 'listing'?")]
    [InlineData("listing: maybe", "site.yaml:1: listing has to be true or false")]
    [InlineData("limits: { body: lots }", "site.yaml:1: limits.body has to be a number from 1 to 2147483647")]
    [InlineData("limits: { headers: 256 }", "site.yaml:1: limits.headers has to be a number from 4 to 255")]
    [InlineData("limits: { idle-timeout: 0s }", "site.yaml:1: limits.idle-timeout has to be a time like 500ms or 30s")]
    [InlineData("expires: soon", "site.yaml:1: expires has to be a time like 10m, 12h or 30d")]
    [InlineData("errors: { 200: /x.html }", "site.yaml:1: errors: '200' has to be a status from 400 to 599")]
    [InlineData("errors: { 404: x.html }", "site.yaml:1: errors.404: 'x.html' has to be the path of a file, like /404.html")]
    [InlineData("headers: { 'a b': c }", "site.yaml:1: headers.a b has to be a field name and one line of ASCII")]
    [InlineData("headers: { X: \"a\\r\\nSet-Cookie: b\" }", "site.yaml:1: headers.X has to be a field name and one line of ASCII")]
    [InlineData("headers: { Content-Length: 1 }", "site.yaml:1: headers.Content-Length is set by the server")]
    [InlineData("cache-control: \"a\\nb\"", "site.yaml:1: cache-control: 'a\nb' has to be one line of ASCII")]
    [InlineData("rules: [{ listing: true }]", "site.yaml:1: a rule needs a 'path'")]
    [InlineData("rules: [{ path: a }]", "site.yaml:1: path: 'a': a path starts with a slash")]
    [InlineData("rules: [{ path: '/{a' }]", "site.yaml:1: path: '/{a': the brace is not closed")]
    [InlineData("rules: x", "site.yaml:1: rules has to be a list")]
    [InlineData("- a", "site.yaml:1: the file has to be a mapping of keys to values")]
    [InlineData("a: b: c", "site.yaml:1: ")]
    [InlineData("listing: true\nlisting: true", "site.yaml:2: ")]
    [InlineData("cors: example.org", "site.yaml:1: cors: 'example.org' has to be an origin like https://example.org, or a single '*'")]
    [InlineData("cors: { origins: '*', credentials: true }", "site.yaml:1: cors needs its 'origins', and those by name where 'credentials' is true")]
    [InlineData("redirects: [{ from: /a }]", "site.yaml:1: a redirect needs both 'from' and 'to'")]
    [InlineData("redirects: [{ from: /a, to: 'x y' }]", "site.yaml:1: redirects.to: 'x y' has to be a path like /new or a URL")]
    [InlineData("redirects: [{ from: /a, to: /b, status: 200 }]", "status has to be 301, 302, 303, 307 or 308")]
    [InlineData("fallback: '{path}/x'", "site.yaml:1: fallback: '{path}/x' has to be {path} and a suffix, like {path}.html")]
    [InlineData("types: { md: markdown }", "site.yaml:1: types.md has to be an extension and its media type, like md: text/markdown")]
    [InlineData("index: [a/b]", "site.yaml:1: index: 'a/b' has to be the name of a file, without a slash")]
    [InlineData("access-log: loud", "site.yaml:1: access-log has to be off, combined, common or json")]
    public void AMistakeIsToldWithItsPlace(string yaml, string message) =>
        Assert.Contains(message, Assert.Throws<PackException>(() => SiteConfigurationReader.Parse(yaml, "site.yaml")).Message);

    [Fact]
    public void AllMistakesAreToldInOrder()
    {
        string message = Assert.Throws<PackException>(() => SiteConfigurationReader.Parse("a: 1\nb: 2\nlisting: 3\n", "s")).Message;
        Assert.Equal(["s:1", "s:2", "s:3"], message.Split('\n').Select(static line => line[..3]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing but words\n")]
    public void NothingIsWellToo(string yaml) => Assert.Equal(["index.html"], SiteConfigurationReader.Parse(yaml, "s").IndexNames);

    [Theory]
    [InlineData("errors: { 404: /gone.html }", "there is no file /gone.html in the content")]
    [InlineData("fallback: /gone.html", "there is no file /gone.html in the content")]
    [InlineData("redirects: [{ from: /a.txt, to: /b }]", "the redirect from /a.txt would hide what the content has there")]
    [InlineData("redirects: [{ from: /d/*, to: /b }]", "the redirect from /d would hide what the content has there")]
    [InlineData("redirects: [{ from: /x, to: /b }, { from: /x, to: /c }]", "or is there twice")]
    public void WhatDoesNotFitTheContentIsTold(string yaml, string message)
    {
        using TestSite site = new();
        site.Add("a.txt", "a").Add("d/b.txt", "b").Add("uaas-site.yaml", yaml);
        PackException failure = Assert.Throws<PackException>(() => site.Pack());
        Assert.Contains($"uaas-site.yaml:1: ", failure.Message);
        Assert.Contains(message, failure.Message);
        Assert.Empty(site.Outside);
    }

    [Fact]
    public void TooManyFieldsForOneResponseAreTold()
    {
        using TestSite site = new();
        site.Add("uaas-site.yaml", $"headers: {{ X-Long: {new string('x', 1100)} }}");
        Assert.Contains("there is room for 1024", Assert.Throws<PackException>(() => site.Pack()).Message);
    }

    [Theory]
    [InlineData("/a/*.css", "/a/b.css", true)]
    [InlineData("/a/*.css", "/a/b/c.css", false)]
    [InlineData("/a/**", "/a/", true)]
    [InlineData("/a/**", "/a/b/c", true)]
    [InlineData("/a/**", "/ab", false)]
    [InlineData("/**/x.txt", "/x.txt", true)]
    [InlineData("/**/x.txt", "/a/b/x.txt", true)]
    [InlineData("/**/x.txt", "/a/bx.txt", false)]
    [InlineData("/?.txt", "/a.txt", true)]
    [InlineData("/?.txt", "//.txt", false)]
    [InlineData("/*.{css,js}", "/a.js", true)]
    [InlineData("/*.{css,js}", "/a.jsx", false)]
    [InlineData("/a.b", "/axb", false)]
    [InlineData("/(a|b)+", "/(a|b)+", true)]
    public void PatternsMatchWhatTheySay(string text, string path, bool matches)
    {
        Assert.True(PathPattern.TryParse(text, out PathPattern pattern, out _));
        Assert.Equal(matches, pattern.Matches(path));
    }
}
