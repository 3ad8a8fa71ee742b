// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Cli.Watching;
using Uaas.Host.Tests;

namespace Uaas.Serve.Tests;

/// <summary>What <c>uaas up --watch</c> watches.</summary>
public sealed class WatchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-watch-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

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
}
