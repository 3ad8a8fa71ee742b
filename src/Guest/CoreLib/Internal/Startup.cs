// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime;

namespace Internal.Runtime.CompilerHelpers;

/// <summary>Prepares what compiled code takes for granted: the heap and the static fields that hold references.</summary>
internal static unsafe class StartupCodeHelpers
{
    private const uint ReadyToRunSignature = 0x00525452; // "RTR"
    private const int GcStaticRegion = 201;
    private const int Uninitialized = 1;
    private const int HasPreInitializedData = 2;
    private const int TagMask = 3;

    /// <summary>The first call of every platform, with the memory that `new` may take, zeroed.</summary>
    [RuntimeExport("uaas_runtime_initialize")]
    internal static void Initialize(byte* heapStart, byte* heapEnd, void** modules, void** modulesEnd)
    {
        Heap.Initialize(heapStart, heapEnd);
        for (void** module = modules; module < modulesEnd; module++)
        {
            if (*module != null) InitializeModule((ModuleHeader*)*module);
        }
    }

    private static void InitializeModule(ModuleHeader* header)
    {
        if (header->Signature != ReadyToRunSignature) Panic.Fail("unknown module header");
        ModuleSection* sections = (ModuleSection*)(header + 1);
        for (int i = 0; i < header->SectionCount; i++)
        {
            if (sections[i].Id == GcStaticRegion) InitializeGcStatics(sections[i].Start, sections[i].End);
        }
    }

    // Each entry is the distance to a cell. The cell holds the distance to the type of the statics' block, tagged; the block takes its place.
    private static void InitializeGcStatics(byte* start, byte* end)
    {
        for (int* entry = (int*)start; entry < (int*)end; entry++)
        {
            int* cell = (int*)Target(entry);
            nint tagged = (nint)Target(cell);
            if ((tagged & Uninitialized) == 0) continue;
            MethodTable* type = (MethodTable*)(tagged & ~TagMask);
            byte* block = Heap.Allocate(type->BaseSize);
            *(MethodTable**)block = type;
            if ((tagged & HasPreInitializedData) != 0)
            {
                // An object's base size counts the word before it and the one for its type, which are no data.
                nuint size = type->BaseSize - 2 * (nuint)sizeof(nint);
                SpanHelpers.Memmove(ref block[sizeof(nint)], ref *Target(cell + 1), size);
            }

            *(byte**)cell = block;
        }
    }

    private static byte* Target(int* relative) => (byte*)relative + *relative;

    private struct ModuleHeader
    {
#pragma warning disable CS0649 // overlaid on what ILC emits
        internal uint Signature;
        internal ushort MajorVersion;
        internal ushort MinorVersion;
        internal uint Flags;
        internal ushort SectionCount;
        internal byte EntrySize;
        internal byte EntryType;
    }

    private struct ModuleSection
    {
        internal int Id;
        internal int Flags;
        internal byte* Start;
        internal byte* End;
#pragma warning restore CS0649
    }
}
