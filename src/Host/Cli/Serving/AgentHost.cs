// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Net.Sockets;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;
using Uaas.Agent;
using Uaas.Agent.Outside;
using Uaas.Instances;
using Uaas.Linux;
using Uaas.Networking;
using Uaas.Networking.Lanes;

namespace Uaas.Cli.Serving;

/// <summary>
/// The node agent's process: first of a PID namespace, in a network namespace of its own. The front is its child, since it must live in that network; both
/// go with the namespaces, and instances with them.
/// </summary>
internal static class AgentHost
{
    internal const string Command = "serve-agent";

    private static readonly TimeSpan InstanceGrace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FrontGrace = TimeSpan.FromSeconds(7);

    /// <summary>Runs until the lifeline ends.</summary>
    internal static async Task<int> RunAsync(ServeOptions options)
    {
        DaemonLog.IsJson = options.LogsJson;
        if (NodeNetwork.CurrentNamespace() == options.HostNamespace)
            throw new UaasException(Failure.Privilege, "a node must have a network namespace of its own", "this command is for uaas itself: use uaas serve");
        using var lifeline = new Lifeline(options.Lifeline, TimeSpan.FromSeconds(11));
        var locations = Locations.Find();
        using NodeNetwork network = NodeNetwork.Prepare();
        using LinkFirewall firewall = LinkFirewall.Install();
        using var outside = new OutsideGate(new StateDirectory(options.State).OutsideSocket);
        using var links = new LinkPool(new NodeLinks(network), options.SpareLinks);
        links.Failed += failure => DaemonLog.Say($"a link cannot be had: {failure.Message}");
        using var confiner = Confiner.Create(options.Groups);
        foreach (string lacking in confiner.Lacking)
            DaemonLog.Say(lacking);
        confiner.Failed += failure => DaemonLog.Say($"a control group cannot be had: {failure.Message}");
        var drivers = new ConcurrentDictionary<string, IMonitorDriver>();
        var listener = new Socket(new SafeSocketHandle(options.Agent, ownsHandle: true));
        using var lanes = new LaneBroker();
        var guard = new LinkGuard(firewall, lanes, outside);
        using var agent = new AgentServer(listener, links, key => drivers.GetOrAdd(key, added => Monitor.ByKey(added).CreateDriver(locations)), new ServiceLogs(new StateDirectory(options.State).Logs), guard, confiner);
        agent.Start();

        KeptProcess front = Front(options);
        front.Start();
        await lifeline.Ended.ConfigureAwait(false);
        front.Stop();
        await front.Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        agent.Leave();
        await agent.StopInstancesAsync(InstanceGrace).ConfigureAwait(false);
        return ExitCode.Ok;
    }

    private static KeptProcess Front(ServeOptions options)
    {
        int[] tls = options.TlsListener is { } descriptor ? [descriptor] : [];
        int[] descriptors = [options.FrontListener, .. tls, .. options.TcpListeners.Values];
        SafeFileHandle[] sockets = [.. descriptors.Select(descriptor => new SafeFileHandle(descriptor, ownsHandle: true))];
        return new KeptProcess("front", OwnProgram.Path, lifeline => [FrontHost.Command, (options with { Lifeline = lifeline }).ToJson()], sockets, FrontGrace, isBusy: true);
    }
}
