// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Tenders.Linux;

namespace Uaas.Tenders.Hvt;

/// <summary>
/// The guest's first page tables and segments, at the addresses that Solo5 fixes: memory mapped to itself in pages of 2 MiB, the first of them
/// in pages of 4 KiB, of which those below the boot information are absent and those below the kernel read-only. Nothing beyond memory is mapped.
/// </summary>
internal static unsafe class PageTables
{
    /// <summary>Where the descriptor table lies.</summary>
    internal const ulong SegmentsAddress = 0x1000;

    /// <summary>Where the top of the page tables lies.</summary>
    internal const ulong RootAddress = 0x2000;

    /// <summary>The kernel's code segment.</summary>
    internal const ulong CodeSegment = 0x00AF99000000FFFF;

    /// <summary>The kernel's data segment.</summary>
    internal const ulong DataSegment = 0x00CF93000000FFFF;

    private const ulong PointersAddress = 0x3000;
    private const ulong DirectoriesAddress = 0x4000;
    private const ulong FirstTableAddress = 0x8000;
    private const ulong Present = 1;
    private const ulong Writable = 2;
    private const ulong Large = 0x80;
    private const ulong LargePageSize = 2 << 20;

    /// <summary>Writes tables for all of <paramref name="memory"/>, whose size is a multiple of 2 MiB and at most 4 GiB.</summary>
    internal static void Write(in GuestMemory memory)
    {
        ulong* segments = (ulong*)memory[SegmentsAddress];
        segments[1] = CodeSegment;
        segments[2] = DataSegment;

        *(ulong*)memory[RootAddress] = PointersAddress | Present | Writable;
        ulong* pointers = (ulong*)memory[PointersAddress];
        for (ulong i = 0; i < 4; i++) pointers[i] = (DirectoriesAddress + i * Solo5.PageSize) | Present | Writable;

        // The four directories follow each other, so that one index runs through them.
        ulong* directory = (ulong*)memory[DirectoriesAddress];
        directory[0] = FirstTableAddress | Present | Writable;
        for (ulong address = LargePageSize; address < memory.Size; address += LargePageSize)
            directory[address / LargePageSize] = address | Present | Writable | Large;

        ulong* table = (ulong*)memory[FirstTableAddress];
        for (ulong address = BootInformation.Address; address < LargePageSize; address += Solo5.PageSize)
            table[address / Solo5.PageSize] = address | Present | (address >= Solo5.GuestBase ? Writable : 0);
    }
}
