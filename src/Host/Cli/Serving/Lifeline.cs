// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;
using Uaas.Linux;

namespace Uaas.Cli.Serving;

/// <summary>Tells a process of a daemon to end: the other end of a pipe is gone, or SIGTERM. Ctrl-C at the terminal is for the daemon alone.</summary>
internal sealed class Lifeline : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly SafeFileHandle _pipe;
    private readonly PosixSignalRegistration _terminate;

    /// <param name="descriptor">The pipe's read end.</param>
    /// <param name="endWithin">How long the process has to end then. After that it is ended, whatever holds it.</param>
    internal Lifeline(int descriptor, TimeSpan endWithin)
    {
        _stop.Token.Register(() => new Thread(() => EndHard(endWithin)) { IsBackground = true, Name = "end" }.Start());
        _pipe = new SafeFileHandle(descriptor, ownsHandle: true);
        DescriptorLoop.Shared.Watch(_pipe, () =>
        {
            // Off the loop's thread: what is cancelled may need the loop to end.
            Task.Run(_stop.Cancel);
            return false;
        });
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            _stop.Cancel();
        });
    }

    /// <summary>Cancelled when the process is to end.</summary>
    internal CancellationToken Stop => _stop.Token;

    /// <summary>Completes when the process is to end.</summary>
    internal Task Ended => Task.Delay(Timeout.Infinite, _stop.Token).ContinueWith(static _ => { }, TaskScheduler.Default);

    private static void EndHard(TimeSpan after)
    {
        Thread.Sleep(after);
        using var self = System.Diagnostics.Process.GetCurrentProcess();
        self.Kill();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _terminate.Dispose();
        _pipe.Dispose();
        _stop.Dispose();
    }
}
