// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Uaas.Tenders.Linux;

namespace Uaas.Tenders.Spt;

/// <summary>
/// Says what a guest did that the processor does not allow, on the guest's console, and ends with the status that the signal would give.
/// It runs behind the filter, on a stack of its own, so a guest gains nothing by it.
/// </summary>
internal static unsafe class FaultReport
{
    private const int IllegalInstruction = 4;
    private const int Trap = 5;
    private const int Bus = 7;
    private const int FloatingPoint = 8;
    private const int Segmentation = 11;

    /// <summary>Has the signals of faults answered here.</summary>
    internal static void Install()
    {
        const ulong alternateStackSize = 32 * 1024;
        ulong* stack = stackalloc ulong[3]; // stack_t: address, flags, size
        stack[0] = (ulong)SignalStack();
        stack[1] = 0;
        stack[2] = alternateStackSize;
        Kernel.Call(SystemCall.SigAltStack, (nint)stack);
        Signals.Handle(Segmentation, &Report, onOwnStack: true);
        Signals.Handle(Bus, &Report, onOwnStack: true);
        Signals.Handle(IllegalInstruction, &Report, onOwnStack: true);
        Signals.Handle(FloatingPoint, &Report, onOwnStack: true);
        Signals.Handle(Trap, &Report, onOwnStack: true);
    }

    [UnmanagedCallersOnly]
    private static void Report(int signal, byte* information, byte* context)
    {
        const int addressOffset = 16; // siginfo_t.si_addr
        const int stackOffset = 160; // ucontext_t's general registers
        const int instructionOffset = 168;
        const int errorOffset = 192;
        Span<byte> storage = stackalloc byte[256];
        TextWriter writer = new(storage);
        writer.Text(Identity.Name);
        writer.Text(": guest aborted: "u8);
        ulong error = *(ulong*)(context + errorOffset);
        writer.Text(signal is Segmentation or Bus ? AccessText(error) : SignalText(signal));
        if (signal is Segmentation or Bus) writer.Hexadecimal(*(ulong*)(information + addressOffset));
        writer.Text("; rip "u8);
        writer.Hexadecimal(*(ulong*)(context + instructionOffset));
        writer.Text(" rsp "u8);
        writer.Hexadecimal(*(ulong*)(context + stackOffset));
        writer.Text("\n"u8);
        Tender.Print(writer.Written);
        Tender.Exit(128 + signal);
    }

    // The page fault's error code: bit 1 a write, bit 4 an instruction fetch.
    private static ReadOnlySpan<byte> AccessText(ulong error) =>
        (error & 16) != 0 ? "it may not execute address "u8 : (error & 2) != 0 ? "it may not write address "u8 : "it may not read address "u8;

    private static ReadOnlySpan<byte> SignalText(int signal) => signal switch
    {
        IllegalInstruction => "illegal instruction"u8,
        Trap => "breakpoint"u8,
        _ => "arithmetic error, such as a division by zero"u8,
    };

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_spt_signal_stack")]
    private static extern void* SignalStack();
}
