// SPDX-License-Identifier: Apache-2.0

using System.Text.Json;

namespace Uaas.Configuration.Tests;

public sealed class GoodConfigurationTests
{
    private const string Everything = """
        namespace: acme
        mode: split
        limits: { instances: 100, memory: 8GiB, cpu: 4 }
        services:
          web:
            image: http
            content: ./site
            config: site.yaml
            route: [ /, { host: Www.Example.org, path: /docs/, strip: true, extensions: [.HTML, htm] } ]
            ports: { http: 8080 }
            env: { GREETING: hello, LEVEL: 3 }
            secrets: { TOKEN: token.txt }
            args: [ log=json, verbose ]
            links: { 9000: images, 9001: "video:1935" }
            egress: [ 10.1.2.3/8, "192.0.2.1:443" ]
            scale: { min: 1, max: 20, concurrency: 50, idle: 5m, window: 30s, spares: 2 }
            resources: { memory: 16MiB, cpu: 0.5, reserve: { memory: 4MiB, cpu: 2m } }
            health: { path: /healthz, deadline: 3s }
            vmm: spt
            restart: { backoff: 100ms, max-backoff: 30s, settle: 5s, crash-loop: 3 }
            rollout: { max-surge: 2, max-unavailable: 1, deadline: 2m, undo: off, history: 5 }
            queue: { length: 10, deadline: 2s }
            drain: 1m
          images: { image: img, content: site, route: /img }
          video:
            image: flv
            route: none
            ports: { rtmp: { listen: 11935, port: 1935 } }
            volumes: { recordings: { size: 10GiB, device: data } }
        """;

    [Fact]
    public void ThreeLinesSuffice()
    {
        Deployment deployment = Yaml.Read("""
            services:
              web: { image: http, content: ./site }
            """);
        ServiceDefinition web = Assert.Single(deployment.Services);
        Assert.Equal(("default", ServingMode.Split), (deployment.Namespace, deployment.Mode));
        Assert.Equal(new ImageSource(ImageKind.BuiltIn, "http"), web.Image);
        Assert.Equal("/app/site", web.Content);
        Assert.Equal("/", Assert.Single(web.Routes).Path);
        Assert.Equal((0, 10, 100), (web.Scale.Min, web.Scale.Max, web.Scale.Concurrency));
        Assert.Equal(32, web.Resources.MemoryMebibytes);
        Assert.Empty(web.Egress);
    }

    [Fact]
    public void EveryKeyIsRead()
    {
        Deployment deployment = Yaml.Read(Everything);
        Assert.Equal("acme", deployment.Namespace);
        Assert.Equal(new NamespaceLimits { Instances = 100, MemoryBytes = 8L << 30, CpuMillicores = 4000 }, deployment.Limits);
        ServiceDefinition web = deployment.Services[0];
        Assert.Equal("/app/site.yaml", web.Config);
        Assert.Equal([("", "/", false), ("www.example.org", "/docs", true)], web.Routes.Select(static route => (route.Host ?? "", route.Path, route.Strip)));
        Assert.Equal(["htm", "html"], web.Routes[1].Extensions);
        Assert.Equal(8080, web.Ports.Http);
        Assert.Equal(("hello", "3"), (web.Environment["GREETING"], web.Environment["LEVEL"]));
        Assert.Equal("/app/token.txt", web.Secrets["TOKEN"]);
        Assert.Equal(["log=json", "verbose"], web.Arguments);
        Assert.Equal([new ServiceLink(9000, "images", 80), new ServiceLink(9001, "video", 1935)], web.Links);
        Assert.Equal([new EgressRule("10.0.0.0/8", null), new EgressRule("192.0.2.1/32", 443)], web.Egress);
        Assert.Equal(new ScaleSettings { Min = 1, Max = 20, Concurrency = 50, Idle = TimeSpan.FromMinutes(5), Window = TimeSpan.FromSeconds(30), Spares = 2 }, web.Scale);
        Assert.Equal(new ResourceSettings { MemoryBytes = 16 << 20, CpuMillicores = 500, ReservedMemoryBytes = 4 << 20, ReservedCpuMillicores = 2 }, web.Resources);
        Assert.Equal(new HealthSettings { Path = "/healthz", Deadline = TimeSpan.FromSeconds(3) }, web.Health);
        Assert.Equal(VmmChoice.Spt, web.Vmm);
        Assert.Equal(new RestartSettings { Backoff = TimeSpan.FromMilliseconds(100), MaxBackoff = TimeSpan.FromSeconds(30), Settle = TimeSpan.FromSeconds(5), CrashLoop = 3 }, web.Restart);
        Assert.Equal(new RolloutSettings { MaxSurge = 2, MaxUnavailable = 1, Deadline = TimeSpan.FromMinutes(2), AutoUndo = false, History = 5 }, web.Rollout);
        Assert.Equal(new QueueSettings { Length = 10, Deadline = TimeSpan.FromSeconds(2) }, web.Queue);
        Assert.Equal(TimeSpan.FromMinutes(1), web.Drain);
        ServiceDefinition video = deployment.Services[2];
        Assert.Equal(new TcpPort("rtmp", 11935, 1935), Assert.Single(video.Ports.Tcp));
        Assert.Equal(new VolumeDefinition("recordings", "data", 10L << 30), Assert.Single(video.Volumes));
        Assert.Equal((1, 0, 1), (video.Scale.Max, video.Rollout.MaxSurge, video.Rollout.MaxUnavailable));
    }

