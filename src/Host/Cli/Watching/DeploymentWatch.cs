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
/// </summary>
/// <param name="file">The path of uaas.yaml.</param>
/// <param name="apply">Applies a deployment.</param>
/// <param name="tell">Told what is wrong.</param>
internal sealed class DeploymentWatch(string file, Func<Deployment, Task> apply, Action<string> tell)
{
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(3);

    /// <summary>Watches until it is called off.</summary>
    /// <param name="deployment">What was applied last.</param>
    /// <param name="cancellation">Calls it off.</param>
    /// <exception cref="UaasException">Something cannot be watched.</exception>
    internal async Task RunAsync(Deployment deployment, CancellationToken cancellation)
    {
        using var watch = new SourceWatch(Settle, Longest);
        watch.Set(PathsOf(deployment));
        try
        {
            while (true)
            {
                await watch.WaitAsync(cancellation).ConfigureAwait(false);
                if (await TryApplyAsync().ConfigureAwait(false) is { } applied)
                    watch.Set(PathsOf(applied));
            }
        }
        catch (OperationCanceledException)
        {
            // It was called off.
        }
    }

    /// <summary>Everything that a deployment is made of.</summary>
    internal List<WatchedPath> PathsOf(Deployment deployment)
    {
        var paths = new List<WatchedPath> { Single(Path.GetFullPath(file)) };
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

    private async Task<Deployment?> TryApplyAsync()
    {
        try
        {
            Deployment deployment = ConfigurationReader.Read(file);
            await apply(deployment).ConfigureAwait(false);
            return deployment;
        }
        catch (Exception e) when (e is ConfigurationException or UaasException)
        {
            tell(e.Message);
            if (e is UaasException { Remedy: { } remedy })
                tell(remedy);
            tell("not applied: what runs goes on as it is");
            return null;
        }
    }

    private static WatchedPath Single(string path) => new(Path.GetDirectoryName(path)!, Path.GetFileName(path));
}
