// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Channels;
using System.Threading.Tasks;
using Uaas.Linux;

namespace Uaas.Cli.Watching;

/// <summary>Something that is watched.</summary>
/// <param name="Folder">A directory.</param>
/// <param name="File">The one file in it that matters; null where all of it does, with what is below it.</param>
internal readonly record struct WatchedPath(string Folder, string? File);

/// <summary>
/// Tells when files have changed and come to rest. Many changes at a time are one; a directory that never comes to rest is told of all the same, after a while.
/// </summary>
internal sealed class SourceWatch : IDisposable
{
    // What a build writes is no source.
    private static readonly string[] BuiltFolders = ["bin", "obj"];

    private readonly Channel<byte> _changes = Channel.CreateBounded<byte>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly Dictionary<WatchedPath, FileSystemWatcher> _watchers = [];
    private readonly TimeSpan _settle;
    private readonly TimeSpan _longest;

    /// <param name="settle">So long must nothing have changed.</param>
    /// <param name="longest">So long after the first change at most it is told of.</param>
    internal SourceWatch(TimeSpan settle, TimeSpan longest)
    {
        _settle = settle;
        _longest = longest;
    }

    /// <summary>These are watched from now on, and no others.</summary>
    /// <exception cref="UaasException">One cannot be watched.</exception>
    internal void Set(IReadOnlyCollection<WatchedPath> paths)
    {
        foreach (WatchedPath gone in _watchers.Keys.Except(paths).ToList())
        {
            _watchers.Remove(gone, out FileSystemWatcher? watcher);
            watcher!.Dispose();
        }
        foreach (WatchedPath path in paths.Distinct().Where(path => !_watchers.ContainsKey(path)))
            _watchers[path] = Watch(path);
    }

    /// <summary>Waits for a change that has come to rest.</summary>
    internal async Task WaitAsync(CancellationToken cancellation)
    {
        await _changes.Reader.ReadAsync(cancellation).ConfigureAwait(false);
        using var longest = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        longest.CancelAfter(_longest);
        while (!longest.IsCancellationRequested)
        {
            using var quiet = CancellationTokenSource.CreateLinkedTokenSource(longest.Token);
            quiet.CancelAfter(_settle);
            try
            {
                await _changes.Reader.ReadAsync(quiet.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }
        cancellation.ThrowIfCancellationRequested();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (FileSystemWatcher watcher in _watchers.Values)
            watcher.Dispose();
        _watchers.Clear();
    }

    private FileSystemWatcher Watch(WatchedPath path)
    {
        try
        {
            var watcher = new FileSystemWatcher(path.Folder)
            {
                IncludeSubdirectories = path.File is null,
                NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size,
            };
            watcher.Changed += (_, change) => Note(path, change.FullPath);
            watcher.Created += (_, change) => Note(path, change.FullPath);
            watcher.Deleted += (_, change) => Note(path, change.FullPath);
            watcher.Renamed += (_, change) => Note(path, change.FullPath);

            // More has changed than the kernel keeps in mind: something has, then.
            watcher.Error += (_, _) => _changes.Writer.TryWrite(0);
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            throw new UaasException(Failure.Content, $"{path.Folder} cannot be watched: {e.Message}", "raise fs.inotify.max_user_watches (sysctl), or go without --watch and say uaas apply when something has changed", e);
        }
    }

    private void Note(WatchedPath path, string changed)
    {
        bool matters = path.File is { } file
            ? Path.GetFileName(changed) == file
            : !Path.GetRelativePath(path.Folder, changed).Split('/').SkipLast(1).Any(BuiltFolders.Contains);
        if (matters)
            _changes.Writer.TryWrite(0);
    }
}
