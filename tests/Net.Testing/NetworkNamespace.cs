// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace Uaas.Net.Testing;

/// <summary>A network namespace of its own: nothing that a test sets up there touches the machine, and all of it goes when this is disposed.</summary>
/// <remarks>
/// A thread is in the namespace; what must happen there (making taps, sockets, running <c>ip</c>) is run on it. Sockets may then be used anywhere.
/// </remarks>
public sealed partial class NetworkNamespace : IDisposable
{
    private const int NewNetworkNamespace = 0x4000_0000;

    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    /// <summary>Makes a namespace with its loopback up.</summary>
    public NetworkNamespace()
    {
        _thread = new Thread(Work) { IsBackground = true, Name = "network namespace" };
        _thread.Start();
        Run(() =>
        {
            if (Unshare(NewNetworkNamespace) != 0) throw new IOException("cannot make a network namespace", new Win32Exception());
        });
        Command("ip link set lo up");
    }

    /// <summary>Runs something in the namespace and waits for it.</summary>
    public T Run<T>(Func<T> function)
    {
        T result = default!;
        Run(() => { result = function(); });
        return result;
    }

    /// <summary>Runs something in the namespace and waits for it.</summary>
    public void Run(Action action)
    {
        using ManualResetEventSlim done = new();
        ExceptionDispatchInfo? failure = null;
        _work.Add(() =>
        {
            try
            {
                action();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }

            done.Set();
        });
        done.Wait();
        failure?.Throw();
    }

    /// <summary>Runs a command in the namespace; returns what it prints.</summary>
    public string Command(string line) => Run(() =>
    {
        string[] words = line.Split(' ');
        ProcessStartInfo start = new(words[0], words[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new IOException($"{line}: exit {process.ExitCode}: {output}{errors}");
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Work()
    {
        foreach (Action action in _work.GetConsumingEnumerable()) action();
    }

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int flags);
}
