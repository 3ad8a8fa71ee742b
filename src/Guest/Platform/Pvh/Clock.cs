// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Platform.Pvh;

/// <summary>The machine's time: KVM's where there is KVM, the time stamp counter's elsewhere.</summary>
internal static class Clock
{
    private static bool s_kvm;
    private static long s_timerDeadline; // 0: it does not run

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

    /// <summary>
    /// Has the processor interrupted once <see cref="Now"/> reaches <paramref name="deadline"/>, or a little earlier where the timer runs already: starting it costs an
    /// exit to the monitor. False when the deadline has come.
    /// </summary>
    internal static bool TryStartTimer(long deadline)
    {
        long now = Now;
        if (deadline <= now) return false;
        bool running = s_timerDeadline > now && s_timerDeadline <= deadline;
        if (running || deadline == long.MaxValue) return true;
        s_timerDeadline = deadline;
        bool nanoseconds = LocalApic.StartTimer((ulong)(deadline - now));
        if (!s_kvm) CounterClock.TimerStarted(nanoseconds);
        return true;
    }

    /// <summary>Called when the timer's interrupt has come: by the timer's own count, which may differ a little from <see cref="Now"/>.</summary>
    internal static void TimerExpired() => s_timerDeadline = 0;

    /// <summary>Called after a sleep that <see cref="TryStartTimer"/> began.</summary>
    internal static void Woken()
    {
        if (!s_kvm) CounterClock.Woken();
    }
}
