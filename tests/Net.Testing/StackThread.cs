// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading;

namespace Uaas.Net.Testing;

/// <summary>A stack on a tap with a thread that is its main loop.</summary>
public sealed class StackThread : IDisposable
{
    private const int LongestSleepMilliseconds = 5;

    private readonly TapDevice _tap;
    private readonly ConcurrentQueue<Action> _calls = new();
    private readonly Thread _thread;
    private volatile bool _stop;
    private Exception? _failure;

    /// <summary>Starts the loop.</summary>
    public StackThread(TapDevice tap, NetworkStack stack)
    {
        _tap = tap;
        Stack = stack;
        _thread = new Thread(Loop) { IsBackground = true, Name = "stack" };
        _thread.Start();
    }

    /// <summary>The stack; only to be touched from <see cref="Call{T}"/>.</summary>
    public NetworkStack Stack { get; }

    /// <summary>Monotonic time in nanoseconds.</summary>
    public static long Now => (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));

    /// <summary>Runs something on the loop's thread and waits for its result.</summary>
    public T Call<T>(Func<NetworkStack, T> function)
    {
        using ManualResetEventSlim done = new();
        T result = default!;
        _calls.Enqueue(() =>
        {
            result = function(Stack);
            done.Set();
        });
        if (!done.Wait(TimeSpan.FromSeconds(20))) throw new TimeoutException("the stack's loop does not answer", _failure);
        return result;
    }

    /// <summary>Waits until something holds; false after a while.</summary>
    public bool Until(Func<NetworkStack, bool> condition, int seconds = 10)
    {
        long end = Environment.TickCount64 + seconds * 1_000;
        while (Environment.TickCount64 < end)
        {
            if (Call(condition)) return true;
            Thread.Sleep(1);
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop = true;
        _thread.Join();
        _tap.Dispose();
        if (_failure != null) throw new InvalidOperationException("the stack failed", _failure);
    }

    private void Loop()
    {
        try
        {
            while (!_stop)
            {
                while (_calls.TryDequeue(out Action? call)) call();
                if (Stack.Poll(Now)) continue;
                long now = Now;
                long sleep = Math.Min((Stack.NextDeadline(now) - now) / 1_000_000, LongestSleepMilliseconds);
                _tap.Wait((int)Math.Max(sleep, 0));
            }
        }
        catch (Exception exception)
        {
            _failure = exception;
        }
    }
}
