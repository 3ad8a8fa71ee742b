// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Platform.Pvh;

/// <summary>
/// A clock made of the time stamp counter where nobody tells its rate (QEMU without KVM): calibrated against the APIC timer, 100 µs at boot, then over each
/// sleep that tells more than what is known. Its readings never jump: a better rate counts from when it is found.
/// </summary>
internal static class CounterClock
{
    private const uint FirstCalibration = 100_000; // ns
    private const uint GoodEnough = 1 << 11; // of 2^32: half a millionth

    private static ulong s_baseCounter;
    private static long s_baseTime;
    private static ulong s_factor; // nanoseconds of a tick, with 32 bits of fraction
    private static uint s_uncertainty; // of the factor, in 2^-32

    private static bool s_sampling;
    private static Sample s_start;

    /// <summary>Nanoseconds since the guest's first instruction.</summary>
    internal static long Now => s_baseTime + ToTime(Processor.ReadTimeStampCounter() - s_baseCounter);

    /// <summary>Takes the counter at the guest's first instruction for zero.</summary>
    internal static void Initialize(ulong counterAtBoot)
    {
        s_baseCounter = counterAtBoot;
        s_uncertainty = uint.MaxValue;
        LocalApic.StartTimer(LocalApic.CountMax);
        s_start = Sample.Take();
        Sample end;
        do
        {
            end = Sample.Take();
        }
        while (s_start.Count - end.Count < FirstCalibration);
        Learn(end);
        LocalApic.StartTimer(0);
    }

    /// <summary>Called when the timer was just started, counting nanoseconds or coarser.</summary>
    internal static void TimerStarted(bool nanoseconds)
    {
        s_sampling = nanoseconds && s_uncertainty > GoodEnough;
        if (s_sampling) s_start = Sample.Take();
    }

    /// <summary>Called after a sleep: learns from it, unless the timer has run out.</summary>
    internal static void Woken()
    {
        if (!s_sampling) return;
        Sample end = Sample.Take();
        if (end.Count != 0 && s_start.Count > end.Count) Learn(end);
        else s_sampling = false;
    }

    private static void Learn(Sample end)
    {
        ulong ticks = end.Counter - s_start.Counter;
        ulong nanoseconds = s_start.Count - end.Count;
        ulong spread = s_start.Width + end.Width;
        if (spread >= ticks || spread > uint.MaxValue) return; // the host took the processor away in between
        uint uncertainty = (uint)((spread << 32) / ticks);
        if (uncertainty >= s_uncertainty) return;
        if (s_factor != 0)
        {
            ulong counter = Processor.ReadTimeStampCounter();
            s_baseTime += ToTime(counter - s_baseCounter);
            s_baseCounter = counter;
        }

        s_factor = (nanoseconds << 32) / ticks;
        s_uncertainty = uncertainty;
    }

    private static long ToTime(ulong ticks)
    {
        ulong high = Math.BigMul(ticks, s_factor, out ulong low);
        return (long)(high << 32 | low >> 32);
    }

    /// <summary>The counter and the timer at the same moment, give or take half of the width.</summary>
    private struct Sample
    {
        internal ulong Counter;
        internal uint Count;
        internal uint Width; // ticks of the counter that the reading took

        internal static Sample Take()
        {
            ulong before = Processor.ReadTimeStampCounter();
            uint count = LocalApic.ReadTimer();
            ulong after = Processor.ReadTimeStampCounter();
            ulong width = after - before;
            return new Sample { Counter = before + width / 2, Count = count, Width = width > uint.MaxValue ? uint.MaxValue : (uint)width };
        }
    }
}
