// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics.CodeAnalysis;
using Uaas.Tenders.Linux;

namespace Uaas.Tenders.Hvt;

/// <summary>Answers a guest's calls. Each names a structure of arguments in guest memory; every address in it is checked before use, and read once.</summary>
internal readonly unsafe ref struct Hypercalls(GuestMemory memory, Span<Device> devices, EventSet events, GuestFeatures granted)
{
    /// <summary>The port of call 0; a call is a write of 32 bits to its own port.</summary>
    internal const uint FirstPort = 0x500;

    private const int StandardOutput = 1;
    private const ulong NanosecondsInSecond = 1_000_000_000;

    private readonly GuestMemory _memory = memory;
    private readonly Span<Device> _devices = devices;
    private readonly EventSet _events = events;
    private readonly GuestFeatures _granted = granted;

    private enum Number
    {
        WallTime = 1,
        Puts = 2,
        Poll = 3,
        BlockWrite = 4,
        BlockRead = 5,
        NetWrite = 6,
        NetRead = 7,
        Halt = 8,
    }

    /// <summary>Answers the call on <paramref name="port"/> with arguments at guest address <paramref name="arguments"/>, or ends the guest.</summary>
    internal void Answer(uint port, ulong arguments)
    {
        switch ((Number)(port - FirstPort))
        {
            case Number.WallTime: *(ulong*)Pointer(arguments, 8) = WallTime(); break;
            case Number.Puts: Puts((ulong*)Pointer(arguments, 16)); break;
            case Number.Poll: Poll(Pointer(arguments, 24)); break;
            case Number.BlockWrite: Block(Pointer(arguments, 40), write: true); break;
            case Number.BlockRead: Block(Pointer(arguments, 40), write: false); break;
            case Number.NetWrite: NetWrite(Pointer(arguments, 32)); break;
            case Number.NetRead: NetRead(Pointer(arguments, 32)); break;
            case Number.Halt: Halt(Pointer(arguments, 16)); break;
            default: Tender.Abort(TenderError.GuestBadPort, port); break;
        }
    }

    private static ulong WallTime()
    {
        const int realTime = 0;
        ulong* time = stackalloc ulong[2];
        Kernel.Call(SystemCall.ClockGetTime, realTime, (nint)time);
        return time[0] * NanosecondsInSecond + time[1];
    }

    private void Puts(ulong* arguments)
    {
        ulong length = arguments[1];
        byte* text = Pointer(arguments[0], length);
        while (length != 0)
        {
            int piece = (int)Math.Min(length, 1 << 20);
            Tender.Write(StandardOutput, new ReadOnlySpan<byte>(text, piece));
            text += piece;
            length -= (ulong)piece;
        }
    }

    /// <summary>u64 timeout @0, out u64 ready set @8, out i32 count @16.</summary>
    private void Poll(byte* arguments)
    {
        const ulong timeoutMax = 1ul << 62;
        const int eventSize = 12;
        const int maskSize = 8;
        ulong timeout = Math.Min(*(ulong*)arguments, timeoutMax);
        if (timeout != 0)
        {
            ulong* timer = stackalloc ulong[4]; // no interval, then the first expiry
            timer[0] = timer[1] = 0;
            timer[2] = timeout / NanosecondsInSecond;
            timer[3] = timeout % NanosecondsInSecond;
            Kernel.Call(SystemCall.TimerFdSetTime, _events.Timer, 0, (nint)timer);
        }

        byte* ready = stackalloc byte[(Manifest.MaxEntries + 1) * eventSize];
        long found;
        do found = Kernel.Invoke(SystemCall.EpollPWait, _events.Epoll, (nint)ready, Manifest.MaxEntries + 1, timeout != 0 ? -1 : 0, 0, maskSize);
        while (found == Kernel.Interrupted);
        if (found < 0) Tender.Abort(TenderError.GuestDeviceFailed, 0, found);
        ulong set = 0;
        int count = 0;
        for (long i = 0; i < found; i++)
        {
            ulong data = *(ulong*)(ready + i * eventSize + 4);
            if (data == EventSet.TimerData) continue;
            set |= 1ul << (int)data;
            count++;
        }

        *(ulong*)(arguments + 8) = set;
        *(int*)(arguments + 16) = count;
    }

    /// <summary>u64 handle @0, u64 offset @8, u64 data @16, u64 length @24, out i32 result @32.</summary>
    private void Block(byte* arguments, bool write)
    {
        ulong* words = (ulong*)arguments;
        ulong offset = words[1];
        ulong length = words[3];
        ref readonly Device device = ref DeviceOf(words[0], DeviceKind.Block);
        byte* data = Pointer(words[2], length);
        *(int*)(arguments + 32) = (int)BlockTransfer.Run(device, write, offset, data, length, (_granted & GuestFeatures.LargeBlocks) != 0);
    }

    /// <summary>u64 handle @0, u64 data @8, u64 length @16, out i32 result @24.</summary>
    private void NetWrite(byte* arguments)
    {
        ulong* words = (ulong*)arguments;
        ulong length = words[2];
        ref readonly Device device = ref DeviceOf(words[0], DeviceKind.Net);
        byte* data = Pointer(words[1], length);
        *(int*)(arguments + 24) = (int)NetTransfer.Write(device, data, length, (_granted & GuestFeatures.Offload) != 0);
    }

    /// <summary>As <see cref="NetWrite"/>; the length comes back as that of the frame.</summary>
    private void NetRead(byte* arguments)
    {
        ulong* words = (ulong*)arguments;
        ulong length = words[2];
        ref readonly Device device = ref DeviceOf(words[0], DeviceKind.Net);
        byte* data = Pointer(words[1], length);
        CallResult result = NetTransfer.Read(device, data, ref length, (_granted & GuestFeatures.Offload) != 0);
        words[2] = length;
        *(int*)(arguments + 24) = (int)result;
    }

    /// <summary>u64 cookie @0, i32 exit status @8.</summary>
    [DoesNotReturn]
    private void Halt(byte* arguments)
    {
        const ulong cookieSize = 512;
        ulong cookie = *(ulong*)arguments;
        int status = *(int*)(arguments + 8);
        if (cookie != 0) TrapReport.Print((ulong*)Pointer(cookie, cookieSize));
        Tender.Exit(status);
    }

    /// <summary>The place of guest memory; ends the guest where it, or its end, is not memory.</summary>
    private byte* Pointer(ulong address, ulong length)
    {
        if (address >= _memory.Size || length >= _memory.Size - address) Tender.Abort(TenderError.GuestBadPointer, address);
        return _memory[address];
    }

    private ref readonly Device DeviceOf(ulong handle, DeviceKind kind)
    {
        if (handle >= (ulong)_devices.Length || _devices[(int)handle].Kind != kind) Tender.Abort(TenderError.GuestBadHandle, handle);
        return ref _devices[(int)handle];
    }
}
