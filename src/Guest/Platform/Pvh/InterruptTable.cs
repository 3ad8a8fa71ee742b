// SPDX-License-Identifier: Apache-2.0

using Uaas.Platform.Exceptions;

namespace Uaas.Platform.Pvh;

/// <summary>
/// Where the processor goes on an exception or interrupt. Exceptions are the end, and run on a stack of their own: the one in use may have overflowed.
/// Interrupts only note that they came; they are let in while the guest sleeps (<see cref="Cpu.Halt"/>), so that nothing is ever interrupted.
/// </summary>
internal static unsafe class InterruptTable
{
    /// <summary>Vector of interrupt 0.</summary>
    internal const int FirstInterrupt = 32;

    /// <summary>Interrupts that the stubs tell apart: the pins of the interrupt controller, and what comes after them.</summary>
    internal const int InterruptCount = 32;

    /// <summary>The timer's number among the interrupts: behind the 24 pins.</summary>
    internal const int TimerInterrupt = 24;

    /// <summary>The number among the interrupts of all devices that interrupt by message: they need not be told apart, since an interrupt only wakes.</summary>
    internal const int MessageInterrupt = 25;

    /// <summary>Vector of what the local APIC delivers when it has nothing to deliver.</summary>
    internal const int SpuriousVector = 255;

    private const int DoubleFault = 8;
    private const int StubSize = 16;
    private const int EntryCount = 256;
    private const int CurrentStack = 0;
    private const int ExceptionStack = 1;
    private const int DoubleFaultStack = 2;

    internal static void Load()
    {
        for (int vector = 0; vector < ExceptionGates.Count; vector++)
        {
            ExceptionGates.Set(Cpu.InterruptTableMemory(), vector, ExceptionGates.Stub(vector), vector == DoubleFault ? DoubleFaultStack : ExceptionStack);
        }

        for (int number = 0; number < InterruptCount; number++)
        {
            ExceptionGates.Set(Cpu.InterruptTableMemory(), FirstInterrupt + number, Cpu.InterruptStubs() + number * StubSize, CurrentStack);
        }

        ExceptionGates.Set(Cpu.InterruptTableMemory(), SpuriousVector, Cpu.SpuriousStub(), CurrentStack);
        ExceptionGates.Load(Cpu.InterruptTableMemory(), EntryCount * ExceptionGates.Size - 1);
    }
}
