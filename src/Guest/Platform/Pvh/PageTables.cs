// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Platform.Pvh;

/// <summary>What may be done with a page.</summary>
[Flags]
internal enum PageAccess : ulong
{
    /// <summary>Read only, and never executed.</summary>
    Read = NoExecute,

    /// <summary>Read and written.</summary>
    Write = 1ul << 1 | NoExecute,

    /// <summary>Read and executed.</summary>
    Execute = 0,

    /// <summary>Registers: read and written, past all caches.</summary>
    Device = Write | 1ul << 3 | 1ul << 4,

    /// <summary>The bit that forbids execution.</summary>
    NoExecute = 1ul << 63,
}

/// <summary>
/// The address space: every address is its own physical one, or not mapped. No page is both written and executed. Not mapped are the first MiB (with it whatever a
/// null pointer reaches), the guard below the stack, and all that is neither memory of the machine nor a device in use.
/// </summary>
internal static unsafe class PageTables
{
    /// <summary>Pages that native/x64/pvh.S sets aside: enough for 4 GiB in large pages, and 40 MiB in small ones.</summary>
    internal const int PageCount = 32;

    internal const ulong SmallPage = 4096;
    private const ulong LargePage = 2ul << 20;
    private const int EntriesPerTable = 512;
    private const int LeafShift = 12;
    private const int DirectoryShift = 21;
    private const int MapShift = 39;
    private const int BitsPerLevel = 9;

    private const ulong Present = 1;
    private const ulong Writable = 1ul << 1;
    private const ulong Large = 1ul << 7;
    private const ulong AddressMask = 0x000f_ffff_ffff_f000;

    private const uint ExtendedFeature = 0xc000_0080; // EFER
    private const ulong NoExecuteEnable = 1ul << 11;
    private const ulong UserInstructionPrevention = 1ul << 11; // in CR4, as are the next two
    private const ulong SupervisorExecutionPrevention = 1ul << 20;
    private const ulong SupervisorAccessPrevention = 1ul << 21;

    private static int s_pagesUsed;

    /// <summary>Leaves the boot code's tables for these.</summary>
    /// <param name="memoryEnd">The end of the memory in which the image lies; a multiple of 4 KiB.</param>
    internal static void Enter(ulong memoryEnd)
    {
        s_pagesUsed = 1; // the first is the map of level 4
        Map((ulong)Cpu.TextStart(), (ulong)Cpu.TextEnd(), PageAccess.Execute);
        Map((ulong)Cpu.TextEnd(), (ulong)Cpu.FiberStackTop(), PageAccess.Write);
        Map((ulong)Cpu.FiberStackTop(), (ulong)Cpu.ConstantsEnd(), PageAccess.Read);
        Map((ulong)Cpu.StackBottom(), memoryEnd, PageAccess.Write);
        EnableProtections();
        Cpu.LoadPageTables(Cpu.PageTableMemory());
    }

    /// <summary>Makes memory readable.</summary>
    internal static void MapReadOnly(ulong address, ulong size) =>
        Map(address & ~(SmallPage - 1), (address + size + SmallPage - 1) & ~(SmallPage - 1), PageAccess.Read);

    /// <summary>Makes registers reachable. Repeating it does no harm.</summary>
    internal static void MapDevice(ulong address, ulong size) =>
        Map(address & ~(SmallPage - 1), (address + size + SmallPage - 1) & ~(SmallPage - 1), PageAccess.Device);

    private static void EnableProtections()
    {
        const uint NoExecuteOffered = 1u << 20;
        if ((Cpu.Identify(0x8000_0001).Edx & NoExecuteOffered) == 0) Stop.WithMessage("the processor cannot forbid execution (NX): choose another -cpu"u8);
        Cpu.WriteModelSpecific(ExtendedFeature, Cpu.ReadModelSpecific(ExtendedFeature) | NoExecuteEnable);

        CpuidResult features = Cpu.Identify(7);
        ulong cr4 = 0;
        if ((features.Ebx & 1u << 7) != 0) cr4 |= SupervisorExecutionPrevention;
        if ((features.Ebx & 1u << 20) != 0) cr4 |= SupervisorAccessPrevention;
        if ((features.Ecx & 1u << 2) != 0) cr4 |= UserInstructionPrevention;
        Cpu.EnableFeatures(cr4);
    }

    private static void Map(ulong start, ulong end, PageAccess access)
    {
        while (start < end)
        {
            bool large = (start & (LargePage - 1)) == 0 && end - start >= LargePage;
            ulong* entry = FindEntry(start, large ? DirectoryShift : LeafShift);
            *entry = start | (ulong)access | Present | (large ? Large : 0);
            start += large ? LargePage : SmallPage;
        }
    }

    private static ulong* FindEntry(ulong address, int leafShift)
    {
        ulong* table = Cpu.PageTableMemory();
        for (int shift = MapShift; ; shift -= BitsPerLevel)
        {
            ulong* entry = table + (address >> shift & (EntriesPerTable - 1));
            if (shift == leafShift) return entry;
            if ((*entry & Present) == 0) *entry = (ulong)TakePage() | Present | Writable;
            table = (ulong*)(*entry & AddressMask);
        }
    }

    private static ulong* TakePage()
    {
        if (s_pagesUsed == PageCount) Stop.WithMessage("the image or a device lies where there are no page tables for it"u8);
        return Cpu.PageTableMemory() + EntriesPerTable * s_pagesUsed++;
    }
}
