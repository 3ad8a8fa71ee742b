// SPDX-License-Identifier: Apache-2.0

using System;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;

namespace Uaas.Linux;

/// <summary>How a process ended, and what it used.</summary>
/// <param name="Code">Its exit status; meaningless where <paramref name="Signal"/> is not 0.</param>
/// <param name="Signal">The signal that killed it; 0 where it exited.</param>
/// <param name="ProcessorTime">Processor time, its own and the kernel's on its behalf.</param>
/// <param name="PeakResidentBytes">The most memory it had resident.</param>
public readonly record struct ProcessExit(int Code, int Signal, TimeSpan ProcessorTime, long PeakResidentBytes)
{
    /// <summary>As a shell reports it: 128 + signal for a process that was killed.</summary>
    public int ShellCode => Signal == 0 ? Code : 128 + Signal;
}

/// <summary>A child of this process, held by a descriptor, so that a signal never hits a later process of the same number.</summary>
public sealed class ChildProcess : IDisposable
{
    private readonly SafeFileHandle _descriptor;
    private readonly TaskCompletionSource<ProcessExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProcess(int id, SafeFileHandle descriptor)
    {
        Id = id;
        _descriptor = descriptor;
    }

    /// <summary>Its number in this process's PID namespace.</summary>
    public int Id { get; }

    /// <summary>Completes when the process has ended and is reaped.</summary>
    public Task<ProcessExit> Exited => _exited.Task;

    /// <summary>Starts a process. No fork: the cost does not grow with this process's memory.</summary>
    /// <exception cref="SystemCallException">The program cannot be started: not there, not executable, no memory, too many processes.</exception>
    public static ChildProcess Start(in ChildProcessStart start)
    {
        int id = ChildProcessLauncher.Launch(start);
        SafeFileHandle descriptor = Libc.PidfdOpen(id);
        try
        {
            if (descriptor.IsInvalid)
                throw SystemCallException.Last("pidfd_open");
            var child = new ChildProcess(id, descriptor);
            DescriptorLoop.Shared.Watch(descriptor, child.OnEnded);
            return child;
        }
        catch
        {
            descriptor.Dispose();
            EndUnwatched(id);
            throw;
        }
    }

    /// <summary>Ends a child that nobody would see end: no descriptors are left. It is not reaped yet, so its number is still its own.</summary>
    private static unsafe void EndUnwatched(int id)
    {
        int status;
        Libc.ResourceUsage usage;
        Libc.SendSignal(id, Libc.SignalKill);
        Libc.Wait(id, &status, options: 0, &usage);
    }

    /// <summary>Asks the process to end (SIGTERM). Nothing happens where it has ended already.</summary>
    public void Terminate() => Signal(Libc.SignalTerminate);

    /// <summary>Ends the process at once (SIGKILL). Nothing happens where it has ended already.</summary>
    public void Kill() => Signal(Libc.SignalKill);

    /// <summary>Asks the process to end, and kills it where it has not after <paramref name="grace"/>.</summary>
    public async Task<ProcessExit> StopAsync(TimeSpan grace)
    {
        Terminate();
        if (grace <= TimeSpan.Zero || await Task.WhenAny(Exited, Task.Delay(grace)).ConfigureAwait(false) != Exited)
            Kill();
        return await Exited.ConfigureAwait(false);
    }

    /// <summary>Kills the process if it lives; its descriptor goes once it is reaped.</summary>
    public void Dispose()
    {
        if (!Exited.IsCompleted)
            Kill();
    }

    private void Signal(int signal)
    {
        lock (_descriptor)
        {
            if (!_descriptor.IsClosed)
                Libc.PidfdSendSignal(_descriptor, signal);
        }
    }

    /// <summary>The descriptor has become readable: the process has ended. Reaps it.</summary>
    private unsafe bool OnEnded()
    {
        int status;
        Libc.ResourceUsage usage;
        if (Libc.Wait(Id, &status, options: 1, &usage) == 0)
            return true;
        int signal = status & 0x7f;
        var time = TimeSpan.FromSeconds(usage.UserSeconds + usage.SystemSeconds) + TimeSpan.FromMicroseconds(usage.UserMicroseconds + usage.SystemMicroseconds);
        lock (_descriptor)
        {
            _exited.TrySetResult(new ProcessExit(status >> 8 & 0xff, signal, time, usage.GreatestResidentKibibytes * 1024));
            _descriptor.Dispose();
        }
        return false;
    }
}
