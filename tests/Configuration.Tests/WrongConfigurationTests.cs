// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Configuration.Tests;

public sealed class WrongConfigurationTests
{
    /// <summary>What stands under a service that is otherwise right, the key that the error names, its words, and what it suggests.</summary>
    public static TheoryData<string, string, string, string?> Services => new()
    {
        { "scael: { min: 1 }", "services.web.scael", "unknown key 'scael'", "scale" },
        { "scale: { mni: 1 }", "services.web.scale.mni", "unknown key 'mni'", "min" },
        { "scale: { zebra: 1 }", "services.web.scale.zebra", "the keys are concurrency, idle, max, min, spares, window", null },
        { "scale: { min: many }", "services.web.scale.min", "has to be a number from 0 to 1000000, not 'many'", null },
        { "scale: { min: 5, max: 3 }", "services.web.scale.min", "is 5, more than max, 3", null },
        { "scale: { max: 0 }", "services.web.scale.max", "has to be a number from 1", null },
        { "scale: [ 1 ]", "services.web.scale", "has to be a mapping", null },
        { "scale: { idle: 5 parsecs }", "services.web.scale.idle", "has to be a time like", null },
        { "vmm: sptt", "services.web.vmm", "has to be one of auto, spt, hvt, qemu", "spt" },
        { "resources: { memory: 1MiB }", "services.web.resources.memory", "2MiB to 4GiB", null },
        { "resources: { memory: 64GiB }", "services.web.resources.memory", "2MiB to 4GiB", null },
        { "resources: { memory: 8MiB, reserve: { memory: 9MiB } }", "services.web.resources.reserve.memory", "more than an instance has", null },
        { "resources: { cpu: 0 }", "services.web.resources.cpu", "cores like", null },
        { "resources: { cpu: 1, reserve: { cpu: 2 } }", "services.web.resources.reserve.cpu", "more than an instance may use", null },
        { "health: healthz", "services.web.health", "a path like /healthz", null },
        { "route: 'img?x'", "services.web.route", "has to be a path like /img", null },
        { "route: /a/../b", "services.web.route", "has to be a path like /img", null },
        { "route: { host: 'a..b' }", "services.web.route.host", "has to be a host", null },
        { "route: { path: /a, stripp: true }", "services.web.route.stripp", "unknown key", "strip" },
        { "route: { path: /a, extensions: ['*.jpg'] }", "services.web.route.extensions", "extension like jpg", null },
        { "ports: { http: 70000 }", "services.web.ports.http", "the guest's port", null },
        { "ports: { rtmp: { port: 1935 } }", "services.web.ports.rtmp", "needs 'listen'", null },
        { "links: { 80x: img }", "services.web.links.80x", "begins with the port", null },
        { "links: { 9000: web }", "services.web.links.9000", "linked to itself", null },
        { "links: { 9000: othre }", "services.web.links.9000", "there is no service 'othre'", "other" },
        { "links: { 9000: other, 09000: other }", "services.web.links.09000", "port 9000 is linked twice", null },
        { "egress: [ 300.1.2.3 ]", "services.web.egress", "networks like", null },
        { "env: { 1A: x }", "services.web.env.1A", "named by letters", null },
        { "env: { A: [ x ] }", "services.web.env.A", "has to be a text", null },
        { "secrets: { A: nowhere.txt }", "services.web.secrets.A", "there is no file /app/nowhere.txt", null },
        { "args: [ 'two words' ]", "services.web.args", "one word", null },
        { "args: [ ip=10.0.0.1 ]", "services.web.args", "'ip' is set by the node", null },
        { "config: ./site", "services.web.config", "/app/site is no file", null },
        { "rollout: { max-surge: 0 }", "services.web.rollout.max-surge", "no instance could ever be replaced", null },
        { "restart: { backoff: 2m }", "services.web.restart.backoff", "longer than max-backoff", null },
        { "volumes: { data: 1GiB }\n    scale: 2", "services.web.scale", "one instance has a volume", null },
        { "volumes: { content: 1GiB }", "services.web.volumes.content", "that of the content", null },
        { "volumes: { a: { size: 1GiB, device: d }, b: { size: 1GiB, device: d } }", "services.web.volumes.b", "another volume's already", null },
        { "volumes: { data: { device: d } }", "services.web.volumes.data", "needs a 'size'", null },
        { "queue: { deadline: 0s }", "services.web.queue.deadline", "longer than nothing", null },
        { "queue: { deadline: 60d }", "services.web.queue.deadline", "at most 1h", null },
        { "health: { deadline: 2h }", "services.web.health.deadline", "at most 1h", null },
        { "drain: soon", "services.web.drain", "a time like", null },
    };

    [Theory]
    [MemberData(nameof(Services))]
    public void AMistakeNamesItsLineKeyAndTheNearestName(string line, string key, string words, string? suggestion)
    {
        ConfigurationError error = Assert.Single(Yaml.ErrorsOf($"services:\n  other: {{ image: img }}\n  web:\n    image: http\n    content: site\n    {line}\n"));
        Assert.Equal(key, error.Key);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Equal(suggestion, error.Suggestion);
        Assert.Equal(6 + line.Count(static c => c == '\n'), error.Line);
        Assert.True(error.Column > 4, $"column {error.Column}");
    }

