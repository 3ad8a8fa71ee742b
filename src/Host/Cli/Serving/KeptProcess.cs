// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;
using Uaas.Linux;

namespace Uaas.Cli.Serving;

/// <summary>A process that is started anew whenever it ends, until it is to stop. What it inherits outlives it: nothing that was said to it is lost.</summary>
internal sealed class KeptProcess
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WellAfter = TimeSpan.FromSeconds(5);

    private readonly string _name;
    private readonly string _program;
    private readonly Func<int, IReadOnlyList<string>> _arguments;
    private readonly IReadOnlyList<SafeHandle> _inherited;
    private readonly TimeSpan _grace;
    private readonly bool _isBusy;
    private readonly CancellationTokenSource _stop = new();

    /// <param name="name">What it is called in messages.</param>
    /// <param name="program">Its path.</param>
    /// <param name="arguments">Its arguments, given the descriptor of its lifeline.</param>
    /// <param name="inherited">What it inherits.</param>
    /// <param name="grace">How long it has to end when it is to stop.</param>
    /// <param name="isBusy">Whether all requests pass through it.</param>
    internal KeptProcess(string name, string program, Func<int, IReadOnlyList<string>> arguments, IReadOnlyList<SafeHandle> inherited, TimeSpan grace, bool isBusy = false)
    {
        _name = name;
        _program = program;
        _arguments = arguments;
        _inherited = inherited;
        _grace = grace;
        _isBusy = isBusy;
        Ended = Task.CompletedTask;
    }

    /// <summary>Completes when it was to stop and has.</summary>
    internal Task Ended { get; private set; }

    /// <summary>The exit code of a process that could not begin the first time, and said why: it is not started anew. Null where there was none.</summary>
    internal int? GaveUpWith { get; private set; }

    /// <summary>Called when it is not started anew, since it could not begin the first time.</summary>
    internal event Action? GaveUp;

    /// <summary>Called with the number of each process that is started.</summary>
    internal event Action<int>? Started;

    /// <summary>Starts it, and keeps it alive.</summary>
    internal void Start() => Ended = Task.Run(KeepAsync);

    /// <summary>Has it end, and not come back.</summary>
    internal void Stop() => _stop.Cancel();

    private async Task KeepAsync()
    {
        TimeSpan pause = FirstPause;
        bool isFirst = true;
        while (!_stop.IsCancellationRequested)
        {
            long start = Stopwatch.GetTimestamp();
            string what;
            try
            {
                ProcessExit exit = await RunOnceAsync().ConfigureAwait(false);
                if (isFirst && !_stop.IsCancellationRequested && Stopwatch.GetElapsedTime(start) < WellAfter && ExitCode.IsKnownFailure(exit.Code))
                {
                    GaveUpWith = exit.Code;
                    GaveUp?.Invoke();
                    return;
                }
                what = $"has ended ({(exit.Signal != 0 ? $"signal {exit.Signal}" : $"code {exit.Code}")}); it is started anew";
            }
            catch (SystemCallException e)
            {
                // Its program is being replaced, by a build or an installation, or is gone; or there are too many processes. What else there is goes on.
                what = $"cannot be started: {e.Message}; it is tried again";
            }
            if (_stop.IsCancellationRequested)
                return;
            isFirst = false;
            DaemonLog.Say($"the {_name} {what}");
            if (Stopwatch.GetElapsedTime(start) > WellAfter)
                pause = FirstPause;
            await Task.Delay(pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private async Task<ProcessExit> RunOnceAsync()
    {
        var lifeline = new Pipe();
        using SafeFileHandle held = lifeline.WriteEnd;
        ChildProcess process;
        using (SafeFileHandle theirs = lifeline.ReadEnd)
        {
            process = ChildProcess.Start(new ChildProcessStart
            {
                Program = _program,
                Arguments = _arguments((int)theirs.DangerousGetHandle()),
                Environment = OwnProgram.Environment(_isBusy),
                Inherited = [theirs, .. _inherited],
                OwnSession = true,
            });
        }
        using ChildProcess running = process;
        Started?.Invoke(process.Id);
        using CancellationTokenRegistration stopping = _stop.Token.Register(held.Dispose);
        Task first = await Task.WhenAny(process.Exited, Task.Delay(Timeout.Infinite, _stop.Token)).ConfigureAwait(false);
        if (first != process.Exited && await Task.WhenAny(process.Exited, Task.Delay(_grace)).ConfigureAwait(false) != process.Exited)
            process.Kill();
        return await process.Exited.ConfigureAwait(false);
    }
}
