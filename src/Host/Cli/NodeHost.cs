// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;
using Uaas.Agent;
using Uaas.Cli.Guests;
using Uaas.Gateway;
using Uaas.Instances;
using Uaas.Instances.Kernels;
using Uaas.Linux;
using Uaas.Networking;

namespace Uaas.Cli;

/// <summary>The node: packs the content, starts the instances, serves them, and ends when told to or when nothing is left to serve.</summary>
internal static class NodeHost
{
    private const int SectorSize = 512;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan OursReadyWithin = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan OthersReadyWithin = TimeSpan.FromSeconds(90);

    /// <summary>Runs until the lifeline ends; returns the exit code.</summary>
    internal static async Task<int> RunAsync(NodeOptions options)
    {
        if (NodeNetwork.CurrentNamespace() == options.HostNamespace)
            throw new UaasException(Failure.Privilege, "a node must have a network namespace of its own", "this command is for uaas itself: use uaas run");
        using (var started = new FileStream(new SafeFileHandle(options.Started, ownsHandle: true), FileAccess.Write, bufferSize: 0))
            started.WriteByte(1);
        using var stop = new CancellationTokenSource();
        using var lifeline = new SafeFileHandle(options.Lifeline, ownsHandle: true);
        DescriptorLoop.Shared.Watch(lifeline, () => OnLifeline(stop));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            stop.Cancel();
        });
        try
        {
            return await ServeAsync(options, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCode.Ok;
        }
    }

    private static bool OnLifeline(CancellationTokenSource stop)
    {
        // Off the loop's thread: what is cancelled may need the loop to end.
        Task.Run(stop.Cancel);
        return false;
    }

    private static async Task<int> ServeAsync(NodeOptions options, CancellationToken stop)
    {
        var locations = Locations.Find();
        IMonitorDriver driver = Monitor.ByKey(options.Monitor).CreateDriver(locations);
        var pool = new BackendPool(TimeProvider.System);
        var gateway = GatewayServer.Create(options.Listener, pool, new GatewayOptions());
        await using (gateway.ConfigureAwait(false))
        {
            bool hasContent = options.Content is not null || options.TakesNoContent && options.PackedContent is null;
            using ContentImage? content = hasContent ? await ContentImage.PackAsync(options.Content, options.Configuration, options.IndexesFilms, mayBeEmpty: options.TakesNoContent, stop).ConfigureAwait(false) : null;
            using var image = BootableImage.Prepare(options.Image, options.Guest.Kernel.Format);
            using NodeNetwork network = NodeNetwork.Prepare();
            using var printer = new ConsolePrinter(Console.Error);
            using var confiner = Confiner.Create(options.Groups);
            if (!options.Quiet)
                confiner.Lacking.ToList().ForEach(lacking => Console.Error.WriteLine($"uaas: {lacking}"));
            var node = new Node(driver, LinksFor(options, network, driver), confiner);
            await using (node.ConfigureAwait(false))
            {
                if (!options.Quiet)
                    node.LinePrinted += printer.Print;
                using var volumes = RunVolumes.Open(options.Guest);
                ServicePlan plan = PlanFor(options, image, Blocks(options, content, volumes));
                await node.StartAsync(plan, stop).ConfigureAwait(false);
                foreach (NodeInstance instance in node.Instances)
                {
                    if (!options.Quiet)
                        printer.Print($"uaas: {instance.Instance.Spec.Name} is up: {BootProof.Of(instance, plan with { Image = options.Image })}");
                    pool.Add(instance.Server);
                }
                await gateway.StartAsync(stop).ConfigureAwait(false);
                List<TcpRelay> relays = [.. options.Ports.Select(port => CreateRelay(port, node))];
                relays.ForEach(relay => relay.Start());
                Console.Out.WriteLine($"ready {options.Url}");
                foreach (NodePort port in options.Ports)
                    Console.Out.WriteLine($"{port.Label} {port.Url}");
                int code = await WatchAsync(node, pool, stop).ConfigureAwait(false);
                foreach (TcpRelay relay in relays)
                    await relay.DisposeAsync().ConfigureAwait(false);
                await gateway.StopAsync().ConfigureAwait(false);
                await node.StopAsync(Grace).ConfigureAwait(false);
                return code;
            }
        }
    }

    /// <summary>What speaks no HTTP is not shared out: all of it goes to the first instance.</summary>
    private static TcpRelay CreateRelay(NodePort port, Node node)
    {
        var listener = new Socket(new SafeSocketHandle(port.Listener, ownsHandle: true));
        return new TcpRelay(listener, new IPEndPoint(node.Instances[0].Server.Address, port.GuestPort));
    }

    /// <summary>Guests of ours name their network device always alike, on every monitor; others say in their manifest, if they have one.</summary>
    private static TapLinks LinksFor(NodeOptions options, NodeNetwork network, IMonitorDriver driver)
    {
        KernelFile kernel = options.Guest.Kernel;
        bool offloads = driver.ImageKind == "pvh" || GuestNotes.WantsOffload(options.Image);
        return new TapLinks(network, new InstanceLinkOptions(offloads))
        {
            Devices = kernel == KernelFile.Own || kernel.IsOurs && kernel.Format == KernelFormat.Pvh ? [TapLinks.DeviceName] : kernel.Networks,
            ServesAddresses = !kernel.IsOurs,
        };
    }

    private static ServicePlan PlanFor(NodeOptions options, BootableImage image, IReadOnlyList<BlockAttachment> blocks) => new()
    {
        Name = options.Service,
        Image = image.Path,
        ImageInherited = image.Inherited,
        Kernel = options.Guest.Kernel,
        Machine = options.Guest.Machine,
        ReadySign = options.Guest.ReadySign,
        Port = options.Guest.Port,
        InitialFiles = options.Guest.InitialFiles,
        ReadyWithin = options.Guest.Kernel.IsOurs ? OursReadyWithin : OthersReadyWithin,
        Instances = options.Instances,
        MemoryMebibytes = options.MemoryMebibytes,
        Arguments = options.Arguments,
        Blocks = blocks,
    };

    private static IReadOnlyList<BlockAttachment> Blocks(NodeOptions options, ContentImage? packed, RunVolumes volumes)
    {
        List<BlockAttachment> blocks = [.. options.Guest.Blocks.Where(block => block.VolumeBytes == 0).Select(block => new BlockAttachment(block.Name, block.Path, SectorSize)), .. volumes.Attachments];
        if (packed is not null)
            blocks.Insert(0, packed.Attachment);
        else if (options.PackedContent is { } path)
            blocks.Insert(0, new BlockAttachment(ContentImage.DeviceName, path, ContentImage.SectorSize));
        return BlockDevices.Complete(blocks, KernelFile.Find(options.Image) ?? options.Guest.Kernel);
    }

    /// <summary>Takes instances that end out of the gateway, until told to stop or none is left.</summary>
    private static async Task<int> WatchAsync(Node node, BackendPool pool, CancellationToken stop)
    {
        var instances = node.Instances.ToDictionary(instance => instance, instance => instance.Instance.WaitAsync(stop));
        while (instances.Count > 0)
        {
            await Task.WhenAny(instances.Values).ConfigureAwait(false);
            if (stop.IsCancellationRequested)
                return ExitCode.Ok;
            foreach ((NodeInstance instance, Task<InstanceExit> end) in instances.Where(pair => pair.Value.IsCompleted).ToList())
            {
                pool.Remove(instance.Server);
                instances.Remove(instance);
                InstanceExit exit = await end.ConfigureAwait(false);
                await Console.Error.WriteLineAsync($"uaas: {instance.Instance.Spec.Name} has ended: {exit.Meaning}; {instances.Count} left").ConfigureAwait(false);
            }
        }
        throw new UaasException(Failure.Lost, "no instance is left", "see the last lines of their consoles above");
    }
}
