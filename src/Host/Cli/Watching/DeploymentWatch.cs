// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Configuration;
using Uaas.Linux;

namespace Uaas.Cli.Watching;

/// <summary>
/// Applies uaas.yaml again whenever it, or what it names, has changed: content, configurations, secrets, images, projects. What cannot be applied is told, and what runs goes on.
/// It watches from the moment it is made, so that what is edited during the first application is not missed.
/// </summary>
internal sealed class DeploymentWatch : IDisposable
{
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(3);

    private readonly SourceWatch _watch = new(Settle, Longest);
    private readonly string _file;
    private readonly Func<Deployment, Task> _apply;
    private readonly Action<string> _tell;

    /// <param name="file">The path of uaas.yaml.</param>
    /// <param name="deployment">What it said when it was read, about to be applied by the caller.</param>
    /// <param name="apply">Applies a deployment.</param>
    /// <param name="tell">Told what is wrong.</param>
    /// <exception cref="UaasException">Something cannot be watched.</exception>
    internal DeploymentWatch(string file, Deployment deployment, Func<Deployment, Task> apply, Action<string> tell)
    {
        _file = file;
        _apply = apply;
        _tell = tell;
        try
        {
            _watch.Set(PathsOf(deployment));
        }
        catch
        {
            _watch.Dispose();
            throw;
        }
    }

    /// <summary>Applies what changes until it is called off.</summary>
    /// <param name="cancellation">Calls it off.</param>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                await _watch.WaitAsync(cancellation).ConfigureAwait(false);
                await TryApplyAsync().ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // It was called off.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _watch.Dispose();

    /// <summary>Everything that a deployment is made of.</summary>
    internal List<WatchedPath> PathsOf(Deployment deployment)
    {
        var paths = new List<WatchedPath> { Single(Path.GetFullPath(_file)) };
        foreach (ServiceDefinition service in deployment.Services)
        {
            if (service.Content is { } content)
                paths.Add(new WatchedPath(content, null));
            if (service.Image.Kind is ImageKind.Project)
                paths.Add(new WatchedPath(service.Image.Value, null));
            if (service.Image.Kind is ImageKind.File)
                paths.Add(Single(service.Image.Value));
            paths.AddRange(new[] { service.Config }.OfType<string>().Concat(service.Secrets.Values).Select(Single));
        }
        return [.. paths.Distinct()];
    }

    private async Task TryApplyAsync()
    {
        try
        {
            Deployment deployment = ConfigurationReader.Read(_file);

            // Before it is applied: what is edited from here on is another change, and what this one lacks may be put there.
            _watch.Set(PathsOf(deployment));
            await _apply(deployment).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ConfigurationException or UaasException)
        {
            _tell(e.Message);
            if (e is UaasException { Remedy: { } remedy })
                _tell(remedy);
            _tell("not applied: what runs goes on as it is");
        }
    }

    private static WatchedPath Single(string path) => new(Path.GetDirectoryName(path)!, Path.GetFileName(path));
}
