// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;

namespace Uaas.Bench.Machine;

/// <summary>
/// Work that needs one processor and nothing else: no memory, no kernel, no other process. What it takes now and then beyond its usual time is what the machine
/// beneath kept to itself, and no program here can be quicker by what it does differently: the control for figures of milliseconds.
/// </summary>
internal sealed class Computation
{
    private readonly long _steps;

    private Computation(long steps) => _steps = steps;

    /// <summary>As much of it as takes a time when nothing disturbs.</summary>
    internal static Computation Lasting(TimeSpan time)
    {
        const long Probe = 200_000;
        TimeSpan quickest = TimeSpan.MaxValue;
        var probe = new Computation(Probe);
        for (int i = 0; i < 200; i++)
        {
            TimeSpan taken = probe.Run();
            if (taken < quickest)
                quickest = taken;
        }
        return new Computation((long)(Probe * (time / quickest)));
    }

    /// <summary>Does it, and says how long that took.</summary>
    internal TimeSpan Run()
    {
        long start = Stopwatch.GetTimestamp();
        ulong value = 1;
        for (long i = 0; i < _steps; i++)
            value = value * 6364136223846793005 + 1442695040888963407;
        GC.KeepAlive(value);
        return Stopwatch.GetElapsedTime(start);
    }
}
