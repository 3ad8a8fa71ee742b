// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Instances;
using Uaas.Instances.Confinement;
using Uaas.Linux;

namespace Uaas.Agent;

/// <summary>An instance that a node runs.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Server">Where it serves.</param>
/// <param name="Connection">Its place in the network.</param>
public sealed record NodeInstance(IInstance Instance, IPEndPoint Server, InstanceConnection Connection);

/// <summary>The node agent: starts the instances of a service, says when they serve, and sees to it that they end.</summary>
/// <param name="driver">The monitor.</param>
/// <param name="links">Where the instances get their network from.</param>
/// <param name="confiner">Who closes instances in; null for what monitors do of themselves.</param>
public sealed class Node(IMonitorDriver driver, IInstanceLinks links, Confiner? confiner = null) : IAsyncDisposable
{
    private const int ConsoleLinesInMessage = 12;

    private readonly List<NodeInstance> _instances = [];

    /// <summary>Called with each line that an instance prints. Must not block.</summary>
    public event Action<InstanceSpec, ConsoleLine>? LinePrinted;

    /// <summary>The instances, in the order of their numbers.</summary>
    public IReadOnlyList<NodeInstance> Instances => _instances;

    /// <summary>Starts every instance of the plan and waits until each has answered a request.</summary>
    /// <exception cref="UaasException">An instance cannot be started, ends, or does not answer in time; the others are left to <see cref="StopAsync"/>.</exception>
    public async Task StartAsync(ServicePlan plan, CancellationToken cancellation)
    {
        for (int number = 0; number < plan.Instances; number++)
        {
            cancellation.ThrowIfCancellationRequested();
            _instances.Add(StartOne(plan, number));
        }
        await Task.WhenAll(_instances.Select(instance => WaitReadyAsync(instance, plan, cancellation))).ConfigureAwait(false);
    }

    /// <summary>Ends every instance: asked first, destroyed where it does not end within <paramref name="grace"/>.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        await Task.WhenAll(_instances.Select(instance => instance.Instance.StopAsync(grace))).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero).ConfigureAwait(false);
        foreach (NodeInstance instance in _instances)
        {
            instance.Instance.Dispose();
            instance.Connection.Dispose();
        }
    }

    private NodeInstance StartOne(ServicePlan plan, int number)
    {
        string name = $"{plan.Name}-{number + 1}";
        InstanceConnection connection = links.Connect(number);
        InstanceConfinement? confinement = confiner?.For(number, driver, plan.MemoryMebibytes, 0);
        try
        {
            IInstance instance = driver.Start(new InstanceSpec
            {
                Name = name,
                Image = plan.Image,
                ImageInherited = plan.ImageInherited,
                Format = plan.Kernel.Format,
                IsOurs = plan.Kernel.IsOurs,
                Machine = plan.Machine,
                InitialFiles = plan.InitialFiles,
                MemoryMebibytes = plan.MemoryMebibytes,
                Arguments = [.. BootArguments.For(plan.Kernel.Style, name, connection), .. plan.Arguments],
                Networks = connection.Attachments,
                Blocks = plan.Blocks,
                Confinement = confinement,
            });
            if (!plan.Kernel.IsOurs)
                instance = new PanicWatch(instance);
            instance.Console.Follow(line => LinePrinted?.Invoke(instance.Spec, line));
            return new NodeInstance(instance, new IPEndPoint(connection.Address, plan.Port), connection);
        }
        catch
        {
            connection.Dispose();
            confinement?.Dispose();
            throw;
        }
    }

    private static async Task WaitReadyAsync(NodeInstance instance, ServicePlan plan, CancellationToken cancellation)
    {
        if (plan.ReadySign == ReadySign.Started)
            return;
        TimeSpan within = plan.ReadyWithin;
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        giveUp.CancelAfter(within);
        Task answered = FirstAnswer.WaitAsync(instance.Server, giveUp.Token, plan.ReadySign);
        Task<InstanceExit> ended = instance.Instance.WaitAsync(cancellation);
        Task first = await Task.WhenAny(answered, ended).ConfigureAwait(false);
        if (first == answered && answered.IsCompletedSuccessfully)
            return;
        cancellation.ThrowIfCancellationRequested();
        await giveUp.CancelAsync().ConfigureAwait(false);
        throw NotReady(instance.Instance, first == ended ? await ended.ConfigureAwait(false) : null, within);
    }

    private static UaasException NotReady(IInstance instance, InstanceExit? exit, TimeSpan within)
    {
        string name = instance.Spec.Name;
        var message = new StringBuilder(exit is { } end
            ? $"{name} ended before it served: {end.Meaning}"
            : $"{name} did not answer within {within.TotalSeconds:0.#} s of its start");
        IReadOnlyList<ConsoleLine> lines = instance.Console.Tail();
        message.Append(lines.Count == 0 ? "; it printed nothing" : "; the last lines of its console:");
        foreach (ConsoleLine line in lines.Skip(lines.Count - ConsoleLinesInMessage))
            message.Append($"\n  {name} | {line.Text}");
        return new UaasException(Failure.Boot, message.ToString());
    }
}
