// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Runtime.ExceptionServices;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using Uaas.Linux;

namespace Uaas.Bench.Machine;

/// <summary>
/// A network namespace with the one thread that lives in it. What that thread makes (sockets, taps, processes) belongs to the namespace, and
/// the kernel takes all of it away with the last of them.
/// </summary>
internal sealed class NetworkNamespace : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;
    private int _threadId;

    /// <summary>Makes a namespace whose loopback link is up.</summary>
    /// <exception cref="UaasException">No privilege.</exception>
    internal NetworkNamespace(string name)
        : this(name, static () => Native.Unshare(Native.NewNetwork))
    {
        Run(() => Programs.Run("ip", "link", "set", "lo", "up"));
    }

    private NetworkNamespace(string name, Func<int> enter)
    {
        _thread = new Thread(Live) { IsBackground = true, Name = name };
        _thread.Start();
        Run(() => Enter(enter));
    }

    /// <summary>The namespace that a process lives in.</summary>
    /// <exception cref="UaasException">No privilege.</exception>
    internal static NetworkNamespace Of(int process)
    {
        using SafeFileHandle space = File.OpenHandle($"/proc/{process}/ns/net");
        return new NetworkNamespace($"of {process}", () => Native.SetNamespace((int)space.DangerousGetHandle(), Native.NewNetwork));
    }

    /// <summary>A number by which <c>ip link set … netns</c> finds the namespace.</summary>
    internal string Id => _threadId.ToString(CultureInfo.InvariantCulture);

    /// <summary>Runs something in the namespace and returns what it returned; what it threw is thrown here.</summary>
    internal T Run<T>(Func<T> action)
    {
        if (Thread.CurrentThread == _thread)
            return action();
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        using var done = new ManualResetEventSlim();
        _work.Add(() =>
        {
            try
            {
                result = action();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
            done.Set();
        });
        done.Wait();
        failure?.Throw();
        return result;
    }

    /// <summary>Runs something in the namespace.</summary>
    internal void Run(Action action) => Run<object?>(() =>
    {
        action();
        return null;
    });

    /// <summary>Runs <c>ip</c> in the namespace.</summary>
    internal void Ip(string arguments) => Run(() => Programs.Run("ip", arguments.Split(' ')));

    /// <summary>Starts a program in the namespace.</summary>
    /// <param name="program">Its path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="processor">The processor that it is bound to; null for none.</param>
    /// <param name="output">Where its output goes; null for nowhere else than ours.</param>
    /// <param name="inherited">Descriptors that it inherits.</param>
    internal ChildProcess Start(
        string program, IReadOnlyList<string> arguments, int? processor = null, SafeFileHandle? output = null, params IReadOnlyList<SafeFileHandle> inherited)
    {
        var start = new ChildProcessStart { Program = program, Arguments = arguments, Output = output, Inherited = inherited };
        return Run(() => Processors.Bound(processor, () => Children.Add(ChildProcess.Start(start))));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Enter(Func<int> enter)
    {
        _threadId = Native.ThreadId();
        if (enter() != 0)
            throw new UaasException(Failure.Privilege, "no privilege over a network namespace", "run as root (sudo)", SystemCallException.Last("unshare or setns"));
    }

    private void Live()
    {
        foreach (Action action in _work.GetConsumingEnumerable())
            action();
    }
}
