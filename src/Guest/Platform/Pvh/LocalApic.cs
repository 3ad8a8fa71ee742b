// SPDX-License-Identifier: Apache-2.0

using System.Threading;

namespace Uaas.Platform.Pvh;

/// <summary>
/// The processor's interrupt controller, for its timer. On QEMU and on KVM that timer counts at 1 GHz, a tick a nanosecond, so it needs no calibration,
/// and what has no known rate can be calibrated against it.
/// </summary>
internal static unsafe class LocalApic
{
    /// <summary>Ticks that fit at a rate of one a nanosecond.</summary>
    internal const uint CountMax = uint.MaxValue;

    private const ulong Base = 0xfee0_0000;
    private const int SpuriousRegister = 0x0f0;
    private const int TimerEntry = 0x320;
    private const int InitialCount = 0x380;
    private const int CurrentCount = 0x390;
    private const int DivideConfiguration = 0x3e0;
    private const uint Enabled = 1 << 8;
    private const uint DivideBy1 = 0b1011;
    private const uint DivideBy128 = 0b1010;
    private const int CoarseTick = 128;

    private static bool s_coarse;

    internal static void Initialize()
    {
        PageTables.MapDevice(Base, PageTables.SmallPage);
        Write(SpuriousRegister, Enabled | InterruptTable.SpuriousVector);
        Write(DivideConfiguration, DivideBy1);
        Write(TimerEntry, InterruptTable.FirstInterrupt + InterruptTable.TimerInterrupt); // one shot
    }

    /// <summary>Has the timer interrupt once, <paramref name="nanoseconds"/> from now, or 9 minutes where that is more; 0 has it never.</summary>
    /// <returns>Whether it counts nanoseconds; it counts coarser when they are many.</returns>
    internal static bool StartTimer(ulong nanoseconds)
    {
        bool coarse = nanoseconds > CountMax;
        if (coarse != s_coarse)
        {
            s_coarse = coarse;
            Write(InitialCount, 0);
            Write(DivideConfiguration, coarse ? DivideBy128 : DivideBy1);
        }

        ulong ticks = coarse ? nanoseconds / CoarseTick : nanoseconds;
        Write(InitialCount, ticks > CountMax ? CountMax : (uint)ticks);
        return !coarse;
    }

    /// <summary>Ticks until the timer's interrupt, 0 when it has been.</summary>
    internal static uint ReadTimer() => Volatile.Read(ref *(uint*)(Base + CurrentCount));

    private static void Write(int register, uint value) => Volatile.Write(ref *(uint*)(Base + (uint)register), value);
}
