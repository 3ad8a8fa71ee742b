// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Uaas.Cli;
using Xunit;

namespace Uaas.Host.Tests.Cli;

/// <summary><c>uaas build uaas.yaml</c>.</summary>
[Trait("Needs", "the images of http and flv")]
public sealed class BuildTests : IDisposable
{
    private const string Deployment = """
        services:
          web:
            image: http
            content: ./site
            resources: { memory: 48MiB }
            args: cache=1024
            route: /
          live: { image: flv, ports: { rtmp: 1935 }, route: /live }
          other: { image: ./guest.elf, route: /other }
          shop: { image: "registry.example/shop:1.2", route: /shop }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-test-").FullName;

    public BuildTests()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "site"));
        File.WriteAllText(Path.Combine(_folder, "site", "index.html"), "<p>built");
        File.Copy(Locations.Find().Image("hello", "spt"), Path.Combine(_folder, "guest.elf"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Each_service_becomes_an_image_the_same_byte_for_byte_wherever_it_is_built()
    {
        Assert.Equal(await BuildAsync("one"), await BuildAsync("two"));
        using JsonDocument list = JsonDocument.Parse((await RunAsync("one", "images", "--json")).Output);
        Assert.Equal(["live:latest", "other:latest", "web:latest"], list.RootElement.EnumerateArray().Select(image => image.GetProperty("name").GetString()).Order());
        foreach (string file in Directory.GetFiles(Path.Combine(_folder, "one", "blobs", "sha256")))
            Assert.Equal(await File.ReadAllBytesAsync(file), await File.ReadAllBytesAsync(file.Replace("/one/", "/two/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_image_holds_what_the_file_says_of_its_service()
    {
        string[] lines = await BuildAsync("store");
        Assert.Equal(4, lines.Length);
        Assert.StartsWith("built web:latest sha256:", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("built live:latest sha256:", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("built other:latest sha256:", lines[2], StringComparison.Ordinal);
        Assert.Equal("kept registry.example/shop:1.2: shop runs it as it is", lines[3]);
        using JsonDocument web = JsonDocument.Parse((await RunAsync("store", "inspect", "web", "--json")).Output);
        Assert.Equal("http", web.RootElement.GetProperty("service").GetString());
        Assert.Equal(48, web.RootElement.GetProperty("memoryMebibytes").GetInt32());
        Assert.Equal("cache=1024", web.RootElement.GetProperty("arguments")[0].GetString());
        Assert.Equal(4, web.RootElement.GetProperty("layers").GetArrayLength()); // three kernels and the content
        using JsonDocument other = JsonDocument.Parse((await RunAsync("store", "inspect", "other", "--json")).Output);
        Assert.Equal("guest", other.RootElement.GetProperty("service").GetString());
    }

    [Fact]
    public async Task Another_name_and_tag_can_be_asked_for()
    {
        await WriteAsync("services: { web: { image: http, content: ./site } }");
        (int code, string output, string errors) = await RunAsync("store", "build", Source, "-t", "localhost:5000/shop:2");
        Assert.True(code == 0, errors);
        Assert.StartsWith("built localhost:5000/shop/web:2 sha256:", output, StringComparison.Ordinal);
        await WriteAsync("namespace: team\nservices: { web: { image: http, content: ./site } }");
        Assert.StartsWith("built team/web:latest sha256:", (await RunAsync("store", "build", Source)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_that_is_there_can_be_given_other_content()
    {
        await WriteAsync("services: { web: { image: http, content: ./site } }");
        Assert.Equal(0, (await RunAsync("store", "build", Source)).Code);
        Directory.CreateDirectory(Path.Combine(_folder, "second"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "second", "index.html"), "<p>second");
        await WriteAsync("services: { next: { image: 'web:latest', content: ./second } }");
        (int code, string output, string errors) = await RunAsync("store", "build", Source);
        Assert.True(code == 0, errors);
        Assert.StartsWith("built next:latest sha256:", output, StringComparison.Ordinal);
        using JsonDocument first = JsonDocument.Parse((await RunAsync("store", "inspect", "web", "--json")).Output);
        using JsonDocument next = JsonDocument.Parse((await RunAsync("store", "inspect", "next", "--json")).Output);
        Assert.Equal(Layers(first).Where(layer => layer.Contains("kernel", StringComparison.Ordinal)), Layers(next).Where(layer => layer.Contains("kernel", StringComparison.Ordinal)));
        Assert.NotEqual(Layers(first), Layers(next));
    }

    [Theory]
    [InlineData("services:\n  web: { image: http }", 23, ":2:8: services.web needs 'content'")]
    [InlineData("services:\n  a: { image: flv }\n  web: { image: http, content: ./no }", 23, ":3:32: services.web.content: there is no directory")]
    [InlineData("services:\n  web: { image: http, contnet: ./site, content: ./site }", 23, ":2:23: unknown key 'contnet'")]
    [InlineData("services: [", 23, "uaas.yaml:2:1: this is no YAML")]
    [InlineData("services:\n  a: { image: flv, route: /a }\n  own: { image: ./site, route: / }", 2, ":3:3: services.own: there is no C# project in")]
    [InlineData("services:\n  own: { image: ./uaas.yaml }", 21, ":2:3: services.own: ")]
    [InlineData("services:\n  own: { image: 'no:1', content: ./site }", 21, ":2:3: services.own: there is no image no:1 on this machine")]
    public async Task What_is_wrong_is_told_with_its_place_and_nothing_is_built(string text, int expected, string message)
    {
        await WriteAsync(text);
        (int code, string output, string errors) = await RunAsync("store", "build", Source);
        Assert.Equal(expected, code);
        Assert.Contains(message, errors, StringComparison.Ordinal);
        Assert.Equal("", output);
        Assert.DoesNotContain("applied", errors, StringComparison.Ordinal);
        Assert.Equal("[]", (await RunAsync("store", "images", "--json")).Output.Trim());
    }

    [Theory]
    [InlineData("--mem", "64")]
    [InlineData("--content", "./site")]
    [InlineData("--arg", "cache=1")]
    public async Task What_the_file_says_is_not_taken_from_the_command_line(string option, string value)
    {
        await WriteAsync(Deployment);
        (int code, _, string errors) = await RunAsync("store", "build", Source, option, value);
        Assert.Equal(2, code);
        Assert.Contains($"{option} does not go with a uaas.yaml", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_said()
    {
        (int code, _, string errors) = await RunAsync("store", "build", Path.Combine(_folder, "nothing.yaml"));
        Assert.Equal(23, code);
        Assert.Contains("there is no file", errors, StringComparison.Ordinal);
    }

    private string Source => Path.Combine(_folder, "uaas.yaml");

    private static IEnumerable<string> Layers(JsonDocument report) =>
        report.RootElement.GetProperty("layers").EnumerateArray().Select(layer => $"{layer.GetProperty("mediaType").GetString()} {layer.GetProperty("digest").GetString()}");

    private Task WriteAsync(string text) => File.WriteAllTextAsync(Source, text);

    private Task<(int Code, string Output, string Errors)> RunAsync(string store, params string[] arguments) =>
        Command.RunAsync(new Dictionary<string, string> { ["UAAS_STORE"] = Path.Combine(_folder, store), ["SOURCE_DATE_EPOCH"] = "1700000000" }, arguments);

    private async Task<string[]> BuildAsync(string store)
    {
        await WriteAsync(Deployment);
        (int code, string output, string errors) = await RunAsync(store, "build", Source);
        Assert.True(code == 0, errors);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
