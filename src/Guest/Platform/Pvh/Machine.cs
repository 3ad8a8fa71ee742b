// SPDX-License-Identifier: Apache-2.0

// A virtual machine of QEMU's, with KVM or without: of its microvm kind (docs/qemu.md has the whole command line), or of its q35 and pc kinds with their PCI bus.
//
//   qemu-system-x86_64 -M microvm,acpi=off,pit=off,pic=off,rtc=off -global virtio-mmio.force-legacy=false -accel tcg -cpu max -m 32 -nodefaults
//     -no-user-config -display none -no-reboot -serial stdio -device isa-debug-exit,iobase=0x501,iosize=1 -kernel hello.pvh -append 'time=…'

using System;
using System.Runtime.InteropServices;
using Uaas.Devices;
using Uaas.Devices.Virtio;
using Uaas.Platform.Pvh;

namespace Uaas.Platform;

/// <summary>A virtual machine entered by the PVH boot protocol.</summary>
public static unsafe partial class Machine
{
    private const ushort ExitPort = 0x501;
    private const int ExactStatusMax = 125;

    private static VirtioEntropy? s_entropy;
    private static bool s_entropySought;
    private static bool s_stopRequested;
    private static byte* s_settings;
    private static int s_settingsLength;

    public static partial ReadOnlySpan<byte> Name => "pvh"u8;

    public static partial long Now => Clock.Now;

    public static partial long UtcNow => Clock.UtcNow;

    public static partial long BootTime => Clock.BootTime;

    public static partial ReadOnlySpan<byte> CommandLine => KernelCommandLine.GuestWords;

    public static partial ReadOnlySpan<byte> Settings => new(s_settings, s_settingsLength);

    public static partial bool StopRequested => s_stopRequested;

    public static partial void Write(ReadOnlySpan<byte> text) => SerialConsole.Write(text);

    public static partial void Wait(long deadline)
    {
        if (VirtioDevices.ArmInterrupts() && Clock.TryStartTimer(deadline)) Sleep();
        else Handle(Cpu.TakeInterrupts());
        VirtioDevices.DisarmInterrupts();
    }

    /// <summary>
    /// QEMU's isa-debug-exit makes of the byte v its own exit status 2v + 1, of which eight bits are left; 1 is QEMU's own for errors. So v is the guest's status
    /// plus one up to 125, and 127 for all above: the host reads 3, 5, … 253, and 255 for a panic. Without that device the machine resets.
    /// </summary>
    public static partial void Exit(int status)
    {
        int low = status & 0xff;
        Cpu.Out8(ExitPort, (byte)(low <= ExactStatusMax ? low + 1 : ExactStatusMax + 2));
        while (true) Cpu.Reset();
    }

    public static partial NetworkDevice? OpenNetwork(int index) => VirtioDevices.OpenNetwork(index);

    public static partial BlockDevice? OpenBlock(int index) => VirtioDevices.OpenBlock(index);

    public static partial void FillEntropy(Span<byte> destination)
    {
        if (!s_entropySought)
        {
            s_entropySought = true;
            s_entropy = VirtioDevices.OpenEntropy();
        }

        if (s_entropy == null || !s_entropy.TryFill(destination)) Processor.FillEntropy(destination);
    }

    /// <summary>Sleeps until an interrupt, and returns those that came.</summary>
    internal static uint Sleep()
    {
        uint pending = Cpu.Halt();
        Clock.Woken();
        Handle(pending);
        return pending;
    }

    /// <summary>The loader lays what -initrd names near the end of memory; the heap ends before it. Elsewhere it would be overwritten: it is left out.</summary>
    private static ulong KeepSettings(Span<byte> module, ulong memoryEnd)
    {
        fixed (byte* start = module)
        {
            ulong end = (ulong)start & ~(PageTables.SmallPage - 1);
            if (module.IsEmpty || end <= (ulong)Memory.ImageEnd || (ulong)start + (ulong)module.Length > memoryEnd) return memoryEnd;
            s_settings = start;
            s_settingsLength = module.Length;
            return end;
        }
    }

    private static void Handle(uint pending)
    {
        if (pending == 0) return;
        if ((pending & 1u << InterruptTable.TimerInterrupt) != 0) Clock.TimerExpired();
        VirtioDevices.Acknowledge(pending);
        if ((pending & 1u << SerialConsole.InterruptPin) != 0) s_stopRequested |= SerialConsole.TakeStopRequest();
    }

    [UnmanagedCallersOnly(EntryPoint = "uaas_pvh_start")]
    private static void Start(StartInformation* information, ulong counterAtBoot)
    {
        InterruptTable.Load();
        SerialConsole.Initialize();
        if (!information->IsValid) Stop.WithMessage("the loader gave no memory map"u8);
        KernelCommandLine.Keep(information->CommandLine);
        ulong memoryEnd = information->FindMemoryEnd((ulong)Memory.ImageEnd - 1) & ~(PageTables.SmallPage - 1);
        if (memoryEnd == 0) Stop.WithMessage("the image does not fit in the machine's memory: give the unikernel more (-m)"u8);
        memoryEnd = KeepSettings(information->FindModule(), memoryEnd);
        PageTables.Enter(memoryEnd);
        PageTables.MapReadOnly((ulong)s_settings, (ulong)s_settingsLength);
        Memory.Initialize((byte*)memoryEnd);
        LocalApic.Initialize();
        IoApic.Initialize();
        KernelCommandLine.Sort();
        Clock.Initialize(counterAtBoot);
        IoApic.Enable(SerialConsole.InterruptPin);
        SerialConsole.EnableInterrupt();
        Application.Main();
        Exit(0);
    }
}