    [Theory]
    [InlineData("http", ImageKind.BuiltIn, "http")]
    [InlineData("./project", ImageKind.Project, "/app/project")]
    [InlineData("./kernel.elf", ImageKind.File, "/app/kernel.elf")]
    [InlineData("registry.example:5000/team/shop:1.2", ImageKind.Reference, "registry.example:5000/team/shop:1.2")]
    [InlineData("shop:latest", ImageKind.Reference, "shop:latest")]
    public void AnImageIsWhatItLooksLike(string text, ImageKind kind, string value) =>
        Assert.Equal(new ImageSource(kind, value), Yaml.ServiceOf($$"""services: { web: { image: "{{text}}", content: site } }""").Image);

    [Theory]
    [InlineData("scale: 3", 3, 3)]
    [InlineData("scale: { min: 20 }", 20, 20)]
    [InlineData("scale: { max: 4 }", 0, 4)]
    [InlineData("scale:", 0, 10)]
    public void ScaleHasShortForms(string scale, int min, int max)
    {
        ServiceDefinition web = Yaml.ServiceOf($"services:\n  web:\n    image: http\n    content: site\n    {scale}");
        Assert.Equal((min, max), (web.Scale.Min, web.Scale.Max));
    }

    [Theory]
    [InlineData("flv", 1)]
    [InlineData("combined", 1)]
    [InlineData("img", 10)]
    public void LiveStreamsAreInOneInstanceUnlessItIsSaidOtherwise(string image, int max)
    {
        Assert.Equal(max, Yaml.ServiceOf($"services: {{ web: {{ image: {image} }} }}").Scale.Max);
        Assert.Equal(3, Yaml.ServiceOf($"services: {{ web: {{ image: {image}, scale: {{ max: 3 }} }} }}").Scale.Max);
    }

    [Fact]
    public void JsonIsYaml() =>
        Assert.Equal("web", Yaml.ServiceOf("""{"services": {"web": {"image": "http", "content": "site"}}}""").Name);

    [Fact]
    public void AnchorsCarryCommonSettings()
    {
        Deployment deployment = Yaml.Read("""
            services:
              a: { image: http, content: site, route: /a, scale: &few { max: 2 } }
              b: { image: http, content: site, route: /b, scale: *few }
            """);
        Assert.All(deployment.Services, static service => Assert.Equal(2, service.Scale.Max));
    }

    [Fact]
    public void ServicesAmongOthersAreReachedOnlyByTheRoutesTheyName()
    {
        Deployment deployment = Yaml.Read("services: { a: { image: http, content: site }, b: { image: img, route: /b } }");
        Assert.Empty(deployment.Services[0].Routes);
    }

    [Fact]
    public void JsonBringsBackWhatWasRead()
    {
        Deployment deployment = Yaml.Read(Everything);
        string json = JsonSerializer.Serialize(deployment, ConfigurationJson.Default.Deployment);
        Deployment again = JsonSerializer.Deserialize(json, ConfigurationJson.Default.Deployment)!;
        Assert.Equal(deployment.Services.Select(ServiceDigest.Of), again.Services.Select(ServiceDigest.Of));
        Assert.Equal(deployment.Limits, again.Limits);
        Assert.Equal(json, JsonSerializer.Serialize(again, ConfigurationJson.Default.Deployment));
    }
}
