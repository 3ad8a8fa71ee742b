// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net.Sockets;
using System.Threading.Tasks;
using Uaas.Agent.Outside;

namespace Uaas.Cli.Serving;

/// <summary>The process outside the node, by which instances whose services have <c>egress</c> reach the outside. It runs once the first of them is wanted.</summary>
internal static class OutsideHost
{
    internal const string Command = "serve-outside";

    /// <summary>Runs until the lifeline ends.</summary>
    internal static async Task<int> RunAsync(ServeOptions options)
    {
        using var lifeline = new Lifeline(options.Lifeline, TimeSpan.FromSeconds(3));
        using var server = new OutsideServer(new Socket(new SafeSocketHandle(options.Outside, ownsHandle: true)), new StateDirectory(options.State).NamesSocket);
        server.Start();
        await lifeline.Ended.ConfigureAwait(false);
        return ExitCode.Ok;
    }
}
