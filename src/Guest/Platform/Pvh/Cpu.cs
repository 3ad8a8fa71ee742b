// SPDX-License-Identifier: Apache-2.0

using System.Runtime;
using System.Runtime.CompilerServices;

namespace Uaas.Platform.Pvh;

/// <summary>What CPUID answers for one leaf.</summary>
internal struct CpuidResult
{
    internal uint Eax;
    internal uint Ebx;
    internal uint Ecx;
    internal uint Edx;
}

/// <summary>Privileged instructions, and places that the linker script and native/x64/pvh.S name.</summary>
internal static unsafe class Cpu
{
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_in8")]
    internal static extern byte In8(ushort port);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_out8")]
    internal static extern void Out8(ushort port, byte value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_in32")]
    internal static extern uint In32(ushort port);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_out32")]
    internal static extern void Out32(ushort port, uint value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_out_string")]
    internal static extern void OutString(ushort port, byte* bytes, nint count);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_rdmsr")]
    internal static extern ulong ReadModelSpecific(uint register);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_wrmsr")]
    internal static extern void WriteModelSpecific(uint register, ulong value);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_write_cr3")]
    internal static extern void LoadPageTables(void* map);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_set_cr4")]
    internal static extern void EnableFeatures(ulong cr4Bits);

    /// <summary>Sleeps until an interrupt. One bit for each that came since the last time.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_halt")]
    internal static extern uint Halt();

    /// <summary>Lets waiting interrupts in. One bit for each that came since the last time.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_take_interrupts")]
    internal static extern uint TakeInterrupts();

    /// <summary>Ends the machine by an exception that cannot be delivered.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_reset")]
    internal static extern void Reset();

    /// <summary>The first byte of code.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_address_of_text_start")]
    internal static extern byte* TextStart();

    /// <summary>The end of code.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_address_of_text_end")]
    internal static extern byte* TextEnd();

    /// <summary>The end of the second stack, which grows down to the end of code; the same as that where there is none.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_address_of_fiber_stack_top")]
    internal static extern byte* FiberStackTop();

    /// <summary>The end of constants, where the stack's guard begins.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_address_of_rodata_end")]
    internal static extern byte* ConstantsEnd();

    /// <summary>The end of the stack's guard, where the stack has its last byte.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_address_of_stack_bottom")]
    internal static extern byte* StackBottom();

    /// <summary>32 stubs of 16 bytes.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_address_of_interrupt_stubs")]
    internal static extern byte* InterruptStubs();

    /// <summary>For interrupts that are none.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_address_of_spurious_stub")]
    internal static extern byte* SpuriousStub();

    /// <summary><see cref="PageTables.PageCount"/> zeroed pages.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_address_of_page_tables")]
    internal static extern ulong* PageTableMemory();

    /// <summary>A zeroed page.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_address_of_interrupt_table")]
    internal static extern ulong* InterruptTableMemory();

    /// <summary>64 zeroed bytes that do not cross a page.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_address_of_kvm_clock")]
    internal static extern byte* KvmClockMemory();

    /// <summary>A zeroed page.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_address_of_command_line")]
    internal static extern byte* CommandLineMemory();

    /// <summary>Asks the processor about itself; all zero for a leaf that it does not have.</summary>
    internal static CpuidResult Identify(uint leaf)
    {
        const uint RangeMask = 0xffff_0000; // basic, hypervisor, extended: each tells its greatest leaf in its first
        CpuidResult result;
        Cpuid(leaf & RangeMask, 0, &result);
        if (result.Eax < leaf) return default;
        Cpuid(leaf, 0, &result);
        return result;
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_cpuid")]
    private static extern void Cpuid(uint leaf, uint subleaf, CpuidResult* result);
}
