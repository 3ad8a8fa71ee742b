// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;

namespace Uaas.Configuration.Tests;

public sealed class RulesTests
{
    private const string Good = """
        services:
          web:
            image: http
            content: site
            config: site.yaml
            route: [ /, { host: www.example.org, path: /docs, extensions: [html] } ]
            env: { A: x }
            secrets: { TOKEN: token.txt }
            args: [ log=json ]
            links: { 9000: video }
            egress: [ any, 10.0.0.0/8, "192.0.2.1:443" ]
          video: { image: flv, ports: { rtmp: 1935 }, volumes: { data: 1GiB } }
        """;

    /// <summary>What replaces what in the JSON form, and the key that is refused.</summary>
    public static TheoryData<string, string, string> Wrong => new()
    {
        { "\"namespace\":\"default\"", "\"namespace\":\"../x\"", "namespace" },
        { "\"name\":\"web\"", "\"name\":\"a b\"", "services.a b.name" },
        { "\"name\":\"web\"", "\"name\":\"video\"", "services.video.links" },
        { "\"value\":\"http\"", "\"value\":\"nothing\"", "services.web.image" },
        { "\"content\":\"/app/site\"", "\"content\":\"site\"", "services.web.content" },
        { "\"path\":\"/docs\"", "\"path\":\"/docs/../x\"", "services.web.route" },
        { "\"host\":\"www.example.org\"", "\"host\":\"a\\nb\"", "services.web.route" },
        { "\"extensions\":[\"html\"]", "\"extensions\":[null]", "services.web.route" },
        { "\"http\":80", "\"http\":0", "services.web.ports.http" },
        { "\"listen\":1935", "\"listen\":-1", "services.video.ports" },
        { "\"A\":\"x\"", "\"A=B\":\"x\"", "services.web.env" },
        { "\"A\":\"x\"", "\"A\":null", "services.web.env" },
        { "log=json", "ip=10.0.0.1", "services.web.args" },
        { "\"service\":\"video\"", "\"service\":\"web\"", "services.web.links" },
        { "\"service\":\"video\"", "\"service\":\"none\"", "services.web.links.9000" },
        { "\"links\":[]", "\"links\":[{\"port\":1,\"service\":\"web\",\"targetPort\":80}]", "links" },
        { "\"network\":\"10.0.0.0/8\"", "\"network\":\"10.0.0.0/99\"", "services.web.egress" },
        { "\"concurrency\":100", "\"concurrency\":0", "services.web.scale.concurrency" },
        { "\"window\":\"00:01:00\"", "\"window\":\"00:00:00\"", "services.web.scale.window" },
        { "\"idle\":\"00:01:00\"", "\"idle\":\"-00:01:00\"", "services.web.scale.idle" },
        { "\"min\":0,\"max\":10", "\"min\":11,\"max\":10", "services.web.scale" },
        { "\"min\":0,\"max\":1,", "\"min\":0,\"max\":2,", "services.video.volumes" },
        { "\"memoryBytes\":33554432", "\"memoryBytes\":1", "services.web.resources.memory" },
        { "\"backoff\":\"00:00:00.2000000\"", "\"backoff\":\"00:00:00\"", "services.web.restart" },
        { "\"maxSurge\":1,", "\"maxSurge\":0,", "services.web.rollout" },
        { "\"services\":[", "\"services\":[null,", "services" },
    };

    [Fact]
    public void WhatTheReaderAcceptsKeepsTheRules() => DeploymentRules.Require(Yaml.Read(Good));

    [Theory]
    [MemberData(nameof(Wrong))]
    public void WhatIsSentIsHeldToTheSameBounds(string from, string to, string key)
    {
        string json = JsonSerializer.Serialize(Yaml.Read(Good), ConfigurationJson.Default.Deployment);
        int at = json.IndexOf(from, StringComparison.Ordinal);
        Assert.True(at >= 0, $"there is no {from} in {json}");
        Deployment sent = JsonSerializer.Deserialize(json[..at] + to + json[(at + from.Length)..], ConfigurationJson.Default.Deployment)!;
        Assert.Contains(key, Assert.Throws<ConfigurationException>(() => DeploymentRules.Require(sent)).Errors.Select(static error => error.Key));
    }
}
