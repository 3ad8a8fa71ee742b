// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Configuration.Tests;

public sealed class CombinedModeTests
{
    private const string Services = """
        services:
          pages: { image: http, content: site, route: /, links: { 9000: images, 9001: shop }, scale: { min: 1, max: 5, concurrency: 80 } }
          images: { image: img, content: site, route: /img, scale: { max: 7 } }
          video: { image: flv, route: /live, ports: { rtmp: 1935 }, resources: { memory: 48MiB } }
          shop: { image: ./project, route: /shop }
          report: { image: ./project, links: { 80: pages } }
        """;

    [Fact]
    public void OneServiceTakesTheRoutesAndPortsOfAll()
    {
        Deployment deployment = Yaml.Read($"mode: combined\n{Services}");
        Assert.Equal(["combined", "shop", "report"], deployment.Services.Select(static service => service.Name));
        ServiceDefinition combined = deployment.Services[0];
        Assert.Equal(new ImageSource(ImageKind.BuiltIn, "combined"), combined.Image);
        Assert.Equal(["/", "/img", "/live"], combined.Routes.Select(static route => route.Path));
        Assert.Equal(1935, Assert.Single(combined.Ports.Tcp).Listen);
        Assert.Equal("/app/site", combined.Content);
        Assert.Equal((1, 1, 80), (combined.Scale.Min, combined.Scale.Max, combined.Scale.Concurrency));
        Assert.Equal(32 + 128 + 48, combined.Resources.MemoryMebibytes);
    }

    [Fact]
    public void LinksLeadToTheCombinedServiceAndNotToItself()
    {
        Deployment deployment = Yaml.Read($"mode: combined\n{Services}");
        Assert.Equal([new ServiceLink(9001, "shop", 80)], deployment.Services[0].Links);
        Assert.Equal([new ServiceLink(80, "combined", 80)], deployment.Services[2].Links);
    }

    [Fact]
    public void TheCombinedServiceMayHaveItsOwnScale()
    {
        ServiceDefinition combined = Yaml.Read($"mode: combined\ncombined: {{ scale: {{ max: 3 }}, resources: {{ memory: 256MiB }} }}\n{Services}").Services[0];
        Assert.Equal((3, 256), (combined.Scale.Max, combined.Resources.MemoryMebibytes));
    }

    [Fact]
    public void WithoutStreamsTheMostInstancesAreThoseOfAll()
    {
        ServiceDefinition combined = Yaml.Read("mode: combined\nservices: { a: { image: http, content: site, scale: { max: 5 } }, b: { image: img, scale: { max: 7 } } }").Services[0];
        Assert.Equal(12, combined.Scale.Max);
    }

    [Theory]
    [InlineData("min: 2", "", 1, 1)]
    [InlineData("min: 2", ", scale: { min: 1, max: 1 }", 1, 1)]
    [InlineData("min: 2, max: 5", ", scale: { max: 3 }", 2, 3)]
    [InlineData("min: 4, max: 5", ", scale: { max: 3 }", 3, 3)]
    public void AStreamIsInOneInstanceHoweverManyTheOthersHaveAtLeast(string pages, string video, int min, int max)
    {
        ServiceDefinition combined = Yaml.Read($"mode: combined\nservices: {{ a: {{ image: http, content: site, scale: {{ {pages} }} }}, b: {{ image: img }}, c: {{ image: flv{video} }} }}").Services[0];
        Assert.Equal((min, max), (combined.Scale.Min, combined.Scale.Max));
    }

    [Fact]
    public void AVolumeIsOneInstancesAndIsReplacedBeforeTheNextHasIt()
    {
        ServiceDefinition combined = Yaml.Read("mode: combined\nservices: { a: { image: http, content: site, scale: 3 }, b: { image: flv, volumes: { recordings: 1GiB } } }").Services[0];
        Assert.Equal((1, 1), (combined.Scale.Min, combined.Scale.Max));
        Assert.Equal((0, 1), (combined.Rollout.MaxSurge, combined.Rollout.MaxUnavailable));
    }

    [Fact]
    public void WithoutStreamsTheLeastInstancesAreThoseOfTheGreatest()
    {
        ServiceDefinition combined = Yaml.Read("mode: combined\nservices: { a: { image: http, content: site, scale: { min: 2 } }, b: { image: img, scale: { min: 3 } } }").Services[0];
        Assert.Equal(3, combined.Scale.Min);
    }

    [Fact]
    public void SplitLeavesServicesAsTheyAre() => Assert.Equal(5, Yaml.Read($"mode: split\n{Services}").Services.Count);
}
