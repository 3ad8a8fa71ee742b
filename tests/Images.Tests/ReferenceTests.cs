// SPDX-License-Identifier: Apache-2.0

using Uaas.Host.Images.Oci;
using Xunit;

namespace Uaas.Images.Tests;

/// <summary>Names of images.</summary>
public sealed class ReferenceTests
{
    private const string Hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("site", null, "site", "latest")]
    [InlineData("site:1.0", null, "site", "1.0")]
    [InlineData("team/site", null, "team/site", "latest")]
    [InlineData("localhost/site", "localhost", "site", "latest")]
    [InlineData("localhost:5000/site:2", "localhost:5000", "site", "2")]
    [InlineData("registry.example.org/a/b__c-d.e:x", "registry.example.org", "a/b__c-d.e", "x")]
    [InlineData("[::1]:5000/site", "[::1]:5000", "site", "latest")]
    [InlineData("site@sha256:" + Hex, null, "site", null)]
    public void A_name_has_a_host_if_its_first_part_looks_like_one(string text, string? registry, string repository, string? tag)
    {
        var reference = ImageReference.Parse(text);
        Assert.Equal((registry, repository, tag), (reference.Registry, reference.Repository, reference.Tag));
        Assert.Equal(reference, ImageReference.Parse(reference.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Site")]
    [InlineData("a//b")]
    [InlineData("site:")]
    [InlineData("site:a b")]
    [InlineData("../site")]
    [InlineData("site\n")]
    [InlineData("a..b")]
    [InlineData("site@sha256:12")]
    [InlineData("site@md5:" + Hex)]
    [InlineData("-a/b")]
    public void What_is_no_name_is_refused(string text) => Assert.Null(ImageReference.TryParse(text));

    [Theory]
    [InlineData("sha256:" + Hex, true)]
    [InlineData("sha256:0123", false)]
    [InlineData("sha512:" + Hex, false)]
    [InlineData("sha256:../../../../../../../../../../../../../../../../../../etc/passwd/aaa", false)]
    [InlineData("sha256:ABCDEF6789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", false)]
    public void A_digest_is_64_lowercase_digits_of_SHA_256(string text, bool good) => Assert.Equal(good, Digest.Parse(text) is not null);
}
