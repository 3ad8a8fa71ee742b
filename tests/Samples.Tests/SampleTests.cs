// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Uaas.Services.Tests;
using Xunit;

namespace Uaas.Samples.Tests;

/// <summary>Each sample does what its README says.</summary>
public sealed class SampleTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly BootedSamples _samples = new();

    /// <inheritdoc/>
    public void Dispose() => _samples.Dispose();

    [MonitorFact("spt")]
    public async Task Hello_says_hello()
    {
        using HttpClient client = _samples.Boot("Hello");
        Assert.Equal("Hello, world!\n", await client.GetStringAsync("/"));
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/else")).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await client.PutAsync("/", new StringContent("x"))).StatusCode);
    }

    [MonitorFact("spt")]
    public async Task Echo_describes_and_sends_back()
    {
        using HttpClient client = _samples.Boot("Echo");
        JsonNode described = JsonNode.Parse(await client.GetStringAsync("/a%20%22b%22?c=%C3%A9"))!;
        Assert.Equal("GET", (string?)described["method"]);
        Assert.Equal("/a \"b\"", (string?)described["path"]);
        Assert.Equal("c=%C3%A9", (string?)described["query"]);
        Assert.Contains(described["fields"]!.AsArray(), static field => (string?)field![0] == "Host");

        HttpResponseMessage answer = await client.PostAsync("/", new StringContent("there and back"));
        Assert.Equal("there and back", await answer.Content.ReadAsStringAsync());
    }

    [MonitorFact("spt")]
    public async Task Echo_sends_back_more_than_it_has_room_for()
    {
        const int length = 5_000_000;
        using HttpClient client = _samples.Boot("Echo");
        await using NetworkStream stream = await _samples.ConnectAsync();
        byte[] content = new byte[length];
        content.AsSpan().Fill((byte)'x');
        Task sending = Task.Run(async () =>
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST / HTTP/1.0\r\nContent-Length: {length}\r\n\r\n"));
            await stream.WriteAsync(content);
        });
        using MemoryStream received = new();
        await stream.CopyToAsync(received).WaitAsync(s_patience);
        await sending.WaitAsync(s_patience);
        int end = received.GetBuffer().AsSpan().IndexOf("\r\n\r\n"u8) + 4;
        Assert.Equal(content, received.ToArray()[end..]);
    }

    [MonitorFact("spt")]
    public async Task Echo_serves_others_while_some_wait()
    {
        using HttpClient client = _samples.Boot("Echo");
        Stopwatch watch = Stopwatch.StartNew();
        Task<string>[] slow = [.. Enumerable.Range(0, 20).Select(_ => client.GetStringAsync("/slow/1"))];
        Assert.StartsWith("{", await client.GetStringAsync("/quick"), StringComparison.Ordinal);
        Assert.All(await Task.WhenAll(slow), static text => Assert.Equal("done\n", text));
        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(15));
    }

    [MonitorFact("spt")]
    public async Task JsonApi_keeps_a_bounded_list()
    {
        using HttpClient client = _samples.Boot("JsonApi");
        Assert.Equal("[]", await client.GetStringAsync("/tasks"));
        HttpResponseMessage added = await client.PostAsync("/tasks", new StringContent("""{"text":"\u00e9 \"x\"","more":[1,{}]}"""));
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        Assert.Equal("""{"id":1,"text":"é \"x\"","done":false}""", await added.Content.ReadAsStringAsync());
        await client.PutAsync("/tasks/1", new StringContent("""{"done":true}"""));
        Assert.True(JsonDocument.Parse(await client.GetStringAsync("/tasks/1")).RootElement.GetProperty("done").GetBoolean());
        foreach (string bad in (string[])["", "[]", "{", """{"text":1}""", """{"text":"a"}x""", """{"done":false}""", $$"""{"text":"{{new string('a', 257)}}"}"""])
            Assert.Equal(HttpStatusCode.UnprocessableContent, (await client.PostAsync("/tasks", new StringContent(bad))).StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await client.PostAsync("/tasks", new StringContent(new string(' ', 5000)))).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync("/tasks/1")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("/tasks/1")).StatusCode);

        for (int i = 0; i < 1000; i++) await client.PostAsync("/tasks", new StringContent("""{"text":"one of many"}"""));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.PostAsync("/tasks", new StringContent("""{"text":"one more"}"""))).StatusCode);
        Assert.Equal(1000, JsonNode.Parse(await client.GetStringAsync("/tasks"))!.AsArray().Count);
    }

    [MonitorFact("spt")]
    public async Task Shortener_shortens_and_forgets_the_oldest()
    {
        using HttpClient client = _samples.Boot("Shortener", "capacity=3");
        Assert.Contains("<form", await client.GetStringAsync("/"), StringComparison.Ordinal);
        List<string> keys = [];
        for (int i = 0; i < 4; i++)
        {
            HttpResponseMessage made = await client.PostAsync("/", new FormUrlEncodedContent([new("url", $"https://example.org/?a={i}&b=c")]));
            Assert.Equal(HttpStatusCode.Created, made.StatusCode);
            keys.Add(made.Headers.Location!.ToString());
        }

        Assert.Equal(4, keys.Distinct().Count());
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(keys[0])).StatusCode);
        for (int i = 1; i < 4; i++)
        {
            HttpResponseMessage found = await client.GetAsync(keys[i]);
            Assert.Equal(HttpStatusCode.Found, found.StatusCode);
            Assert.Equal($"https://example.org/?a={i}&b=c", found.Headers.Location!.ToString());
        }

        foreach (string bad in (string[])["ftp://a", "javascript:alert(1)", "https://a b", "https://" + new string('a', 500)])
            Assert.Equal(HttpStatusCode.UnprocessableContent, (await client.PostAsync("/", new FormUrlEncodedContent([new("url", bad)]))).StatusCode);
    }

    [MonitorFact("spt")]
    public async Task ReverseProxy_passes_on_and_changes()
    {
        using HttpClient origin = _samples.Boot("Echo");
        string address = _samples.LastAddress.ToString();
        using HttpClient hello = _samples.Boot("Hello");
        string helloAddress = _samples.LastAddress.ToString();
        using HttpClient proxy = _samples.Boot("ReverseProxy", $"origin={address}");
        using HttpClient capitals = _samples.Boot("ReverseProxy", $"origin={helloAddress}");
        Assert.Equal("Hello, world!\n", await hello.GetStringAsync("/"));
        JsonNode described = JsonNode.Parse(await proxy.GetStringAsync("/a%20b?c=d"))!;
        Assert.Equal("/a b", (string?)described["path"]);
        Assert.Contains(described["fields"]!.AsArray(), static field => (string?)field![0] == "X-Forwarded-Host" && (string?)field[1] == "sample");
        byte[] content = new byte[60_000];
        new Random(2).NextBytes(content);
        HttpResponseMessage answer = await proxy.PostAsync("/", new ByteArrayContent(content));
        Assert.Equal(content, await answer.Content.ReadAsByteArrayAsync());
        HttpResponseMessage loud = await capitals.GetAsync("/");
        Assert.Equal("HELLO, WORLD!\n", await loud.Content.ReadAsStringAsync());
        Assert.Equal("1.1 reverse-proxy", loud.Headers.Via.ToString());
        Assert.Equal(HttpStatusCode.NotFound, (await capitals.GetAsync("/else")).StatusCode);
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => capitals.GetAsync("/"))), static each => Assert.True(each.StatusCode is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable));
    }

    [MonitorFact("spt")]
    public async Task ReverseProxy_tells_of_a_service_that_is_not_there()
    {
        using HttpClient proxy = _samples.Boot("ReverseProxy");
        Assert.Equal(HttpStatusCode.BadGateway, (await proxy.GetAsync("/")).StatusCode);
    }
}
