// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net;
using System.Threading.Tasks;
using Uaas.Cli.Tracing;
using Uaas.Front;
using Uaas.Front.Tracing;
using Uaas.Networking;

namespace Uaas.Cli.Serving;

/// <summary>The front's process.</summary>
internal static class FrontHost
{
    internal const string Command = "serve-front";

    private const int NamePort = 53;

    /// <summary>Runs until the lifeline ends.</summary>
    internal static async Task<int> RunAsync(ServeOptions options)
    {
        DaemonLog.IsJson = options.LogsJson;
        using var lifeline = new Lifeline(options.Lifeline, TimeSpan.FromSeconds(7));
        using IDisposable? traces = TraceExport.Begin("front", FrontTracer.SourceName, new StateDirectory(options.State).TraceSocket);
        var front = FrontServer.Create(new FrontOptions { Listener = options.FrontListener, TlsListener = options.TlsListener, TlsPort = options.TlsPort, AccessLog = options.AccessLog, TcpListeners = options.TcpListeners, MasterSocket = new StateDirectory(options.State).FrontSocket, Say = DaemonLog.Say, NameServer = new IPEndPoint(NodeNetwork.NodeAddress, NamePort), OutsideNames = new StateDirectory(options.State).NamesSocket });
        await using (front.ConfigureAwait(false))
        {
            await front.StartAsync(lifeline.Stop).ConfigureAwait(false);
            await lifeline.Ended.ConfigureAwait(false);
            await front.StopAsync().ConfigureAwait(false);
        }
        return ExitCode.Ok;
    }
}
