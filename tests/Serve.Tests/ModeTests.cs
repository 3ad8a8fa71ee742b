// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Host.Tests;
using Uaas.Host.Tests.Cli;
using Uaas.Net.Testing;
using Uaas.Nginx.Tests;

namespace Uaas.Serve.Tests;

/// <summary><c>mode: split | combined</c>: one word switches, and nobody notices.</summary>
[Trait("Needs", "namespaces, the images of http, img and combined, nginx")]
public sealed class ModeTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    // A picture of one pixel.
    private static readonly byte[] s_pixel = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=");

    [ServiceFact]
    public async Task Switching_under_load_loses_no_request_behind_the_gateway()
    {
        await using Served served = await StartAsync();
        await SwitchAsync(served, served.Url, reload: static () => Task.CompletedTask);
    }

    [NginxServiceFact]
    public async Task Switching_under_load_loses_no_request_behind_nginx()
    {
        await using Served served = await StartAsync();
        int port = FreePort.Find();
        string[] arguments = ["nginx", "-f", served.FilePath, "--state", served.State, "--port", $"{port}"];
        using Command nginx = Command.Start(null, arguments);
        await nginx.LineAsync("serving ").WaitAsync(s_patience);
        await SwitchAsync(served, new Uri($"http://127.0.0.1:{port}/"), async () =>
        {
            (int code, _, string errors) = await Command.RunAsync(null, [.. arguments, "--reload"]);
            Assert.True(code == 0, errors);
        });
        nginx.Signal("QUIT");
        Assert.Equal(0, await nginx.EndAsync().WaitAsync(s_patience));
    }

    /// <summary>There and back under load; a front with routes of its own is told first.</summary>
    private static async Task SwitchAsync(Served served, Uri url, Func<Task> reload)
    {
        using var over = new CancellationTokenSource();
        int asked = 0;
        Task<List<string>>[] load = [.. Enumerable.Range(0, 4).Select(i => LoadAsync(url, i % 2 == 0 ? "/index.html" : "/pixel.png?w=1", () => Interlocked.Increment(ref asked), over.Token))];
        foreach ((string mode, string[] services) in new[] { ("combined", new[] { "combined" }), ("split", ["img", "web"]), ("combined", ["combined"]) })
        {
            int before = Volatile.Read(ref asked);
            await File.WriteAllTextAsync(served.FilePath, Yaml(mode));
            await reload();
            Assert.Equal(0, (await served.ApplyFileAsync(Yaml(mode))).Code);
            await served.UntilAsync(instances => instances.Select(static instance => instance.Service).Distinct().Order().SequenceEqual(services));
            await served.UntilAsync(_ => Volatile.Read(ref asked) > before + 20);
        }
        await over.CancelAsync();
        Assert.Empty((await Task.WhenAll(load)).SelectMany(static failures => failures));
    }

    /// <summary>Asks again and again, over a connection that is kept; only a request on one that was closed while it was idle is sent again. What failed.</summary>
    private static async Task<List<string>> LoadAsync(Uri url, string path, Action asking, CancellationToken over)
    {
        var failures = new List<string>();
        using var client = new KeepAliveClient(new IPEndPoint(IPAddress.Loopback, url.Port));
        while (!over.IsCancellationRequested)
        {
            try
            {
                await client.GetAsync(path);
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                failures.Add($"{path}: {e.Message}");
            }
            asking();
        }
        return failures;
    }

    private static async Task<Served> StartAsync()
    {
        Served served = await Served.StartFileAsync(Yaml("split"), static folder => File.WriteAllBytesAsync(Path.Combine(folder, "site", "pixel.png"), s_pixel));
        Assert.Equal(200, (await served.AskAsync("index.html")).Status);
        Assert.Equal(200, (await served.AskAsync("pixel.png?w=1")).Status);
        return served;
    }

    private static string Yaml(string mode) => $$"""
        mode: {{mode}}
        services:
          web:
            image: http
            content: ./site
            vmm: spt
            route: /
            scale: { min: 1, max: 2 }
          img:
            image: img
            content: ./site
            vmm: spt
            route: { path: /, extensions: [png] }
            scale: { min: 1, max: 2 }
        """;
}
