// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime;

namespace Internal.Runtime;

/// <summary>
/// Where `new` takes from: what is left of the guest's memory, which never gives back (guests allocate while they start, and then hold still), or the
/// arena that the program has entered.
/// </summary>
internal static unsafe class Heap
{
    private const nuint Alignment = 8;

    // Of the arena entered, or of the heap.
    private static byte* s_next;
    private static byte* s_end;

    private static Arena* s_arena;

    // Of the heap, while an arena is entered.
    private static byte* s_heapNext;
    private static byte* s_heapEnd;

    /// <summary>Bytes that the heap began with.</summary>
    internal static nuint Size { get; private set; }

    /// <summary>Bytes that are left of them.</summary>
    internal static nuint Free => s_arena == null ? Available : (nuint)(s_heapEnd - s_heapNext);

    /// <summary>Bytes left to `new`.</summary>
    internal static nuint Available => (nuint)(s_end - s_next);

    /// <summary>The arena that `new` takes from; null for the heap.</summary>
    internal static Arena* Current => s_arena;

    /// <summary>The first byte that is free.</summary>
    internal static byte* Next => s_next;

    internal static void Initialize(byte* start, byte* end)
    {
        s_next = (byte*)(((nuint)start + Alignment - 1) & ~(Alignment - 1));
        s_end = end;
        Size = Available;
    }

    /// <summary>Zeroed memory: the platform hands over zeroed pages, and an arena is cleared when it is emptied.</summary>
    internal static byte* Allocate(nuint size)
    {
        size = (size + Alignment - 1) & ~(Alignment - 1);
        if (size > Available)
        {
            CompilerHelpers.Panic.Fail(s_arena != null ? "arena full: make it larger" : "out of memory: give the unikernel more (--mem)");
        }

        byte* block = s_next;
        s_next = block + size;
        return block;
    }

    /// <summary>Takes whole pages from the end of the heap. Null where there are not that many.</summary>
    internal static byte* AllocateFromEnd(nuint size, nuint pageSize)
    {
        nuint end = (nuint)s_end & ~(pageSize - 1);
        if (end <= (nuint)s_next || end - (nuint)s_next < size) return null;
        s_end = (byte*)(end - size);
        return s_end;
    }

    /// <summary>Makes `new` take from an arena, or with null from the heap. Returns where it took from before.</summary>
    internal static Arena* Switch(Arena* arena)
    {
        Arena* previous = s_arena;
        if (previous == arena) return previous;
        if (previous == null)
        {
            s_heapNext = s_next;
            s_heapEnd = s_end;
        }
        else
        {
            previous->Next = s_next;
        }

        s_next = arena == null ? s_heapNext : arena->Next;
        s_end = arena == null ? s_heapEnd : arena->End;
        s_arena = arena;
        return previous;
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
