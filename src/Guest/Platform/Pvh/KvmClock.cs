// SPDX-License-Identifier: Apache-2.0

using System;
using System.Threading;

namespace Uaas.Platform.Pvh;

/// <summary>The clock that KVM keeps in a page of the guest's (Linux, Documentation/virt/kvm/x86/msr.rst: MSR_KVM_SYSTEM_TIME_NEW).</summary>
internal static unsafe class KvmClock
{
    private const uint SignatureLeaf = 0x4000_0000;
    private const uint FeatureLeaf = 0x4000_0001;
    private const uint ClockOffered = 1 << 3;
    private const uint WallClockRegister = 0x4b56_4d00;
    private const uint SystemTimeRegister = 0x4b56_4d01;
    private const ulong EnableBit = 1;

    private static PvClock* s_clock;

    /// <summary>Nanoseconds from 1970 to this clock's zero.</summary>
    internal static long StartTime { get; private set; }

    /// <summary>Nanoseconds since the machine was made.</summary>
    internal static long Now => At(Processor.ReadTimeStampCounter());

    /// <summary>Asks KVM for its clock; false where there is no KVM.</summary>
    internal static bool TryInitialize()
    {
        CpuidResult signature = Cpu.Identify(SignatureLeaf);
        bool kvm = signature is { Ebx: 0x4b4d564b, Ecx: 0x564b4d56, Edx: 0x4d }; // KVMKVMKVM
        if (!kvm || (Cpu.Identify(FeatureLeaf).Eax & ClockOffered) == 0) return false;

        byte* memory = Cpu.KvmClockMemory();
        WallClock* wall = (WallClock*)memory;
        Cpu.WriteModelSpecific(WallClockRegister, (ulong)wall);
        StartTime = wall->Seconds * 1_000_000_000L + wall->Nanoseconds; // written before the instruction ends
        s_clock = (PvClock*)(memory + 32);
        Cpu.WriteModelSpecific(SystemTimeRegister, (ulong)s_clock | EnableBit);
        return s_clock->Factor != 0;
    }

    /// <summary>The time at which the time stamp counter stood at <paramref name="counter"/>.</summary>
    internal static long At(ulong counter)
    {
        while (true)
        {
            uint version = Volatile.Read(ref s_clock->Version);
            if ((version & 1) != 0) continue; // being written
            long ticks = (long)(counter - s_clock->Counter);
            ticks = s_clock->Shift >= 0 ? ticks << s_clock->Shift : ticks >> -s_clock->Shift;
            bool past = ticks < 0; // before the last update
            ulong high = Math.BigMul((ulong)(past ? -ticks : ticks), s_clock->Factor, out ulong low);
            long elapsed = (long)(high << 32 | low >> 32);
            long time = (long)s_clock->SystemTime + (past ? -elapsed : elapsed);
            if (Volatile.Read(ref s_clock->Version) == version) return time;
        }
    }

#pragma warning disable CS0649 // written by KVM
    private struct WallClock
    {
        internal uint Version;
        internal uint Seconds;
        internal uint Nanoseconds;
    }

    private struct PvClock
    {
        internal uint Version; // odd while it is written
        internal uint Padding0;
        internal ulong Counter; // at the last update
        internal ulong SystemTime; // nanoseconds then
        internal uint Factor; // nanoseconds of a tick, after the shift, with 32 bits of fraction
        internal sbyte Shift;
        internal byte Flags;
        internal ushort Padding1;
    }
#pragma warning restore CS0649
}