    /// <summary>Whole files, and the lines and words of all their errors.</summary>
    public static TheoryData<string, string[]> Files => new()
    {
        { "", ["1 the file is empty"] },
        { "- a\n- b", ["1 the file has to be a mapping"] },
        { "services:", ["1 no service"] },
        { "mode: combind\nservices: { a: { image: http, content: site } }", ["1 mode has to be one of"] },
        { "services: { a: { image: htp, content: site } }", ["1 there is no image 'htp'"] },
        { "services: { a: { content: site } }", ["1 needs an 'image'"] },
        { "services: { a: { image: '' } }", ["1 needs an 'image'"] },
        { "services: { a: { image: } }", ["1 needs an 'image'"] },
        { "services: { a: { image: ./nothing } }", ["1 there is nothing at /app/nothing"] },
        { "services: { a: { image: http } }", ["1 needs 'content'"] },
        { "services: { a: { image: http, content: nowhere } }", ["1 there is no directory /app/nowhere"] },
        { "services: { A_b: { image: img } }", ["1 lower-case letters"] },
        { "services:\n  a: { image: img, route: /x }\n  b: { image: img, route: [ /x/, /y ] }", ["3 the route /x is taken by 'a' in line 2"] },
        { "services:\n  a: { image: img, route: { path: /x, extensions: [jpg, png] } }\n  b: { image: img, route: { path: /x, extensions: png } }", ["3 (*.png) is taken by 'a'"] },
        { "services:\n  a: { image: flv, ports: { rtmp: 1935 } }\n  b: { image: flv, ports: { live: 1935 } }", ["3 port 1935 is taken by 'a'"] },
        { "services:\n  a: { image: img, links: { 1: b } }\n  b: { image: img, links: { 1: c } }\n  c: { image: img, links: { 1: a } }", ["4 a → b → c → a"] },
        { "services:\n  a: { image: img }\n  a: { image: flv }", ["3 'a' stands twice: first in line 2"] },
        { "limits: { memory: 16MiB }\nservices: { a: { image: http, content: site } }", ["2 more than limits allow"] },
        { "limits: { instances: 3 }\nservices: { a: { image: img, scale: 2 }, b: { image: img, scale: 2 } }", ["1 least instances of all services are 4"] },
        { "limits: { memory: 100MiB }\nservices: { a: { image: http, content: site, scale: 4 } }", ["1 take 128MiB"] },
        { "services: { a: { image: img, ports: { http: none }, route: / } }", ["1 cannot have a route"] },
        { "services: { a: { image: img, ports: { http: none } }, b: { image: img, links: { 9: a } } }", ["1 speaks no HTTP"] },
        { "services: { a: *missing }", ["1 no YAML"] },
        { "services: { a: [", ["2 no YAML"] },
        { "services: { a: { image: img } }\n---\nservices: {}", ["2 one document"] },
        { "mode: combined\nservices: { combined: { image: ./project }, a: { image: img } }", ["1 the name 'combined'"] },
        { "mode: combined\nservices: { a: { image: http, content: site }, b: { image: img, content: other } }", ["1 the same 'content'"] },
        { "mode: combined\nservices: { a: { image: http, content: site, links: { 9: c } }, b: { image: img }, c: { image: ./project, links: { 9: b } } }", ["1 links go in a circle"] },
        { "mode: combined\ncombined: { scale: 2 }\nservices: { a: { image: flv, volumes: { recordings: 1GiB } } }", ["2 one instance has a volume"] },
        { "servces: {}\nmod: split\nservices: { a: { image: htp, vm: spt } }", ["1 unknown key 'servces'", "2 unknown key 'mod'", "3 there is no image 'htp'", "3 unknown key 'vm'"] },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void AWrongFileIsRefusedWholeWithAllItsMistakes(string yaml, string[] expected)
    {
        IReadOnlyList<ConfigurationError> errors = Yaml.ErrorsOf(yaml);
        Assert.True(expected.Length == errors.Count, string.Join('\n', errors));
        foreach ((string words, ConfigurationError error) in expected.Zip(errors))
        {
            int space = words.IndexOf(' ', StringComparison.Ordinal);
            Assert.Equal(int.Parse(words[..space]), error.Line);
            Assert.Contains(words[(space + 1)..], error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void TheMessageIsForAPerson()
    {
        ConfigurationException failure = Assert.Throws<ConfigurationException>(static () => Yaml.Read("services:\n  web: { image: http, contnet: site }\n"));
        Assert.Equal(
            "uaas.yaml:2:8: services.web needs 'content', the directory that it serves\n" +
            "uaas.yaml:2:23: unknown key 'contnet' in services.web; did you mean 'content'?",
            failure.Message);
    }

    [Fact]
    public void NestingIsBounded() => Assert.Contains("nested deeper", Yaml.ErrorsOf(new string('[', 200_000))[0].Message, StringComparison.Ordinal);

    [Fact]
    public void TextThatTheScannerTripsOverIsSaidToBeNoYaml() =>
        Assert.Contains("no YAML", Yaml.ErrorsOf("services: { web: { content: <c&c ./site\n\t{ x: \u0001[ ,\n- ? : }")[0].Message, StringComparison.Ordinal);

    [Fact]
    public void ErrorsAreBounded()
    {
        IReadOnlyList<ConfigurationError> errors = Yaml.ErrorsOf("services:\n  a: { image: img }\n" + string.Concat(Enumerable.Range(0, 5000).Select(static i => $"key{i}: 1\n")));
        Assert.Equal(101, errors.Count);
        Assert.Equal("and 4900 more", errors[^1].Message);
    }

    [Fact]
    public void ManyLinksInAChainAreCheckedWithoutRecursion()
    {
        string chain = string.Concat(Enumerable.Range(0, 9_000).Select(static i => $"  s{i}: {{ image: img, links: {{ 1: s{i + 1} }} }}\n"));
        Assert.Contains("circle", Assert.Single(Yaml.ErrorsOf($"services:\n{chain}  s9000: {{ image: img, links: {{ 1: s0 }} }}\n")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingFileIsSaid() => Assert.Contains("uaas.yaml", Assert.Throws<ConfigurationException>(static () => ConfigurationReader.Read("/nowhere/uaas.yaml")).Message, StringComparison.Ordinal);
}
