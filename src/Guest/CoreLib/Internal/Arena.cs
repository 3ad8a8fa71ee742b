// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime;
using System.Runtime.CompilerServices;
using Internal.Runtime.CompilerHelpers;

namespace Internal.Runtime;

/// <summary>What the code that stores references reads (native/x64/references.S).</summary>
internal unsafe struct ArenaState
{
    /// <summary>The lowest address of any arena: below it, references may be stored anywhere.</summary>
    internal nuint Floor;

    /// <summary>Where the pages begin that the table counts.</summary>
    internal nuint Base;

    internal nuint PageCount;

    /// <summary>For each page of the heap, the number of the first page of its arena, plus 1; 0 where it is in none.</summary>
    internal uint* Owners;
}

/// <summary>
/// Memory whose objects all end together. It begins at a page of its own with this header; its objects follow. They may refer to each other, to
/// objects of the arena's ancestors and to those on the heap, and be referred to from its own, its descendants' and the stack. Any other store panics.
/// </summary>
internal unsafe struct Arena
{
    private const int PageShift = 12;
    private const nuint PageSize = 1 << PageShift;

    private Arena* _parent;
    private int _entered;

    // Arenas that may hold references into this one: those of its children that have been entered since they were last emptied.
    private int _dependents;
    private bool _inUse;

    /// <summary>Reference to the object from which the others are found again; in the arena's own memory, so that stores are checked as any other's.</summary>
    internal nint Root;

    /// <summary>The first free byte, while the arena is not the one that `new` takes from.</summary>
    internal byte* Next;

    internal byte* End;

    internal static bool Exist => State()->Floor != ~(nuint)0;

    /// <summary>Bytes for objects.</summary>
    internal readonly nuint Capacity => (nuint)(End - FirstOf(ref Unsafe.AsRef(in this)));

    /// <summary>Takes pages for at least <paramref name="capacity"/> bytes of objects from the heap, for ever.</summary>
    internal static Arena* Create(nuint capacity, Arena* parent)
    {
        if (Heap.Current != null) Panic.Fail("an arena cannot be made within an arena: make it at start-up");
        ArenaState* state = State();
        if (state->Owners == null)
        {
            state->Base = (nuint)Heap.Next & ~(PageSize - 1);
            state->PageCount = (Heap.Available >> PageShift) + 1;
            state->Owners = (uint*)Heap.Allocate(state->PageCount * sizeof(uint));
        }

        nuint size = (capacity + (nuint)sizeof(Arena) + PageSize - 1) & ~(PageSize - 1);
        byte* start = Heap.AllocateFromEnd(size, PageSize);
        if (start == null) Panic.Fail("out of memory for an arena: give the unikernel more (--mem)");
        nuint page = ((nuint)start - state->Base) >> PageShift;
        for (nuint i = 0; i < size >> PageShift; i++) state->Owners[page + i] = (uint)page + 1;
        state->Floor = (nuint)start;

        Arena* arena = (Arena*)start;
        arena->_parent = parent;
        arena->Next = start + sizeof(Arena);
        arena->End = start + size;
        return arena;
    }

    /// <summary>Makes `new` take from <paramref name="arena"/>. Returns where it took from before, for <see cref="Leave"/>.</summary>
    internal static Arena* Enter(Arena* arena)
    {
        arena->_entered++;
        if (!arena->_inUse)
        {
            arena->_inUse = true;
            if (arena->_parent != null) arena->_parent->_dependents++;
        }

        return Heap.Switch(arena);
    }

    internal static void Leave(Arena* arena, Arena* previous)
    {
        if (Heap.Current != arena) Panic.Fail("arenas must be left in the reverse order of entering");
        arena->_entered--;
        Heap.Switch(previous);
    }

    /// <summary>Ends all its objects.</summary>
    internal static void Reset(Arena* arena)
    {
        if (arena->_entered != 0) Panic.Fail("an arena was emptied while it was entered");
        if (arena->_dependents != 0) Panic.Fail("an arena was emptied before one that may refer to it");
        arena->Root = 0;
        byte* first = FirstOf(ref *arena);
        SpanHelpers.ClearWithoutReferences(ref *first, (nuint)(arena->Next - first));
        arena->Next = first;
        if (!arena->_inUse) return;
        arena->_inUse = false;
        if (arena->_parent != null) arena->_parent->_dependents--;
    }

    /// <summary>Panics when an object that was just boxed refers to what ends before it.</summary>
    internal static void CheckFields(MethodTable* type, byte* block)
    {
        if (!type->HasReferences) return;

        // Before the type: how many runs of references, then for each, downwards, its length less the object's size, and where it begins.
        nint* descriptor = (nint*)type - 1;
        for (nint i = *descriptor; i > 0; i--)
        {
            descriptor -= 2;
            nuint start = (nuint)(block + descriptor[1]);
            nuint length = (nuint)(descriptor[0] + (nint)type->BaseSize);
            for (nuint field = start; field < start + length; field += (nuint)sizeof(nuint)) CheckIfOfArena(field, *(nuint*)field);
        }
    }

    /// <summary>Panics when one of the words to be moved refers to what ends before its destination. What only looks like a reference must also point at an object of an arena to count.</summary>
    internal static void CheckWords(nuint destination, nuint* words, nuint count)
    {
        for (nuint i = 0; i < count; i++)
        {
            if (LooksLikeObject(words[i])) CheckIfOfArena(destination + i * (nuint)sizeof(nuint), words[i]);
        }
    }

    // Called by references.S, when an object of an arena is stored outside of that arena.
    [RuntimeExport("uaas_arena_check")]
    private static void Check(nuint destination, nuint value)
    {
        nuint here;
        bool onStack = destination >= (nuint)(&here) && destination < (nuint)StackTop();
        if (onStack) return;
        Arena* of = OwnerOf(value);
        for (Arena* keeper = OwnerOf(destination); keeper != null; keeper = keeper->_parent)
        {
            if (keeper == of) return;
        }

        Panic.Fail("an object of an arena would be kept beyond it");
    }

    private static void CheckIfOfArena(nuint destination, nuint value)
    {
        if (value >= State()->Floor) Check(destination, value);
    }

    private static bool LooksLikeObject(nuint word)
    {
        if (word < State()->Floor || (word & 7) != 0) return false;
        Arena* arena = OwnerOf(word);
        return arena != null && word < (nuint)arena->End && *(nuint*)word != 0 && *(nuint*)word < State()->Base;
    }

    private static Arena* OwnerOf(nuint address)
    {
        ArenaState* state = State();
        nuint page = (address - state->Base) >> PageShift;
        if (address < state->Base || page >= state->PageCount) return null;
        uint owner = state->Owners[page];
        return owner == 0 ? null : (Arena*)(state->Base + ((nuint)(owner - 1) << PageShift));
    }

    private static byte* FirstOf(ref Arena arena) => (byte*)Unsafe.AsPointer(ref arena) + sizeof(Arena);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_address_of_arena_state")]
    private static extern ArenaState* State();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_address_of_stack_top")]
    private static extern void* StackTop();
}
