// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;
using Uaas.Devices.Pci;
using Uaas.Devices.Virtio;

namespace Uaas.Platform.Pvh;

/// <summary>
/// The devices: those that the command line names or, where it names none, those on the PCI bus. They are opened when the guest asks for one, and counted by kind.
/// </summary>
internal static unsafe class VirtioDevices
{
    private const int NetworksMax = 8;
    private const int QueueMemory = 8 * 1024; // of a device with one small queue

    private static readonly InterruptWaiter s_waiter = new();
    private static readonly PortPciHost s_bus = new();
    private static readonly VirtioNetwork?[] s_networks = new VirtioNetwork?[NetworksMax];
    private static readonly VirtioTransport?[] s_transportOfPin = new VirtioTransport?[IoApic.PinCount];
    private static int s_networkCount;

    /// <summary>Brings up network device <paramref name="index"/>; null when there is none or it cannot be used, which is said on the console.</summary>
    internal static VirtioNetwork? OpenNetwork(int index)
    {
        VirtioTransport? transport = Find(VirtioDeviceKind.Network, index);
        if (transport == null || s_networkCount == NetworksMax) return null;
        VirtioNetwork? network = VirtioNetwork.TryCreate(transport, TakeMemory(VirtioNetwork.MemoryNeeded), out VirtioError error);
        if (network == null) Report("network"u8, error);
        else s_networks[s_networkCount++] = network;
        return network;
    }

    /// <summary>Brings up block device <paramref name="index"/>; null when there is none or it cannot be used, which is said on the console.</summary>
    internal static VirtioBlock? OpenBlock(int index)
    {
        VirtioTransport? transport = Find(VirtioDeviceKind.Block, index);
        if (transport == null) return null;
        VirtioBlock? block = VirtioBlock.TryCreate(transport, TakeMemory(QueueMemory), s_waiter, out VirtioError error);
        if (block == null) Report("block"u8, error);
        return block;
    }

    /// <summary>Brings up the entropy device; null when there is none.</summary>
    internal static VirtioEntropy? OpenEntropy()
    {
        VirtioTransport? transport = Find(VirtioDeviceKind.Entropy, 0);
        return transport == null ? null : VirtioEntropy.TryCreate(transport, TakeMemory(QueueMemory), s_waiter, out _);
    }

    /// <summary>Has network devices interrupt when they have something; false when one has already.</summary>
    internal static bool ArmInterrupts()
    {
        bool quiet = true;
        for (int i = 0; i < s_networkCount; i++) quiet &= s_networks[i]!.ArmInterrupts();
        return quiet;
    }

    /// <summary>Has no network device interrupt.</summary>
    internal static void DisarmInterrupts()
    {
        for (int i = 0; i < s_networkCount; i++) s_networks[i]!.DisarmInterrupts();
    }

    /// <summary>Tells devices that their interrupts came, so that their lines fall and can rise again.</summary>
    /// <param name="pending">One bit for each interrupt.</param>
    internal static void Acknowledge(uint pending)
    {
        for (int pin = 0; pin < IoApic.PinCount; pin++)
        {
            if ((pending & 1u << pin) != 0) s_transportOfPin[pin]?.AcknowledgeInterrupt();
        }
    }

    private static VirtioTransport? Find(VirtioDeviceKind kind, int index) =>
        KernelCommandLine.Slots.IsEmpty ? FindOnBus(kind, index) : FindMapped(kind, index);

    private static VirtioTransport? FindOnBus(VirtioDeviceKind kind, int index)
    {
        const int None = -1;
        for (int function = PciBus.First(s_bus); function != None; function = PciBus.Next(s_bus, function))
        {
            if (VirtioPci.KindOf(s_bus, function) != kind || index-- > 0) continue;
            VirtioPci? transport = VirtioPci.TryOpen(s_bus, function, InterruptTable.FirstInterrupt + InterruptTable.MessageInterrupt, out VirtioError error);
            if (transport == null) Report("some"u8, error);
            return transport;
        }

        return null;
    }

    private static VirtioTransport? FindMapped(VirtioDeviceKind kind, int index)
    {
        foreach (VirtioMmioSlot slot in KernelCommandLine.Slots)
        {
            if (slot.Interrupt >= IoApic.PinCount) continue;
            PageTables.MapDevice(slot.Address, slot.Size);
            VirtioMmio? transport = VirtioMmio.TryOpen(new MappedRegisters((byte*)slot.Address), out VirtioError error);
            if (transport == null)
            {
                Report("some"u8, error);
                return null;
            }

            if (transport.Kind != kind || index-- > 0) continue;
            s_transportOfPin[slot.Interrupt] = transport;
            IoApic.Enable(slot.Interrupt);
            return transport;
        }

        return null;
    }

    // From the heap, which never moves anything and whose addresses are physical ones.
    private static DmaMemory TakeMemory(int size)
    {
        fixed (byte* start = new byte[size]) return new DmaMemory(start, (nuint)size);
    }

    private static void Report(ReadOnlySpan<byte> device, VirtioError error)
    {
        LineBuilder line = new(stackalloc byte[160]);
        line.Append(device);
        line.Append(" device cannot be used: "u8);
        line.Append(error switch
        {
            VirtioError.NotVirtio => "nothing is where virtio_mmio.device= says"u8,
            VirtioError.LegacyTransport => "it is a legacy one; start QEMU with -global virtio-mmio.force-legacy=false"u8,
            VirtioError.NoModernInterface => "it is on PCI without a modern interface, or the firmware has not placed it"u8,
            VirtioError.NoMessageInterrupts => "it is on PCI and has no MSI-X"u8,
            VirtioError.FeatureMissing => "it lacks a feature that it must have"u8,
            VirtioError.FeaturesRefused => "it refuses the features that it offers"u8,
            VirtioError.QueueUnavailable => "it has no free queue"u8,
            VirtioError.BadConfiguration => "its configuration makes no sense"u8,
            VirtioError.OutOfMemory => "too little memory"u8,
            _ => "unknown error"u8,
        });
        Stop.WriteLine(line.Text);
    }

    private sealed class InterruptWaiter : CompletionWaiter
    {
        private const long Second = 1_000_000_000;

        public override bool WaitForInterrupt()
        {
            Clock.TryStartTimer(Clock.Now + Second);
            uint pending = Machine.Sleep();
            return (pending & ~(1u << InterruptTable.TimerInterrupt)) != 0;
        }
    }
}
