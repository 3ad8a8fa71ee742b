// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using Uaas.Cli.Tracing;
using Microsoft.Win32.SafeHandles;
using Uaas.Linux;
using Uaas.Linux.Groups;
using Uaas.Networking;
using Uaas.Protocol;

namespace Uaas.Cli.Serving;

/// <summary>
/// The daemon: keeps the node agent, the master and (through the agent) the front alive, each on its own, and holds the sockets that they are reached by. A
/// connection to one that is just being started anew waits; it is not refused.
/// </summary>
internal sealed class Daemon : IDisposable
{
    private static readonly TimeSpan AgentGrace = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan MasterGrace = TimeSpan.FromSeconds(3);

    private readonly FileStream _lock;
    private readonly GroupTree _groups;
    private readonly KeptProcess _agent;
    private readonly KeptProcess _master;
    private readonly KeptProcess _outside;
    private readonly List<Socket> _sockets;

    private Daemon(FileStream held, GroupTree groups, KeptProcess agent, KeptProcess master, KeptProcess outside, List<Socket> sockets)
    {
        _lock = held;
        _groups = groups;
        _agent = agent;
        _master = master;
        _outside = outside;
        _sockets = sockets;
    }

    /// <summary>Completes when the daemon was told to stop and all of it has ended.</summary>
    internal Task Ended => EndAsync();

    /// <summary>How it has ended: that of a process of its own that could not even begin, or well.</summary>
    internal int ExitCode => _agent.GaveUpWith ?? _master.GaveUpWith ?? Cli.ExitCode.Ok;

    /// <summary>Where the front serves.</summary>
    internal string Url => $"http://{_sockets[0].LocalEndPoint}/";

    /// <summary>Where the front serves HTTPS; null for nowhere.</summary>
    internal string? HttpsUrl { get; private init; }

    /// <summary>Starts a daemon.</summary>
    /// <exception cref="UaasException">Another has the directory, the address is taken, or this user may not run a node.</exception>
    internal static async Task<Daemon> StartAsync(StateDirectory state, IPEndPoint address, IPEndPoint? api, IEnumerable<int> tcpPorts, bool isVerbose, FrontSettings front)
    {
        state.Create();
        FileStream held = state.TryLock() ?? throw new UaasException(Failure.Usage, $"a daemon runs already on {state.Root}", "use it: uaas ps; or give another directory: --state DIR");
        if (NodeLauncher.FindLackingPrivilege() is { } lacking)
            throw lacking;
        var locations = Locations.Find();
        var choice = new MonitorChoice(Doctor.ForThisMachine(locations), DoctorCache.ForThisUser(), DoctorCache.KeyFor(locations));
        Monitor monitor = await choice.ChooseAsync("auto").ConfigureAwait(false);
        List<Socket> sockets = [NodeLauncher.Listen(address), LocalSocket.Listen(state.FrontSocket), LocalSocket.Listen(state.AgentSocket), LocalSocket.Listen(state.ApiSocket)];
        if (api is not null)
            sockets.Add(NodeLauncher.Listen(api, "--api"));
        Socket? tls = front.HttpsPort is { } httpsPort ? NodeLauncher.Listen(new IPEndPoint(address.Address, httpsPort), "--https-port (0: any)") : null;
        Socket? traces = TraceSettings.AreWanted(TraceSettings.OfEnvironment) && TraceSettings.Collector(TraceSettings.OfEnvironment) is not null ? LocalSocket.Listen(state.TraceSocket) : null;
        Dictionary<int, Socket> tcp = tcpPorts.Distinct().ToDictionary(port => port, port => NodeLauncher.ListenForService(address.Address, port));
        Socket outside = LocalSocket.Listen(state.OutsideSocket);
        var groups = GroupTree.Create(GroupPlaces.OfThisProcess(), Environment.IsPrivilegedProcess);
        var options = new ServeOptions
        {
            State = state.Root,
            HostNamespace = NodeNetwork.CurrentNamespace(),
            Url = $"http://{sockets[0].LocalEndPoint}/",
            FrontListener = (int)sockets[0].Handle,
            TlsListener = tls is null ? null : (int)tls.Handle,
            TlsPort = (tls?.LocalEndPoint as IPEndPoint)?.Port ?? 0,
            AccessLog = front.AccessLog,
            TcpListeners = tcp.ToDictionary(one => one.Key, one => (int)one.Value.Handle),
            FrontHub = (int)sockets[1].Handle,
            Agent = (int)sockets[2].Handle,
            Api = (int)sockets[3].Handle,
            ApiTcp = api is null ? null : (int)sockets[4].Handle,
            Traces = traces is null ? null : (int)traces.Handle,
            LogsJson = front.LogsJson,
            AutoMonitor = monitor.Key,
            Groups = groups.Root,
            Outside = (int)outside.Handle,
            IsVerbose = isVerbose,
        };
        Socket[] frontSockets = tls is null ? [.. tcp.Values] : [tls, .. tcp.Values];
        var daemon = new Daemon(held, groups, AgentProcess(options, [sockets[0], sockets[2], .. frontSockets]), MasterProcess(options, sockets, traces), OutsideProcess(options, outside), [.. sockets, outside, .. frontSockets, .. traces is null ? Array.Empty<Socket>() : [traces]])
        {
            HttpsUrl = tls is null ? null : $"https://{tls.LocalEndPoint}/",
        };
        daemon._agent.Started += state.NoteNode;
        daemon._agent.GaveUp += daemon.Stop;
        daemon._master.GaveUp += daemon.Stop;
        daemon._agent.Start();
        daemon._master.Start();

        // Most nodes need no way out. The agent's first connection starts the process.
        DescriptorLoop.Shared.Watch(new SafeFileHandle(outside.Handle, ownsHandle: false), () =>
        {
            daemon._outside.Start();
            return false;
        });
        return daemon;
    }

    /// <summary>Ends everything in order: what is being answered is finished first.</summary>
    internal void Stop()
    {
        _agent.Stop();
        _ = _agent.Ended.ContinueWith(_ => _master.Stop(), TaskScheduler.Default);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Socket socket in _sockets)
            socket.Dispose();
        _groups.Dispose();
        _lock.Dispose();
    }

    private async Task EndAsync()
    {
        await Task.WhenAll(_agent.Ended, _master.Ended).ConfigureAwait(false);
        _outside.Stop();
        await _outside.Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static KeptProcess OutsideProcess(ServeOptions options, Socket socket) =>
        new("way out", OwnProgram.Path, lifeline => [OutsideHost.Command, (options with { Lifeline = lifeline }).ToJson()], [socket.SafeHandle], MasterGrace);

    private static KeptProcess AgentProcess(ServeOptions options, IEnumerable<Socket> sockets)
    {
        List<string> unshare = [.. NodeNamespaces.Words(), OwnProgram.Path, AgentHost.Command];
        return new KeptProcess("node agent", NodeNamespaces.Unshare, lifeline => [.. unshare, (options with { Lifeline = lifeline }).ToJson()], [.. sockets.Select(socket => socket.SafeHandle)], AgentGrace);
    }

    private static KeptProcess MasterProcess(ServeOptions options, List<Socket> sockets, Socket? traces) =>
        new("master", OwnProgram.Path, lifeline => [MasterHost.Command, (options with { Lifeline = lifeline }).ToJson()],
            [sockets[1].SafeHandle, .. sockets.Skip(3).Append(traces).OfType<Socket>().Select(socket => socket.SafeHandle)], MasterGrace);
}
