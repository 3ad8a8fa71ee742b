// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.InteropServices;
using Uaas.Boot;

namespace Uaas.Platform.Exceptions;

/// <summary>What the stubs of native/x64/exceptions.S push, and what the processor has pushed before.</summary>
internal struct ExceptionFrame
{
#pragma warning disable CS0649 // written by the processor and by assembly
    internal ulong Rax;
    internal ulong Rbx;
    internal ulong Rcx;
    internal ulong Rdx;
    internal ulong Rsi;
    internal ulong Rdi;
    internal ulong Rbp;
    internal ulong R8;
    internal ulong R9;
    internal ulong R10;
    internal ulong R11;
    internal ulong R12;
    internal ulong R13;
    internal ulong R14;
    internal ulong R15;
    internal ulong Vector;
    internal ulong Error;
    internal ulong Rip;
    internal ulong CodeSegment;
    internal ulong Flags;
    internal ulong Rsp;
    internal ulong StackSegment;
#pragma warning restore CS0649
}

/// <summary>Tells what the processor would not do, where, and with what in its registers; then the machine ends.</summary>
internal static unsafe partial class ExceptionReport
{
    private const int PageFault = 14;
    private const ulong PresentPage = 1;
    private const ulong WriteAccess = 2;
    private const ulong InstructionFetch = 16;
    private const ulong NullPageEnd = 0x1_0000; // a null reference and a field's offset

    private static bool s_reporting;

    [UnmanagedCallersOnly(EntryPoint = "uaas_exception")]
    private static void Report(ExceptionFrame* frame, ulong address)
    {
        if (s_reporting) Machine.Exit(Panic.ExitStatus);
        s_reporting = true;
        LineBuilder line = new(stackalloc byte[200]);
        line.Append("panic: "u8);
        line.Append(frame->Vector == PageFault ? DescribePageFault(frame->Error, address) : Name((int)frame->Vector));
        line.Append(", vector "u8);
        line.Append((long)frame->Vector);
        line.Append(", error "u8);
        AppendHexadecimal(ref line, frame->Error);
        if (frame->Vector == PageFault)
        {
            line.Append(", address "u8);
            AppendHexadecimal(ref line, address);
        }

        line.EndLine();
        Machine.Write(line.Text);
        WriteRegisters(frame);
        Panic.WriteAddress("  at "u8, (nuint)frame->Rip);
        Panic.WriteFrames((nuint*)frame->Rbp);
        Machine.Exit(Panic.ExitStatus);
    }

    // Where the platform catches a stack that has overflowed.
    private static partial bool IsStackGuard(ulong address);

    private static ReadOnlySpan<byte> DescribePageFault(ulong error, ulong address)
    {
        if (IsStackGuard(address)) return "stack overflow"u8;
        if (address < NullPageEnd) return "null reference"u8;
        if ((error & InstructionFetch) != 0) return "execution of a page that holds no code"u8;
        bool present = (error & PresentPage) != 0;
        if ((error & WriteAccess) != 0) return present ? "write to a page that is read only"u8 : "write to a page that is not there"u8;
        return "read of a page that is not there"u8;
    }

    private static ReadOnlySpan<byte> Name(int vector) => vector switch
    {
        0 => "divide error"u8,
        1 => "debug exception"u8,
        2 => "non-maskable interrupt"u8,
        3 => "breakpoint"u8,
        4 => "overflow"u8,
        5 => "bound range exceeded"u8,
        6 => "invalid opcode"u8,
        7 => "device not available"u8,
        8 => "double fault"u8,
        10 => "invalid task state"u8,
        11 => "segment not present"u8,
        12 => "stack segment fault"u8,
        13 => "general protection fault"u8,
        16 => "x87 floating-point error"u8,
        17 => "alignment check"u8,
        18 => "machine check"u8,
        19 => "SIMD floating-point error"u8,
        20 => "virtualization exception"u8,
        21 => "control protection exception"u8,
        28 => "hypervisor injection exception"u8,
        29 => "VMM communication exception"u8,
        30 => "security exception"u8,
        _ => "reserved exception"u8,
    };

    private static void WriteRegisters(ExceptionFrame* frame)
    {
        WriteLine("  rip "u8, frame->Rip, " rsp "u8, frame->Rsp, " rbp "u8, frame->Rbp, " flags "u8, frame->Flags);
        WriteLine("  rax "u8, frame->Rax, " rbx "u8, frame->Rbx, " rcx "u8, frame->Rcx, " rdx "u8, frame->Rdx);
        WriteLine("  rsi "u8, frame->Rsi, " rdi "u8, frame->Rdi, " r8 "u8, frame->R8, " r9 "u8, frame->R9);
        WriteLine("  r10 "u8, frame->R10, " r11 "u8, frame->R11, " r12 "u8, frame->R12, " r13 "u8, frame->R13);
        WriteLine("  r14 "u8, frame->R14, " r15 "u8, frame->R15, " cs "u8, frame->CodeSegment, " ss "u8, frame->StackSegment);
    }

    private static void WriteLine(
        ReadOnlySpan<byte> label1, ulong value1, ReadOnlySpan<byte> label2, ulong value2,
        ReadOnlySpan<byte> label3, ulong value3, ReadOnlySpan<byte> label4, ulong value4)
    {
        LineBuilder line = new(stackalloc byte[160]);
        line.Append(label1);
        AppendHexadecimal(ref line, value1);
        line.Append(label2);
        AppendHexadecimal(ref line, value2);
        line.Append(label3);
        AppendHexadecimal(ref line, value3);
        line.Append(label4);
        AppendHexadecimal(ref line, value4);
        line.EndLine();
        Machine.Write(line.Text);
    }

    private static void AppendHexadecimal(ref LineBuilder line, ulong value)
    {
        Span<byte> digits = stackalloc byte[16];
        int start = digits.Length;
        do
        {
            digits[--start] = "0123456789abcdef"u8[(int)(value & 15)];
            value >>= 4;
        }
        while (value != 0);
        line.Append("0x"u8);
        line.Append(digits[start..]);
    }
}
