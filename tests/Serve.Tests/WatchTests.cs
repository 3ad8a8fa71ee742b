// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Cli.Watching;
using Uaas.Host.Tests;

namespace Uaas.Serve.Tests;

/// <summary><c>uaas up --watch</c>: what is edited is served, and a broken edit is not.</summary>
public sealed class WatchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-watch-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [ServiceFact]
    [Trait("Needs", "root, the http image")]
    public async Task Edits_are_rolled_out_and_a_broken_one_leaves_what_runs()
    {
        await using Served served = await Served.StartAsync("min: 1, max: 2", options: ["--watch"]);
        Assert.Equal("<p>from zero", await served.Client.GetStringAsync(served.Url));
        await served.EditAsync("site/index.html", "<p>edited");
        await UntilPageAsync(served, "<p>edited");
        await served.UntilAsync(instances => instances.Count == 1 && instances[0] is { Revision: 2, State: "running" });

        await served.EditAsync("uaas.yaml", "services: { site: { image: http, contnet: ./site } }");
        await UntilLogAsync(served, "not applied: what runs goes on as it is");
        Assert.Contains("did you mean 'content'", served.Log, StringComparison.Ordinal);
        Assert.Equal("<p>edited", await served.Client.GetStringAsync(served.Url));

        await served.EditAsync("site/index.html", "<p>mended");
        await served.EditAsync("uaas.yaml", "services: { site: { image: http, content: ./site, vmm: spt, scale: { min: 1, max: 2 } } }");
        await UntilPageAsync(served, "<p>mended");
        Assert.Equal(0, await served.EndAsync("INT"));
    }

    [Fact]
    public async Task Many_changes_at_a_time_are_one_and_endless_ones_are_told_of_all_the_same()
    {
        using var watch = new SourceWatch(settle: TimeSpan.FromMilliseconds(100), longest: TimeSpan.FromMilliseconds(400));
        watch.Set([new WatchedPath(_folder, null)]);
        Task told = watch.WaitAsync(default);
        for (int i = 0; i < 50; i++)
            await File.WriteAllTextAsync(Path.Combine(_folder, $"{i}"), "x");
        await told.WaitAsync(TimeSpan.FromSeconds(20));

        told = watch.WaitAsync(default);
        for (int i = 0; !told.IsCompleted && i < 2000; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(_folder, "busy"), $"{i}");
            await Task.Delay(10);
        }
        Assert.True(told.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Files_below_are_seen_but_what_a_build_writes_is_not_nor_other_files_than_the_one()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "project", "obj"));
        Directory.CreateDirectory(Path.Combine(_folder, "project", "pages", "deep"));
        using var watch = new SourceWatch(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1));
        watch.Set([new WatchedPath(Path.Combine(_folder, "project"), null), new WatchedPath(_folder, "uaas.yaml")]);
        await File.WriteAllTextAsync(Path.Combine(_folder, "project", "obj", "a.dll"), "x");
        await File.WriteAllTextAsync(Path.Combine(_folder, "other.yaml"), "x");
        Task told = watch.WaitAsync(default);
        await Task.Delay(200);
        Assert.False(told.IsCompleted);
        await File.WriteAllTextAsync(Path.Combine(_folder, "project", "pages", "deep", "a.html"), "x");
        await told.WaitAsync(TimeSpan.FromSeconds(20));

        told = watch.WaitAsync(default);
        await File.WriteAllTextAsync(Path.Combine(_folder, "uaas.yaml.new"), "x");
        File.Move(Path.Combine(_folder, "uaas.yaml.new"), Path.Combine(_folder, "uaas.yaml"), overwrite: true);
        await told.WaitAsync(TimeSpan.FromSeconds(20));
    }

    private static async Task UntilPageAsync(Served served, string page)
    {
        var watch = Stopwatch.StartNew();
        while (await served.Client.GetStringAsync(served.Url) != page)
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"{page} is not served\n{served.Log}");
            await Task.Delay(20);
        }
    }

    private static async Task UntilLogAsync(Served served, string text)
    {
        var watch = Stopwatch.StartNew();
        while (!served.Log.Contains(text, StringComparison.Ordinal))
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"nothing says '{text}'\n{served.Log}");
            await Task.Delay(20);
        }
    }
}
