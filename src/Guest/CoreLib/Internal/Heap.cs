// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime;

namespace Internal.Runtime;

/// <summary>Where `new` takes from. It never gives back: guests allocate while they start, and then hold still.</summary>
internal static unsafe class Heap
{
    private const nuint Alignment = 8;

    private static byte* s_next;
    private static byte* s_end;

    /// <summary>Bytes left.</summary>
    internal static nuint Available => (nuint)(s_end - s_next);

    internal static void Initialize(byte* start, byte* end)
    {
        s_next = (byte*)(((nuint)start + Alignment - 1) & ~(Alignment - 1));
        s_end = end;
    }

    /// <summary>Zeroed memory: the platform hands over zeroed pages and nothing is used twice.</summary>
    internal static byte* Allocate(nuint size)
    {
        size = (size + Alignment - 1) & ~(Alignment - 1);
        if (size > Available) CompilerHelpers.Panic.Fail("out of memory: give the unikernel more (--mem)");
        byte* block = s_next;
        s_next = block + size;
        return block;
    }

    [RuntimeExport("RhpNewFast")]
    private static void* NewFast(MethodTable* type)
    {
        byte* block = Allocate(type->BaseSize);
        *(MethodTable**)block = type;
        return block;
    }

    [RuntimeExport("RhpNewArrayFast")]
    private static void* NewArrayFast(MethodTable* type, nint length) => NewArray(type, length);

    [RuntimeExport("RhpNewPtrArrayFast")]
    private static void* NewPtrArrayFast(MethodTable* type, nint length) => NewArray(type, length);

    private static void* NewArray(MethodTable* type, nint length)
    {
        if ((nuint)length > Array.MaxLength) CompilerHelpers.ThrowHelpers.ThrowOverflowException();
        byte* block = Allocate(type->BaseSize + (nuint)length * type->ComponentSize);
        *(MethodTable**)block = type;
        *(int*)(block + sizeof(nint)) = (int)length;
        return block;
    }
}
