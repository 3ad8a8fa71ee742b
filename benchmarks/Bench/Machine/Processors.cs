// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Numerics;
using Uaas.Linux;

namespace Uaas.Bench.Machine;

/// <summary>Which processor the servers run on, and which the clients.</summary>
/// <param name="Server">The servers'.</param>
/// <param name="Client">The clients'; the servers' where there is only one.</param>
/// <param name="Count">How many this process may use.</param>
internal sealed unsafe record Processors(int Server, int Client, int Count)
{
    private const int MaskWords = 16;

    /// <summary>The first and the last of those that this process may use.</summary>
    internal static Processors Choose()
    {
        ulong* mask = stackalloc ulong[MaskWords];
        if (Native.GetAffinity(0, MaskWords * sizeof(ulong), mask) < 0)
            throw SystemCallException.Last("sched_getaffinity");
        List<int> allowed = [.. Enumerable.Range(0, MaskWords * 64).Where(cpu => (mask[cpu / 64] >> (cpu % 64) & 1) != 0)];
        return new Processors(allowed[0], allowed[^1], allowed.Count);
    }

    /// <summary>
    /// Has this process, and with it the servers and clients that it starts, give way less to whatever else the machine does: all the same, so
    /// that ratios stay fair. Where it is not allowed, nothing is lost but quiet.
    /// </summary>
    internal static void Favour()
    {
        try
        {
            // The scheduler first shares the processors among sessions, then within each.
            File.WriteAllText("/proc/self/autogroup", "-20");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Process.GetCurrentProcess().PriorityClass = ProcessPriorityClass.AboveNormal;
        }
    }

    /// <summary>The same for the session of a process that has one of its own.</summary>
    internal static void Favour(int process)
    {
        try
        {
            File.WriteAllText($"/proc/{process}/autogroup", "-20");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As above.
        }
    }

    /// <summary>Runs <paramref name="action"/> with the calling thread, and so what it starts, bound to one processor; to none where that is null.</summary>
    internal static T Bound<T>(int? processor, Func<T> action)
    {
        if (processor is not { } number)
            return action();
        ulong* before = stackalloc ulong[MaskWords];
        ulong* only = stackalloc ulong[MaskWords];
        new Span<ulong>(only, MaskWords).Clear();
        only[number / 64] = 1UL << number % 64;
        if (Native.GetAffinity(0, MaskWords * sizeof(ulong), before) < 0 || Native.SetAffinity(0, MaskWords * sizeof(ulong), only) < 0)
            throw SystemCallException.Last("sched_setaffinity");
        try
        {
            return action();
        }
        finally
        {
            Native.SetAffinity(0, MaskWords * sizeof(ulong), before);
        }
    }
}
