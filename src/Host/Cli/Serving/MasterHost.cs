// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net.Sockets;
using System.Threading.Tasks;
using Uaas.Cli.Tracing;
using Uaas.Master.Agents;
using Uaas.Master.Api;
using Uaas.Master.Control;
using Uaas.Master.Deploying;
using Uaas.Master.Fronts;
using Uaas.Master.Storage;
using Uaas.Master.Tracing;
using Uaas.Volumes;

namespace Uaas.Cli.Serving;

/// <summary>The master's process.</summary>
internal static class MasterHost
{
    internal const string Command = "serve-master";

    /// <summary>Runs until the lifeline ends.</summary>
    internal static async Task<int> RunAsync(ServeOptions options)
    {
        DaemonLog.IsJson = options.LogsJson;
        using var lifeline = new Lifeline(options.Lifeline, TimeSpan.FromSeconds(3));
        var state = new StateDirectory(options.State);
        using CollectorRelay? relay = options.Traces is { } traces ? new CollectorRelay(new Socket(new SafeSocketHandle(traces, ownsHandle: true)), TraceSettings.Collector(TraceSettings.OfEnvironment)) : null;
        using IDisposable? export = TraceExport.Begin("master", MasterTracer.SourceName, relay: null);
        using var store = Store.Open(state.Database);
        var history = new History(store, TimeProvider.System);
        await using (history.ConfigureAwait(false))
        {
            history.Failed += DaemonLog.Say;
            if (options.IsVerbose)
                history.Happened += new EventPrinter(Console.Error).Print;
            using var agent = new AgentLink(state.AgentSocket);
            using var control = new ControlLoop(store, history, agent, TimeProvider.System);
            agent.Start(control.OnAgent);
            var listener = new Socket(new SafeSocketHandle(options.FrontHub, ownsHandle: true));
            using var hub = new FrontHub(listener, control);
            hub.Start();
            using var images = new ImageResolver(Locations.Find(), options.AutoMonitor);
            using var deployer = new Deployer(store, control, images, new ContentStore(state.Content), new VolumeStore(state.Volumes), new SettingsStore(state.Settings), history, TimeProvider.System);
            deployer.Tidy();
            var api = ApiServer.Create(options.Api, options.ApiTcp, new ApiServices(control, deployer, store, history, agent, state.Logs, options.Url, TimeProvider.System) { ServesHttps = options.TlsListener is not null, TcpPorts = [.. options.TcpListeners.Keys] });
            await using (api.ConfigureAwait(false))
            {
                await api.StartAsync(lifeline.Stop).ConfigureAwait(false);
                await lifeline.Ended.ConfigureAwait(false);
            }
        }
        return ExitCode.Ok;
    }
}
