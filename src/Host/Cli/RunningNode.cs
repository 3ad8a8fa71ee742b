// SPDX-License-Identifier: Apache-2.0

using System;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;
using Uaas.Linux;

namespace Uaas.Cli;

/// <summary>A node that this command started. It ends when this object is disposed, or when this process ends.</summary>
internal sealed class RunningNode : IDisposable
{
    private const int UnshareFailed = 1;

    private readonly ChildProcess _process;
    private readonly SafeFileHandle _lifeline;

    internal RunningNode(ChildProcess process, SafeFileHandle lifeline)
    {
        _process = process;
        _lifeline = lifeline;
        Ended = EndAsync();
    }

    /// <summary>Completes with the node's exit code; fails where it did not end by itself.</summary>
    internal Task<int> Ended { get; }

    /// <summary>Asks the node to end in order; asked again, ends it at once.</summary>
    internal void Stop()
    {
        if (_lifeline.IsClosed)
            _process.Kill();
        _lifeline.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lifeline.Dispose();
        _process.Dispose();
    }

    private async Task<int> EndAsync()
    {
        ProcessExit exit = await _process.Exited.ConfigureAwait(false);
        if (exit.Signal != 0)
            throw new UaasException(Failure.NodeKilled, $"the node was killed (signal {exit.Signal}); its instances went with it");
        if (exit.Code == UnshareFailed)
        {
            throw new UaasException(Failure.Privilege, "the kernel refuses the node its namespaces",
                "run as root (sudo); in a container, allow CAP_SYS_ADMIN and CAP_NET_ADMIN");
        }
        return exit.Code;
    }
}
