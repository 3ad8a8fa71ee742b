// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Demo;
using Uaas.Linux;

namespace Uaas.Cli;

/// <summary><c>uaas demo</c>: serves the sample site on every monitor that works here, each on a port of its own.</summary>
internal static class DemoCommand
{
    private const int DefaultPort = 8080;
    private const int MemoryMebibytes = 32;
    private const string Service = "http";

    private static readonly Option<int> Port = new("--port") { Description = "The first port; each further monitor takes the next (0: any)", DefaultValueFactory = _ => DefaultPort };
    private static readonly Option<string?> Content = new("--content") { Description = "Another directory to serve than the sample site", HelpName = "DIR" };
    private static readonly Option<bool> Once = new("--once") { Description = "Fetch every file once, compare it with the one on disk, and stop" };

    internal static Command Create()
    {
        var command = new Command("demo", "Serves the sample site on every monitor that works here") { Port, Content, Once };
        command.SetAction((arguments, cancellation) =>
            RunAsync(arguments.GetValue(Port), arguments.GetValue(Content), arguments.GetValue(Once), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(int port, string? directory, bool once, CancellationToken cancellation)
    {
        var locations = Locations.Find();
        string content = directory is null ? BuildSite(locations) : Path.GetFullPath(directory);
        if (!Directory.Exists(content))
            throw new UaasException(Failure.Content, $"there is no directory {content}", "name one to serve: --content DIR");
        if (NodeLauncher.FindLackingPrivilege() is { } lacking)
            throw lacking;

        List<Monitor> monitors = await UsableAsync(locations).ConfigureAwait(false);
        var nodes = new List<RunningNode>();
        using var signals = new StopSignals(() => nodes.ForEach(node => node.Stop()));
        try
        {
            var sites = new List<(Monitor Monitor, Uri Address)>();
            foreach (Monitor monitor in monitors)
            {
                Socket listener = NodeLauncher.Listen(new IPEndPoint(IPAddress.Loopback, port == 0 ? 0 : port + nodes.Count));
                var address = new Uri($"http://{listener.LocalEndPoint}/");
                await Console.Error.WriteLineAsync($"uaas: {monitor.Key} ({monitor.Title}) at {address}").ConfigureAwait(false);
                nodes.Add(Start(listener, monitor, locations, content));
                sites.Add((monitor, address));
            }
            if (once)
                await CompareAsync(sites, nodes, content, cancellation).ConfigureAwait(false);
            return await AllEndedAsync(nodes).ConfigureAwait(false);
        }
        finally
        {
            nodes.ForEach(node => node.Dispose());
        }
    }

    private static string BuildSite(Locations locations)
    {
        if (!Directory.Exists(Path.Combine(locations.Repository, "docs")))
            throw new UaasException(Failure.Content, "the sample site is made of the documents of a clone, and there is none here", "run ./uaas demo in a clone, or name another directory to serve: --content DIR");
        try
        {
            int files = DemoSiteBuilder.Build(locations.Repository, locations.DemoSite);
            Console.Error.WriteLine($"uaas: the sample site has {files} files");
            return locations.DemoSite;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UaasException(Failure.Content, $"the sample site cannot be built: {e.Message}", "name another directory to serve: --content DIR", e);
        }
    }

    /// <summary>What works here, one for each monitor's name.</summary>
    private static async Task<List<Monitor>> UsableAsync(Locations locations)
    {
        DoctorReport report = await Doctor.ForThisMachine(locations).ExamineAllAsync().ConfigureAwait(false);
        foreach (MonitorReport unusable in report.Monitors.Where(monitor => !monitor.Usable))
            await Console.Error.WriteLineAsync($"uaas: not on {unusable.Monitor}: {unusable.Detail}").ConfigureAwait(false);
        List<Monitor> usable = [.. report.Monitors.Where(monitor => monitor.Usable).Select(monitor => Monitor.ByKey(monitor.Monitor)).DistinctBy(monitor => monitor.Name)];
        return usable.Count > 0 ? usable : throw new UaasException(Failure.Monitor, "no monitor works here", "uaas doctor says why, and what to do");
    }

    private static RunningNode Start(Socket listener, Monitor monitor, Locations locations, string content) => NodeLauncher.Start(listener, new NodeOptions
    {
        Service = Service,
        Image = locations.ExistingImage(Service, monitor.CreateDriver(locations).ImageKind),
        Monitor = monitor.Key,
        Content = content,
        Instances = 1,
        MemoryMebibytes = MemoryMebibytes,
        Quiet = true,
    });

    private static async Task CompareAsync(List<(Monitor Monitor, Uri Address)> sites, List<RunningNode> nodes, string content, CancellationToken cancellation)
    {
        Task anyEnd = Task.WhenAny(nodes.Select(node => node.Ended));
        foreach ((Monitor monitor, Uri address) in sites)
        {
            Task<SiteComparison> comparing = SiteComparison.RunAsync(address, content, cancellation);
            if (await Task.WhenAny(comparing, anyEnd).ConfigureAwait(false) == anyEnd)
                return;
            SiteComparison result = await comparing.ConfigureAwait(false);
            await Console.Error.WriteLineAsync($"uaas: {monitor.Key}: {result.Files} files, {result.Bytes} bytes, the same as on disk").ConfigureAwait(false);
        }
        nodes.ForEach(node => node.Stop());
    }

    /// <summary>Waits until every node has ended; the first that fails takes the others with it.</summary>
    private static async Task<int> AllEndedAsync(List<RunningNode> nodes)
    {
        int code = ExitCode.Ok;
        await foreach (Task<int> next in Task.WhenEach(nodes.Select(node => node.Ended)).ConfigureAwait(false))
        {
            int ended = await next.ConfigureAwait(false);
            if (ended != ExitCode.Ok && code == ExitCode.Ok)
            {
                code = ended;
                nodes.ForEach(node => node.Stop());
            }
        }
        return code;
    }
}
