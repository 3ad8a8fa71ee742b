// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Concurrent;
using System.Threading.Tasks;
using Uaas.Linux;

namespace Uaas.Bench.Machine;

/// <summary>The processes that the benchmark has started and that live: none may outlive it, however it ends.</summary>
internal static class Children
{
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    private static readonly ConcurrentDictionary<ChildProcess, bool> Living = new();

    /// <summary>Remembers a process until it ends.</summary>
    internal static ChildProcess Add(ChildProcess child)
    {
        Living[child] = true;
        _ = child.Exited.ContinueWith(_ => Living.TryRemove(child, out bool _), TaskScheduler.Default);
        return child;
    }

    /// <summary>Asks all of them to end, so that those with children of their own take them along, and waits for a moment before it kills the rest.</summary>
    internal static void EndAll()
    {
        foreach (ChildProcess child in Living.Keys)
            child.Terminate();
        foreach (ChildProcess child in Living.Keys)
        {
            if (!child.Exited.Wait(Grace))
                child.Kill();
        }
    }
}
