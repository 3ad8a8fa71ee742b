// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Uaas.Devices;
using Uaas.Devices.Lanes;
using Uaas.Platform.Linux;
using Uaas.Platform.Solo5;
using Uaas.Platform.Spt;

namespace Uaas.Platform;

/// <summary>Solo5 spt: a process that may make a handful of system calls.</summary>
public static unsafe partial class Machine
{
    private const int ClockRealTime = 0;
    private const int ClockMonotonic = 1;
    private const int ConsoleDescriptor = 1;
    private const int TimerAbsolute = 1;
    private const int EpollEventsMax = 16;
    private const int EpollEventSize = 12; // packed on x86-64
    private const ulong TimerHandle = 0xFFFFFFFE;
    private const long BriefWait = 50_000; // ns
    private const int LooksAtLanes = 32; // of some 40 ns each, between two questions to the kernel
    private const int LaneWakesInARow = 64; // before the kernel is asked what else there is

    private static BootInformation* s_boot;
    private static long s_bootTime;
    private static long s_lastTime;
    private static SptNetworkDevice? s_network; // the first
    private static int s_laneWakes;
    private static bool s_stopRequested;
    private static bool s_isBrief;
    private static long s_armed; // when the timer rings; 0 where it has

    public static partial ReadOnlySpan<byte> Name => "spt"u8;

    public static partial long Now => s_lastTime = Clock(ClockMonotonic);

    /// <summary>What <see cref="Now"/> was when it was last asked for: quicker, and right to the length of a turn.</summary>
    internal static long LastTime => s_lastTime;

    public static partial long UtcNow => Clock(ClockRealTime);

    public static partial long BootTime => s_bootTime;

    public static partial ReadOnlySpan<byte> Settings => Extensions.Settings;

    public static partial bool StopRequested => s_stopRequested;

    public static partial ReadOnlySpan<byte> CommandLine
    {
        get
        {
            int length = 0;
            while (s_boot->CommandLine[length] != 0) length++;
            return new ReadOnlySpan<byte>(s_boot->CommandLine, length);
        }
    }

    public static partial void Write(ReadOnlySpan<byte> text)
    {
        fixed (byte* first = text)
        {
            nint written = 0;
            while (written < text.Length)
            {
                long count = SystemCall.Invoke(SystemCall.Write, ConsoleDescriptor, (nint)first + written, text.Length - written);
                if (count == SystemCall.Interrupted) continue;
                if (count <= 0) return; // a console that is gone must not stop the guest
                written += (nint)count;
            }
        }
    }

    /// <summary>
    /// Who talks to a peer on the same machine has the answer within some microseconds; to sleep and be woken costs as much again. So where the last wait was
    /// that brief, this one asks for so long before it sleeps. A guest that waits for longer never does.
    /// </summary>
    public static partial void Wait(long deadline)
    {
        if (Lanes is { HasFrame: true })
        {
            if (++s_laneWakes < LaneWakesInARow) return;
            s_laneWakes = 0;
            TakeEvents(0);
            return;
        }

        long start = Now;
        Arm(deadline);
        if (s_isBrief)
        {
            do
            {
                if (TakeEvents(0) || LaneHasFrame()) return;
            }
            while (Now - start < BriefWait);
        }

        s_isBrief = true;
        if (Lanes is { } lanes && !lanes.TrySleep()) return;
        TakeEvents(-1);
        if (Lanes is not null) s_network!.Woke();
        s_isBrief = Now - start < BriefWait;
    }

    /// <summary>Looks for some time whether a linked instance sends something.</summary>
    private static bool LaneHasFrame()
    {
        if (Lanes is not { IsActive: true } lanes) return false;
        for (int i = 0; i < LooksAtLanes; i++)
        {
            if (lanes.HasFrame) return true;
            X86Base.Pause();
        }

        return false;
    }

    /// <summary>
    /// Sets the timer, but where it rings earlier anyway: most deadlines move away with each packet, and to be woken once too early costs less than to move the
    /// timer with them.
    /// </summary>
    private static void Arm(long deadline)
    {
        if (s_armed != 0 && s_armed <= deadline) return;

        // struct itimerspec: interval, then the time of the first expiry; all zero disarms.
        long* timer = stackalloc long[4];
        bool timed = deadline != long.MaxValue;
        timer[0] = timer[1] = 0;
        timer[2] = timed ? Math.Max(deadline, 1) / 1_000_000_000 : 0;
        timer[3] = timed ? Math.Max(deadline, 1) % 1_000_000_000 : 0;
        SystemCall.Invoke(SystemCall.TimerSetTime, s_boot->TimerDescriptor, TimerAbsolute, (nint)timer);
        s_armed = deadline;
    }

    /// <summary>Waits for events; whether there were any.</summary>
    /// <param name="timeout">In milliseconds; −1 for any time.</param>
    private static bool TakeEvents(int timeout)
    {
        byte* events = stackalloc byte[EpollEventsMax * EpollEventSize];
        long count = SystemCall.Invoke(SystemCall.EpollWait, s_boot->EpollDescriptor, (nint)events, EpollEventsMax, timeout, 0, 8);
        for (int i = 0; i < count; i++)
        {
            // u32 events, then u64 data: the handle. No device has handle 0; there the tender's extension tells of a request to stop.
            ulong handle = Unsafe.ReadUnaligned<ulong>(events + i * EpollEventSize + sizeof(uint));
            if (handle == 0 && Extensions.Stop) s_stopRequested = true;
            if (handle == TimerHandle) s_armed = 0;
        }

        return count > 0;
    }

    private static LaneSet? Lanes => s_network?.Lanes;

    public static partial void Exit(int status)
    {
        while (true) SystemCall.Invoke(SystemCall.ExitGroup, status);
    }

    public static partial NetworkDevice? OpenNetwork(int index)
    {
        int handle = Manifest.Find(s_boot->Manifest, DeviceType.Network, index);
        if (handle < 0) return null;
        var device = new SptNetworkDevice(handle, Manifest.Entry(s_boot->Manifest, handle), takesLanes: s_network is null);
        s_network ??= device;
        return device;
    }

    public static partial BlockDevice? OpenBlock(int index)
    {
        int handle = Manifest.Find(s_boot->Manifest, DeviceType.Block, index);
        return handle < 0 ? null : new SptBlockDevice(handle, Manifest.Entry(s_boot->Manifest, handle));
    }

    public static partial void FillEntropy(Span<byte> destination)
    {
        Processor.FillEntropy(destination);
        Extensions.MixSeed(destination);
    }

    [UnmanagedCallersOnly(EntryPoint = "uaas_spt_start")]
    private static void Start(BootInformation* boot, byte* memoryEnd)
    {
        s_boot = boot;
        s_bootTime = Now;
        Memory.Initialize(memoryEnd);
        Application.Main();
        Exit(0);
    }

    private static long Clock(int clock)
    {
        long* time = stackalloc long[2];
        SystemCall.Invoke(SystemCall.ClockGetTime, clock, (nint)time);
        return time[0] * 1_000_000_000 + time[1];
    }
}
