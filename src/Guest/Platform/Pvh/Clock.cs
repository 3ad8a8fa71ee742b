// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Platform.Pvh;

/// <summary>The machine's time: KVM's where there is KVM, the time stamp counter's elsewhere.</summary>
internal static class Clock
{
    private static bool s_kvm;

    /// <summary>Nanoseconds of a clock that never goes back.</summary>
    internal static long Now => s_kvm ? KvmClock.Now : CounterClock.Now;

    /// <summary>Nanoseconds since 1970; since the guest's start where neither KVM nor the command line (<c>time=</c>) tells.</summary>
    internal static long UtcNow => s_kvm && KernelCommandLine.StartTime == 0
        ? KvmClock.StartTime + KvmClock.Now
        : KernelCommandLine.StartTime + Now - BootTime;

    /// <summary><see cref="Now"/> at the guest's first instruction.</summary>
    internal static long BootTime { get; private set; }

    /// <summary>Starts the clock; needs the local APIC.</summary>
    /// <param name="counterAtBoot">The time stamp counter at the guest's first instruction.</param>
    internal static void Initialize(ulong counterAtBoot)
    {
        s_kvm = KvmClock.TryInitialize();
        if (s_kvm) BootTime = KvmClock.At(counterAtBoot);
        else CounterClock.Initialize(counterAtBoot);
    }

    /// <summary>Has the processor interrupted once <see cref="Now"/> reaches <paramref name="deadline"/>; false when it already has.</summary>
    internal static bool TryStartTimer(long deadline)
    {
        long rest = deadline == long.MaxValue ? 0 : deadline - Now;
        if (rest <= 0 && deadline != long.MaxValue) return false;
        bool nanoseconds = LocalApic.StartTimer(rest == 0 ? 0 : (ulong)rest);
        if (!s_kvm) CounterClock.TimerStarted(nanoseconds && rest != 0);
        return true;
    }

    /// <summary>Called after a sleep that <see cref="TryStartTimer"/> began.</summary>
    internal static void Woken()
    {
        if (!s_kvm) CounterClock.Woken();
    }
}
