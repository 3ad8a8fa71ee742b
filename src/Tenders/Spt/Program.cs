// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Uaas.Tenders.Linux;

namespace Uaas.Tenders.Spt;

/// <summary>
/// Runs a Solo5 spt guest: lays out its memory in this very process, opens its devices, gives up everything else, and jumps into it.
/// </summary>
internal static unsafe class Program
{
    private const GuestFeatures Offered = GuestFeatures.Offload | GuestFeatures.Entropy | GuestFeatures.Stop | GuestFeatures.LargeBlocks | GuestFeatures.Gather;

    [UnmanagedCallersOnly(EntryPoint = "uaas_program")]
    [SkipLocalsInit]
    private static void Start(nint* stack)
    {
        Span<DeviceOptions> options = stackalloc DeviceOptions[CommandLine.MaxDevices];
        CommandLine line = Startup.ReadCommandLine(stack, options);
        Confinement.EnterGroups(line.Confinement);
        KernelFile file = KernelFile.Open(line.KernelPath);
        GuestMemory memory = GuestMemory.Map(0, BootInformation.FirstByte, (ulong)line.MemoryMiB << 20);
        Span<byte> headers = stackalloc byte[KernelImage.HeaderStorageSize];
        Span<byte> manifest = memory.Slice(BootInformation.ManifestAddress, Manifest.MaxSize);
        if (!KernelImage.TryRead(ref file, SoloTarget.Spt, memory.Size, headers, manifest, out KernelImage image, out Failure failure))
            Tender.Refuse(new Failure(failure.Error, line.KernelPath, failure.Number));
        Run(line, file, image, memory);
    }

    [SkipLocalsInit]
    private static void Run(in CommandLine line, in KernelFile file, in KernelImage image, in GuestMemory memory)
    {
        Span<Device> devices = stackalloc Device[Manifest.MaxEntries];
        devices = devices.Slice(0, image.Manifest.Count);
        devices.Clear();
        DeviceTable.Attach(line, image, stripsHeaders: false, devices);
        memory.Load(image, file, executable: true);
        GuestSettings settings = GuestSettings.Load(line, image, memory);
        GuestFeatures granted = ExtensionWriter.Grant(image.Extensions, Offered);
        if (GuestLanes.Map(line, image)) granted |= GuestFeatures.Lanes;
        EventSet events = EventSet.Create(devices, (granted & GuestFeatures.Stop) != 0);
        WriteBootInformation(line, image, memory, settings.Address, events);
        ExtensionWriter.Write(memory, image.Extensions, granted, settings, devices);
        FaultReport.Install();
        LockDown(line.Confinement, devices, events, granted);
        Enter((void*)image.Entry, (void*)BootInformation.Address, (void*)(settings.Address - 8));
    }

    private static void WriteBootInformation(in CommandLine line, in KernelImage image, in GuestMemory memory, ulong memoryEnd, in EventSet events)
    {
        ulong commandLine = BootInformation.ManifestAddress + (ulong)image.Manifest.Size;
        if (!line.TryWriteGuestArguments(memory.Slice(commandLine, Solo5.CommandLineSize), out Failure failure)) Tender.Refuse(failure);
        *(BootInformation*)memory[BootInformation.Address] = new BootInformation
        {
            MemorySize = memoryEnd,
            KernelEnd = image.LoadedEnd,
            CommandLine = memory[commandLine],
            Manifest = memory[BootInformation.ManifestAddress],
            EpollDescriptor = events.Epoll,
            TimerDescriptor = events.Timer,
        };
    }

    [SkipLocalsInit]
    private static void LockDown(in ConfinementOptions confinement, ReadOnlySpan<Device> devices, in EventSet events, GuestFeatures granted)
    {
        Span<int> kept = stackalloc int[Manifest.MaxEntries + 3];
        int count = 0;
        kept[count++] = events.Epoll;
        kept[count++] = events.Timer;
        kept[count++] = events.Stop;
        foreach (ref readonly Device device in devices) kept[count++] = device.Kind != DeviceKind.None ? device.Descriptor : -1;
        Confinement.EnterRoot(confinement);
        Confinement.BecomeUser(confinement);
        Lockdown.CloseAllBut(kept.Slice(0, count));
        Lockdown.IgnoreBrokenPipes();
        Lockdown.DropPrivileges();
        Span<BpfInstruction> code = stackalloc BpfInstruction[SptFilter.MaxLength];
        BpfProgram filter = new(code);
        if (!SptFilter.TryBuild(ref filter, devices, events.Epoll, events.Timer, granted))
            Tender.Refuse(TenderError.FilterTooLong, default, SptFilter.MaxLength);
        Lockdown.Install(code.Slice(0, filter.Length));
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_spt_enter")]
    private static extern void Enter(void* entry, void* bootInformation, void* stack);
}
