// SPDX-License-Identifier: Apache-2.0

using System.Runtime;
using System.Runtime.CompilerServices;

namespace Uaas.Platform.Exceptions;

/// <summary>The processor's table of where to go on an exception or interrupt, 16 bytes each (Intel SDM volume 3, 6.14.1).</summary>
internal static unsafe class ExceptionGates
{
    /// <summary>Vectors that the processor keeps for its exceptions.</summary>
    internal const int Count = 32;

    /// <summary>Bytes of one gate.</summary>
    internal const int Size = 16;

    private const int StubSize = 16;
    private const ulong CodeSelector = 0x08;
    private const ulong PresentInterruptGate = 0x8e00ul << 32;

    /// <summary>The first instruction of that exception.</summary>
    internal static byte* Stub(int vector) => Stubs() + vector * StubSize;

    /// <summary>Writes a gate.</summary>
    /// <param name="table">The table.</param>
    /// <param name="vector">Which gate.</param>
    /// <param name="target">Where to go.</param>
    /// <param name="stack">Number of the interrupt stack to go on; 0 for the one in use.</param>
    internal static void Set(ulong* table, int vector, byte* target, int stack)
    {
        ulong address = (ulong)target;
        ulong* entry = table + vector * (Size / sizeof(ulong));
        entry[0] = address & 0xffff | CodeSelector << 16 | (ulong)stack << 32 | PresentInterruptGate | (address & 0xffff_0000) << 32;
        entry[1] = address >> 32;
    }

    /// <summary>Makes a table the processor's.</summary>
    /// <param name="table">The table.</param>
    /// <param name="limit">Its bytes, less one.</param>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_load_interrupt_table")]
    internal static extern void Load(ulong* table, uint limit);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_address_of_exception_stubs")]
    private static extern byte* Stubs();
}
