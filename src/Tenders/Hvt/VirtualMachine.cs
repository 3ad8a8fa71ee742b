// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Tenders.Linux;

namespace Uaas.Tenders.Hvt;

/// <summary>A virtual machine of KVM with one processor and one stretch of memory, in the state that Solo5 promises its guests.</summary>
internal readonly unsafe struct VirtualMachine
{
    private const int CpuidEntriesMax = 256;
    private const int CpuidEntrySize = 40;
    private const int SystemRegistersSize = 312;

    private readonly byte* _run;

    private VirtualMachine(int processor, byte* run, ulong timeStampFrequency)
    {
        Processor = processor;
        _run = run;
        TimeStampFrequency = timeStampFrequency;
    }

    /// <summary>The steps that KVM may refuse, as messages number them.</summary>
    private enum Step
    {
        CreateVm = 1,
        SetMemory = 2,
        CreateProcessor = 3,
        MapRun = 4,
        GetCpuid = 5,
        SetCpuid = 6,
        SystemRegisters = 7,
        Registers = 8,
    }

    /// <summary>The descriptor of the processor.</summary>
    internal int Processor { get; }

    /// <summary>Ticks of the guest's time stamp counter in a second.</summary>
    internal ulong TimeStampFrequency { get; }

    /// <summary>Why the processor last stopped (KVM_EXIT_*).</summary>
    internal uint ExitReason => *(uint*)(_run + Kvm.ExitReasonOffset);

    /// <summary>What goes with <see cref="ExitReason"/>.</summary>
    internal byte* ExitDetail => _run + Kvm.ExitDetailOffset;

    /// <summary>Makes the machine, or refuses. Its memory has its page tables and its guest already.</summary>
    internal static VirtualMachine Create(in GuestMemory memory)
    {
        int kvm = OpenKvm();
        int machine = Check(Kernel.IoCtl(kvm, Kvm.CreateVm), Step.CreateVm);
        ulong* region = stackalloc ulong[4]; // slot and flags, guest address, size, address here
        region[0] = region[1] = 0;
        region[2] = memory.Size;
        region[3] = (ulong)memory[0];
        Check(Kernel.IoCtl(machine, Kvm.SetMemoryRegion, region), Step.SetMemory);
        int processor = Check(Kernel.IoCtl(machine, Kvm.CreateProcessor), Step.CreateProcessor);
        int runSize = Check(Kernel.IoCtl(kvm, Kvm.GetRunSize), Step.MapRun);
        long run = Kernel.Map(0, runSize, Kernel.ProtectRead | Kernel.ProtectWrite, Kernel.MapShared, processor);
        if (run is < 0 and > -4096) Check(run, Step.MapRun);
        SetCpuid(kvm, processor);
        return new VirtualMachine(processor, (byte*)run, FrequencyOf(processor));
    }

    /// <summary>Puts the processor at the guest's entry.</summary>
    internal void SetEntry(ulong entry, ulong memorySize)
    {
        SetSystemRegisters(Processor);
        ulong* registers = stackalloc ulong[Kvm.RegisterCount];
        new Span<byte>(registers, Kvm.RegisterCount * sizeof(ulong)).Clear();
        registers[Kvm.Rip] = entry;
        registers[Kvm.Rsp] = memorySize - 8;
        registers[Kvm.Rdi] = BootInformation.Address;
        registers[Kvm.Rflags] = 2; // bit 1 is always one
        Check(Kernel.IoCtl(Processor, Kvm.SetRegisters, registers), Step.Registers);
    }

    /// <summary>Runs the guest until it needs the tender; a negated error number where KVM cannot.</summary>
    internal long Run()
    {
        long result;
        do result = Kernel.IoCtl(Processor, HvtFilter.Run);
        while (result == Kernel.Interrupted || result == Kernel.TryAgain);
        return result;
    }

    /// <summary>Where the guest is.</summary>
    internal ulong InstructionPointer()
    {
        ulong* registers = stackalloc ulong[Kvm.RegisterCount];
        return Kernel.IoCtl(Processor, HvtFilter.GetRegisters, registers) < 0 ? 0 : registers[Kvm.Rip];
    }

    private static int OpenKvm()
    {
        long kvm;
        fixed (byte* path = "/dev/kvm"u8) kvm = Kernel.Open(path, Kernel.ReadWrite);
        if (kvm < 0) Tender.Refuse(TenderError.KvmOpenFailed, default, 0, kvm);
        long version = Kernel.IoCtl((int)kvm, Kvm.GetApiVersion);
        if (version != Kvm.Version) Tender.Refuse(TenderError.KvmVersion, default, (ulong)Math.Max(version, 0), Math.Min(version, 0));
        Require((int)kvm, Kvm.UserMemoryCapability);
        Require((int)kvm, Kvm.ExtendedCpuidCapability);
        Require((int)kvm, Kvm.GetTscKhzCapability);
        return (int)kvm;
    }

    private static void Require(int kvm, int capability)
    {
        if (Kernel.IoCtl(kvm, Kvm.CheckExtension, (nint)capability) <= 0) Tender.Refuse(TenderError.KvmCapabilityMissing, default, (ulong)capability);
    }

    /// <summary>Shows the guest the processor's features that KVM can give.</summary>
    private static void SetCpuid(int kvm, int processor)
    {
        byte* cpuid = stackalloc byte[8 + CpuidEntriesMax * CpuidEntrySize];
        *(ulong*)cpuid = CpuidEntriesMax; // their number, and padding
        Check(Kernel.IoCtl(kvm, Kvm.GetSupportedCpuid, cpuid), Step.GetCpuid);
        Check(Kernel.IoCtl(processor, Kvm.SetCpuid2, cpuid), Step.SetCpuid);
    }

    private static ulong FrequencyOf(int processor)
    {
        long kilohertz = Kernel.IoCtl(processor, Kvm.GetTscKhz);
        if (kilohertz <= 0) Tender.Refuse(TenderError.KvmTscUnknown, default, 0, Math.Min(kilohertz, 0));
        return (ulong)kilohertz * 1000;
    }

    private static void SetSystemRegisters(int processor)
    {
        const int segmentSize = 24;
        const int taskOffset = 144;
        const int localTableOffset = 168;
        const int globalTableOffset = 192;
        const int interruptTableOffset = 208;
        const int control0Offset = 224;
        const int control3Offset = 240;
        const int control4Offset = 248;
        const int featuresOffset = 264;
        byte* state = stackalloc byte[SystemRegistersSize];
        Check(Kernel.IoCtl(processor, Kvm.GetSystemRegisters, state), Step.SystemRegisters);
        SetSegment(state, 0x08, type: 9, codeOrData: true, wide: false, longMode: true);
        for (int i = 1; i <= 5; i++) SetSegment(state + i * segmentSize, 0x10, type: 3, codeOrData: true, wide: true, longMode: false);
        SetSegment(state + taskOffset, 0, type: 11, codeOrData: false, wide: false, longMode: false);
        *(uint*)(state + taskOffset + 8) = 0; // the task segment's limit
        state[taskOffset + 20] = 0; // ... in bytes
        new Span<byte>(state + localTableOffset, segmentSize).Clear();
        state[localTableOffset + 22] = 1; // unusable
        *(ulong*)(state + globalTableOffset) = PageTables.SegmentsAddress;
        *(ushort*)(state + globalTableOffset + 8) = 23;
        *(ulong*)(state + interruptTableOffset) = 0;
        *(ushort*)(state + interruptTableOffset + 8) = 0;
        *(ulong*)(state + control0Offset) = 0x80010021; // PE NE WP PG
        *(ulong*)(state + control3Offset) = PageTables.RootAddress;
        *(ulong*)(state + control4Offset) = 0x620; // PAE OSFXSR OSXMMEXCPT
        *(ulong*)(state + featuresOffset) = 0x500; // LME LMA
        Check(Kernel.IoCtl(processor, Kvm.SetSystemRegisters, state), Step.SystemRegisters);
    }

    /// <summary>Fills a struct kvm_segment: base, limit, selector, type, present, dpl, db, s, l, g, avl, unusable.</summary>
    private static void SetSegment(byte* segment, ushort selector, byte type, bool codeOrData, bool wide, bool longMode)
    {
        *(ulong*)segment = 0;
        *(uint*)(segment + 8) = uint.MaxValue;
        *(ushort*)(segment + 12) = selector;
        segment[14] = type;
        segment[15] = 1;
        segment[16] = 0;
        segment[17] = wide ? (byte)1 : (byte)0;
        segment[18] = codeOrData ? (byte)1 : (byte)0;
        segment[19] = longMode ? (byte)1 : (byte)0;
        segment[20] = 1;
        segment[21] = 0;
        segment[22] = 0;
        segment[23] = 0;
    }

    private static int Check(long result, Step step)
    {
        if (result < 0) Tender.Refuse(TenderError.KvmSetupFailed, default, (ulong)step, result);
        return (int)result;
    }
}
