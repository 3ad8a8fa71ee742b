// SPDX-License-Identifier: Apache-2.0

using System;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;

namespace Uaas.Linux;

/// <summary>A process that is not this one's child, held by a descriptor: it can be watched and ended, and its exit code is not to be had.</summary>
public sealed class ForeignProcess : IDisposable
{
    private readonly SafeFileHandle _descriptor;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ForeignProcess(SafeFileHandle descriptor)
    {
        _descriptor = descriptor;
        DescriptorLoop.Shared.Watch(descriptor, OnEnded);
    }

    /// <summary>Completes when the process has ended.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Holds the process of that number; null where there is none.</summary>
    public static ForeignProcess? Open(int process)
    {
        SafeFileHandle descriptor = Libc.PidfdOpen(process);
        return descriptor.IsInvalid ? null : new ForeignProcess(descriptor);
    }

    /// <summary>Asks it to end (SIGTERM).</summary>
    public void Terminate() => Libc.PidfdSendSignal(_descriptor, Libc.SignalTerminate);

    /// <summary>Ends it at once (SIGKILL).</summary>
    public void Kill() => Libc.PidfdSendSignal(_descriptor, Libc.SignalKill);

    /// <summary>Lets go of it; it lives on.</summary>
    public void Dispose() => _descriptor.Dispose();

    private bool OnEnded()
    {
        _ended.TrySetResult();
        return false;
    }
}
