// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;
using Uaas.Linux;

namespace Uaas.Instances;

/// <summary>An instance that is a process of its own: a tender or QEMU. Its console is always drained, so that it never waits for the host.</summary>
internal sealed class ProcessInstance : IInstance
{
    private const int ReadSize = 4096;

    private readonly ChildProcess _process;
    private readonly Func<ProcessExit, InstanceExit> _explain;
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<InstanceExit> _ended;
    private readonly byte[] _buffer = new byte[ReadSize];

    private ProcessInstance(InstanceSpec spec, ChildProcess process, SafeFileHandle console, Func<ProcessExit, InstanceExit> explain)
    {
        Spec = spec;
        _process = process;
        _explain = explain;
        Handle = new InstanceHandle(process.Id, ProcessTable.StartTicks(process.Id) ?? 0);
        DescriptorLoop.Shared.Watch(console, () => Drain(console));
        _ended = EndAsync();
    }

    /// <inheritdoc/>
    public InstanceSpec Spec { get; }

    /// <inheritdoc/>
    public InstanceHandle Handle { get; }

    /// <inheritdoc/>
    public ConsoleLog Console { get; } = new(TimeProvider.System);

    /// <summary>Starts a monitor's process for <paramref name="spec"/>, passing it the descriptors of its devices.</summary>
    /// <param name="spec">The instance.</param>
    /// <param name="program">Path of the monitor.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="explain">What the end of its process means.</param>
    /// <param name="lent">What it inherits beside the descriptors of its devices.</param>
    internal static ProcessInstance Start(InstanceSpec spec, string program, IReadOnlyList<string> arguments, Func<ProcessExit, InstanceExit> explain, IReadOnlyList<SafeFileHandle>? lent = null)
    {
        var inherited = new List<SafeFileHandle>(lent ?? []);
        inherited.AddRange(spec.Confinement?.Inherited ?? []);
        inherited.AddRange(spec.Lanes);
        foreach (NetworkAttachment network in spec.Networks)
            inherited.Add(network.Tap);
        if (spec.ImageInherited is { } image)
            inherited.Add(image);
        if (spec.Settings is { } settings)
            inherited.Add(settings);
        foreach (BlockAttachment block in spec.Blocks)
        {
            if (block.Inherited is { } descriptor)
                inherited.Add(descriptor);
        }

        var console = new Pipe();
        try
        {
            var process = ChildProcess.Start(new ChildProcessStart
            {
                Program = program,
                Arguments = arguments,
                Environment = [],
                Inherited = inherited,
                Output = console.WriteEnd,
                OwnSession = true,
            });
            spec.Confinement?.EnterLater?.Invoke(process.Id);
            return new ProcessInstance(spec, process, console.ReadEnd, explain);
        }
        catch (SystemCallException e)
        {
            console.ReadEnd.Dispose();
            throw new UaasException(Failure.Monitor, $"{spec.Name} cannot be started: {e.Message}", RemedyFor(e.Error), e);
        }
        finally
        {
            // The child's copy alone keeps the pipe open, so its end is the child's end.
            console.WriteEnd.Dispose();
        }
    }

    /// <inheritdoc/>
    public Task<InstanceExit> WaitAsync(CancellationToken cancellation = default) => _ended.WaitAsync(cancellation);

    /// <inheritdoc/>
    public async Task<InstanceExit> StopAsync(TimeSpan grace)
    {
        await _process.StopAsync(grace).ConfigureAwait(false);
        return await _ended.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Destroy() => _process.Kill();

    /// <inheritdoc/>
    public InstanceStatistics? ReadStatistics() => _ended.IsCompleted ? null : ProcessTable.Statistics(_process.Id);

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.Dispose();
        Spec.Confinement?.Dispose();
    }

    private static string? RemedyFor(int error) => error switch
    {
        Errno.NoEntry => "the program is not there: build it (./uaas build) or install it",
        Errno.Access => "the program may not be executed: check its permissions",
        Errno.Again => "too many processes: raise the limit (ulimit -u)",
        Errno.NoMemory => "the machine has no memory left: start fewer instances",
        _ => null,
    };

    private async Task<InstanceExit> EndAsync()
    {
        ProcessExit exit = await _process.Exited.ConfigureAwait(false);
        await _drained.Task.ConfigureAwait(false);
        return exit.Signal == Libc.SignalKill && Spec.Confinement?.Group is { HasRunOutOfMemory: true } group ? InstanceExit.ForMemory(group.Limits.MemoryBytes) : _explain(exit);
    }

    /// <summary>Runs on the descriptor loop whenever the console has something.</summary>
    private bool Drain(SafeFileHandle console)
    {
        int count = Pipe.Read(console, _buffer);
        if (count > 0)
            Console.Append(_buffer.AsSpan(0, count));
        if (count != 0)
            return true;
        Console.Complete();
        console.Dispose();
        _drained.SetResult();
        return false;
    }
}
