// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Uaas.Tenders.Linux;

namespace Uaas.Tenders.Hvt;

/// <summary>Runs a Solo5 hvt guest: lays out its memory, makes a virtual machine of it, gives up everything else, and answers its calls.</summary>
internal static unsafe class Program
{
    /// <summary>Where guest memory lies in the tender: above the tender itself.</summary>
    private const ulong MemoryBase = 0x200000000;

    private const ulong LargePageMask = (2 << 20) - 1;
    private const GuestFeatures Offered = GuestFeatures.Offload | GuestFeatures.Entropy | GuestFeatures.Stop | GuestFeatures.LargeBlocks;

    [UnmanagedCallersOnly(EntryPoint = "uaas_program")]
    [SkipLocalsInit]
    private static void Start(nint* stack)
    {
        Span<DeviceOptions> options = stackalloc DeviceOptions[CommandLine.MaxDevices];
        CommandLine line = Startup.ReadCommandLine(stack, options);
        Confinement.EnterGroups(line.Confinement);
        KernelFile file = KernelFile.Open(line.KernelPath);
        GuestMemory memory = GuestMemory.Map(MemoryBase, 0, ((ulong)line.MemoryMiB << 20) & ~LargePageMask);
        Span<byte> headers = stackalloc byte[KernelImage.HeaderStorageSize];
        Span<byte> manifest = memory.Slice(BootInformation.ManifestAddress, Manifest.MaxSize);
        if (!KernelImage.TryRead(ref file, SoloTarget.Hvt, memory.Size, headers, manifest, out KernelImage image, out Failure failure))
            Tender.Refuse(new Failure(failure.Error, line.KernelPath, failure.Number));
        Run(line, file, image, memory);
    }

    [SkipLocalsInit]
    private static void Run(in CommandLine line, in KernelFile file, in KernelImage image, in GuestMemory memory)
    {
        Span<Device> devices = stackalloc Device[Manifest.MaxEntries];
        devices = devices.Slice(0, image.Manifest.Count);
        devices.Clear();
        DeviceTable.Attach(line, image, stripsHeaders: true, devices);
        memory.Load(image, file, executable: false);
        PageTables.Write(memory);
        if (line.LaneDirectory >= 0) Tender.Refuse(TenderError.LanesNotOffered);
        GuestSettings settings = GuestSettings.Load(line, image, memory);
        VirtualMachine machine = VirtualMachine.Create(memory);
        machine.SetEntry(image.Entry, settings.Address);
        GuestFeatures granted = ExtensionWriter.Grant(image.Extensions, Offered);
        EventSet events = EventSet.Create(devices, (granted & GuestFeatures.Stop) != 0);
        WriteBootInformation(line, image, memory, settings.Address, machine.TimeStampFrequency);
        ExtensionWriter.Write(memory, image.Extensions, granted, settings, devices);
        FaultReport.Install();
        LockDown(line.Confinement, devices, events, machine.Processor);
        RunGuest(machine, new Hypercalls(memory, devices, events, granted));
    }

    [DoesNotReturn]
    private static void RunGuest(in VirtualMachine machine, in Hypercalls calls)
    {
        while (true)
        {
            long result = machine.Run();
            if (result == Kernel.BadAddress) Tender.Abort(TenderError.GuestWroteReadOnly, machine.InstructionPointer());
            if (result < 0) Tender.Abort(TenderError.KvmRunFailed, machine.InstructionPointer(), result);
            byte* detail = machine.ExitDetail;
            switch (machine.ExitReason)
            {
                case Kvm.ExitIo: AnswerIo(calls, detail, detail - Kvm.ExitDetailOffset); break;
                case Kvm.ExitMmio: Tender.Abort(TenderError.GuestOutsideMemory, *(ulong*)detail); break;
                case Kvm.ExitShutdown: Tender.Abort(TenderError.GuestTripleFault, machine.InstructionPointer()); break;
                case Kvm.ExitMemoryFault: Tender.Abort(TenderError.GuestWroteReadOnly, machine.InstructionPointer()); break;
                default: Tender.Abort(TenderError.GuestUnknownExit, machine.ExitReason); break;
            }
        }
    }

    /// <summary>u8 direction @0 (1 is out), u8 size @1, u16 port @2, u32 count @4, u64 offset of the data in the shared page @8.</summary>
    private static void AnswerIo(in Hypercalls calls, byte* detail, byte* sharedPage)
    {
        ushort port = *(ushort*)(detail + 2);
        bool isCall = detail[0] == 1 && detail[1] == 4 && *(uint*)(detail + 4) == 1;
        if (!isCall) Tender.Abort(TenderError.GuestBadPort, port);
        calls.Answer(port, *(uint*)(sharedPage + *(ulong*)(detail + 8)));
    }

    private static void WriteBootInformation(in CommandLine line, in KernelImage image, in GuestMemory memory, ulong memoryEnd, ulong timeStampFrequency)
    {
        ulong commandLine = BootInformation.ManifestAddress + (ulong)image.Manifest.Size;
        if (!line.TryWriteGuestArguments(memory.Slice(commandLine, Solo5.CommandLineSize), out Failure failure)) Tender.Refuse(failure);
        *(BootInformation*)memory[BootInformation.Address] = new BootInformation
        {
            MemorySize = memoryEnd,
            KernelEnd = image.LoadedEnd,
            TimeStampFrequency = timeStampFrequency,
            CommandLine = commandLine,
            Manifest = BootInformation.ManifestAddress,
            HostFeatures = 0,
            GuestFeatures = 0,
            NetRing = 0,
        };
    }

    [SkipLocalsInit]
    private static void LockDown(in ConfinementOptions confinement, ReadOnlySpan<Device> devices, in EventSet events, int processor)
    {
        Span<int> kept = stackalloc int[Manifest.MaxEntries + 4];
        int count = 0;
        kept[count++] = processor;
        kept[count++] = events.Epoll;
        kept[count++] = events.Timer;
        kept[count++] = events.Stop;
        foreach (ref readonly Device device in devices) kept[count++] = device.Kind != DeviceKind.None ? device.Descriptor : -1;
        Confinement.EnterRoot(confinement);
        Confinement.BecomeUser(confinement);
        Lockdown.CloseAllBut(kept.Slice(0, count));
        Lockdown.IgnoreBrokenPipes();
        Lockdown.DropPrivileges();
        Span<BpfInstruction> code = stackalloc BpfInstruction[HvtFilter.MaxLength];
        BpfProgram filter = new(code);
        if (!HvtFilter.TryBuild(ref filter, devices, processor, events.Epoll, events.Timer))
            Tender.Refuse(TenderError.FilterTooLong, default, HvtFilter.MaxLength);
        Lockdown.Install(code.Slice(0, filter.Length));
    }
}
