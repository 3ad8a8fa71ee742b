// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Configuration.Tests;

public sealed class DigestTests
{
    private const string Base = "services: { web: { image: http, content: site, env: { A: 1, B: 2 } } }";

    [Fact]
    public void TheOrderOfTheFileDoesNotMatter() =>
        Assert.Equal(ServiceDigest.Of(Yaml.ServiceOf(Base)), ServiceDigest.Of(Yaml.ServiceOf("services: { web: { env: { B: 2, A: 1 }, content: ./site/, image: http } }")));

    [Theory]
    [InlineData("scale: 3", true)]
    [InlineData("route: /x", true)]
    [InlineData("rollout: { max-surge: 2 }", true)]
    [InlineData("drain: 5s", true)]
    [InlineData("ports: { rtmp: 1935 }", true)]
    [InlineData("args: [ verbose ]", false)]
    [InlineData("resources: { memory: 64MiB }", false)]
    [InlineData("vmm: spt", false)]
    [InlineData("ports: { http: 8080 }", false)]
    [InlineData("egress: any", false)]
    [InlineData("secrets: { T: token.txt }", false)]
    public void OnlyWhatAnInstanceIsMadeOfMakesARevision(string change, bool isSameRevision)
    {
        ServiceDefinition before = Yaml.ServiceOf("services: { web: { image: http, content: site } }");
        ServiceDefinition after = Yaml.ServiceOf($"services: {{ web: {{ image: http, content: site, {change} }} }}");
        Assert.NotEqual(ServiceDigest.Of(before), ServiceDigest.Of(after));
        Assert.Equal(isSameRevision, ServiceDigest.OfRevision(before, "sha256:1", "sha256:2") == ServiceDigest.OfRevision(after, "sha256:1", "sha256:2"));
    }

    [Fact]
    public void WhatIsInASecretMakesARevisionNotWhereItIs()
    {
        ServiceDefinition here = Yaml.ServiceOf("services: { web: { image: http, content: site, secrets: { T: token.txt } } }");
        ServiceDefinition there = here with { Secrets = new Dictionary<string, string> { ["T"] = "/app/moved.txt" } };
        Assert.Equal(ServiceDigest.OfRevision(here, "sha256:1", null, "sha256:5"), ServiceDigest.OfRevision(there, "sha256:1", null, "sha256:5"));
        Assert.NotEqual(ServiceDigest.OfRevision(here, "sha256:1", null, "sha256:5"), ServiceDigest.OfRevision(here, "sha256:1", null, "sha256:6"));
    }

    [Theory]
    [InlineData("image: http, content: site, env: { A: 1 }, health: /a, route: /old, scale: 1")]
    [InlineData("image: img, content: site, ports: { http: 8080, rtmp: 1935 }, drain: 5s, rollout: { max-surge: 2 }")]
    [InlineData("image: http, content: site, ports: { http: none }, route: none")]
    [InlineData("image: http, content: site, volumes: { data: 1GiB }")]
    public void WhoGoesBackToARevisionKeepsWhatIsNoPartOfIt(string old)
    {
        ServiceDefinition former = Yaml.ServiceOf($"services: {{ web: {{ {old} }} }}");
        ServiceDefinition now = Yaml.ServiceOf("services: { web: { image: http, content: site, route: /new, ports: { tcp: 5000 }, scale: 3, drain: 7s, health: { path: /b, interval: 2s } } }");
        ServiceDefinition back = now.MadeAs(former);
        Assert.Equal(ServiceDigest.OfRevision(former, "sha256:1", "sha256:2"), ServiceDigest.OfRevision(back, "sha256:1", "sha256:2"));
        Assert.Equal(former.Ports.Http is null ? [] : now.Routes, back.Routes);
        Assert.Equal(now.Ports.Tcp, back.Ports.Tcp);
        Assert.Equal(former.Volumes.Count > 0 ? former.Scale : now.Scale, back.Scale);
        Assert.Equal(now.Drain, back.Drain);
        Assert.Equal(former.Health.Path is null ? null : now.Health.Interval, back.Health.Interval);
    }

    [Fact]
    public void NewContentIsANewRevision()
    {
        ServiceDefinition web = Yaml.ServiceOf(Base);
        Assert.NotEqual(ServiceDigest.OfRevision(web, "sha256:1", "sha256:2"), ServiceDigest.OfRevision(web, "sha256:1", "sha256:3"));
        Assert.NotEqual(ServiceDigest.OfRevision(web, "sha256:1", "sha256:2"), ServiceDigest.OfRevision(web, "sha256:9", "sha256:2"));
    }
}
