// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders.Linux;

/// <summary>Gives up, for good, all that a running guest does not need.</summary>
internal static unsafe class Lockdown
{
    private const uint SetDumpable = 4;
    private const uint SetNoNewPrivileges = 38;
    private const int StackLimit = 3;

    /// <summary>Bytes that the process's stack may grow to: the tender's own use, and no hidden memory for the guest.</summary>
    private const ulong StackSize = 256 * 1024;

    /// <summary>Closes every descriptor above standard error but those in <paramref name="kept"/>, which is sorted by this call.</summary>
    internal static void CloseAllBut(Span<int> kept)
    {
        Sort(kept);
        int first = 3;
        foreach (int descriptor in kept)
        {
            if (descriptor > first) Close(first, descriptor - 1);
            if (descriptor >= first) first = descriptor + 1;
        }

        Close(first, int.MaxValue);
    }

    /// <summary>Drops capabilities and the right to gain any; the process leaves no core and lets no equal trace it.</summary>
    internal static void DropPrivileges()
    {
        DropCapabilities();
        Check(Kernel.Call(SystemCall.PrCtl, (nint)SetDumpable, 0));
        ulong* limit = stackalloc ulong[2];
        limit[0] = limit[1] = StackSize;
        Check(Kernel.Call(SystemCall.PRLimit64, 0, StackLimit, (nint)limit));
    }

    /// <summary>Drops capabilities and the right to gain any, which holds across an exec too.</summary>
    internal static void DropCapabilities()
    {
        Check(Kernel.Call(SystemCall.PrCtl, (nint)SetNoNewPrivileges, 1));
        const uint capabilityVersion3 = 0x20080522;
        ulong header = capabilityVersion3; // and process 0, this one
        ulong* sets = stackalloc ulong[3];
        sets[0] = sets[1] = sets[2] = 0;
        Check(Kernel.Call(SystemCall.CapSet, (nint)(&header), (nint)sets));
    }

    /// <summary>A reader of the console that went away must not end the guest.</summary>
    internal static void IgnoreBrokenPipes()
    {
        const int brokenPipe = 13;
        const int maskSize = 8;
        ulong* action = stackalloc ulong[4];
        action[0] = 1; // SIG_IGN
        action[1] = action[2] = action[3] = 0;
        Check(Kernel.Call(SystemCall.RtSigAction, brokenPipe, (nint)action, 0, maskSize));
    }

    /// <summary>Puts the filter in force.</summary>
    internal static void Install(ReadOnlySpan<BpfInstruction> filter)
    {
        const int setFilter = 1;
        fixed (BpfInstruction* first = filter)
        {
            nint* program = stackalloc nint[2]; // struct sock_fprog: a 16-bit length, then the address
            program[0] = filter.Length;
            program[1] = (nint)first;
            long result = Kernel.Call(SystemCall.SecComp, setFilter, 0, (nint)program);
            if (result < 0) Tender.Refuse(TenderError.FilterRefused, default, 0, result);
        }
    }

    // A handful of numbers: insertion sort.
    private static void Sort(Span<int> values)
    {
        for (int i = 1; i < values.Length; i++)
        {
            int value = values[i];
            int j = i;
            for (; j > 0 && values[j - 1] > value; j--) values[j] = values[j - 1];
            values[j] = value;
        }
    }

    private static void Close(int first, int last) => Check(Kernel.Call(SystemCall.CloseRange, first, last));

    private static void Check(long result)
    {
        if (result < 0) Tender.Refuse(TenderError.PrivilegesNotDropped, default, 0, result);
    }
}
