// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders.Linux;

/// <summary>The descriptors on which a guest's events arrive: an epoll set of its network devices, a timer, and where it asks for it SIGTERM.</summary>
internal readonly unsafe struct EventSet
{
    /// <summary>The timer's data in the set; network devices have their handle.</summary>
    internal const ulong TimerData = 0xFFFFFFFE;

    /// <summary>The stop request's data: handle 0, which no device has.</summary>
    private const ulong StopData = 0;

    private const uint Readable = 1;
    private const uint OneShot = 1u << 30;
    private const int Terminate = 15;

    private EventSet(int epoll, int timer, int stop)
    {
        Epoll = epoll;
        Timer = timer;
        Stop = stop;
    }

    internal int Epoll { get; }

    internal int Timer { get; }

    /// <summary>The descriptor that is readable once SIGTERM came; -1 where SIGTERM simply ends the process.</summary>
    internal int Stop { get; }

    /// <summary>Makes the set, or refuses.</summary>
    internal static EventSet Create(ReadOnlySpan<Device> devices, bool wantsStop)
    {
        const int monotonic = 1;
        int epoll = Check(Kernel.Call(SystemCall.EpollCreate1, Kernel.CloseOnExec));
        int timer = Check(Kernel.Call(SystemCall.TimerFdCreate, monotonic, Kernel.CloseOnExec | Kernel.NonBlocking));
        Add(epoll, timer, Readable, TimerData);
        for (int handle = 1; handle < devices.Length; handle++)
        {
            if (devices[handle].Kind == DeviceKind.Net) Add(epoll, devices[handle].Descriptor, Readable, (ulong)handle);
        }

        int stop = CreateStop(wantsStop);
        if (stop >= 0) Add(epoll, stop, Readable | OneShot, StopData);
        return new EventSet(epoll, timer, stop);
    }

    /// <summary>Sets the signal mask whole: what the parent left in it must not decide how a guest ends.</summary>
    private static int CreateStop(bool wantsStop)
    {
        const int setMask = 2;
        const int maskSize = 8;
        ulong mask = wantsStop ? 1ul << (Terminate - 1) : 0;
        Check(Kernel.Call(SystemCall.RtSigProcMask, setMask, (nint)(&mask), 0, maskSize));
        if (!wantsStop) return -1;
        return Check(Kernel.Call(SystemCall.SignalFd4, -1, (nint)(&mask), maskSize, Kernel.CloseOnExec | Kernel.NonBlocking));
    }

    private static void Add(int epoll, int descriptor, uint events, ulong data)
    {
        const int add = 1;
        uint* packed = stackalloc uint[3];
        packed[0] = events;
        packed[1] = (uint)data;
        packed[2] = (uint)(data >> 32);
        Check(Kernel.Call(SystemCall.EpollCtl, epoll, add, descriptor, (nint)packed));
    }

    private static int Check(long result)
    {
        if (result < 0) Tender.Refuse(TenderError.EventsUnavailable, default, 0, result);
        return (int)result;
    }
}
