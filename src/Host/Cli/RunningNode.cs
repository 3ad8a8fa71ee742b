// SPDX-License-Identifier: Apache-2.0

using System;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;
using Uaas.Linux;
using Uaas.Linux.Groups;

namespace Uaas.Cli;

/// <summary>A node that this command started. It ends when this object is disposed, or when this process ends.</summary>
internal sealed class RunningNode : IDisposable
{
    private const int UnshareFailed = 1;

    private readonly ChildProcess _process;
    private readonly SafeFileHandle _lifeline;
    private readonly SafeFileHandle _started;
    private readonly GroupTree _groups;
    private volatile bool _isToEndAtOnce;

    /// <param name="process">The process that stands between this one and the node: unshare(1).</param>
    /// <param name="lifeline">A pipe whose end the node takes for the order to stop.</param>
    /// <param name="started">A pipe that the node writes to when it has come to life.</param>
    /// <param name="groups">The control groups of its instances.</param>
    internal RunningNode(ChildProcess process, SafeFileHandle lifeline, SafeFileHandle started, GroupTree groups)
    {
        _groups = groups;
        _process = process;
        _lifeline = lifeline;
        _started = started;
        Ended = EndAsync();
    }

    /// <summary>Completes with the node's exit code; fails where it did not end by itself.</summary>
    internal Task<int> Ended { get; }

    /// <summary>Asks the node to end in order; asked again, ends it at once.</summary>
    internal void Stop()
    {
        if (_lifeline.IsClosed)
        {
            _isToEndAtOnce = true;
            _process.Kill();
        }
        _lifeline.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lifeline.Dispose();
        _started.Dispose();
        _process.Dispose();
        _groups.Dispose();
    }

    private async Task<int> EndAsync()
    {
        ProcessExit exit = await _process.Exited.ConfigureAwait(false);
        if (_isToEndAtOnce)
            return ExitCode.Ok;

        // unshare ends with 1 when it fails, but also when the node was killed: whether the node has ever lived tells which.
        bool hasLived = !_started.IsClosed && Pipe.Read(_started, new byte[1]) == 1;
        if (exit.Signal == 0 && exit.Code == UnshareFailed && !hasLived)
        {
            throw new UaasException(Failure.Privilege, "the kernel refuses the node its namespaces",
                "run as root (sudo); in a container, allow CAP_SYS_ADMIN and CAP_NET_ADMIN");
        }
        return exit.Signal != 0 || exit.Code == UnshareFailed
            ? throw new UaasException(Failure.NodeKilled, "the node was killed, and its instances went with it", "see the kernel's log for want of memory: dmesg")
            : exit.Code;
    }
}
