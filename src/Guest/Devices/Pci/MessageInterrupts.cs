// SPDX-License-Identifier: Apache-2.0

using Uaas.Devices.Virtio;

namespace Uaas.Devices.Pci;

/// <summary>Interrupts that a function writes as messages to the processor's local APIC: MSI-X (PCI Local Bus 3.0, 6.8.2).</summary>
public static class MessageInterrupts
{
    private const byte Capability = 0x11;
    private const int TableField = 4;
    private const uint Enabled = 1u << 31;
    private const uint AllMasked = 1u << 30;
    private const uint BaseMask = 0b111;

    // One entry of the table.
    private const int EntrySize = 16;
    private const int AddressLow = 0;
    private const int AddressHigh = 4;
    private const int Data = 8;
    private const int Control = 12;

    private const uint LocalApic = 0xfee0_0000; // processor 0, fixed delivery, edge

    /// <summary>Has the first entry of a function's table deliver <paramref name="vector"/>, and turns messages on; false where it has no table.</summary>
    public static bool TryEnable(PciHost host, int function, int vector)
    {
        PciFunction configuration = new(host, function);
        int capability = configuration.FindCapability(Capability, 0);
        if (capability == 0) return false;
        uint place = host.Read32(function, capability + TableField);
        ulong start = configuration.GetBase((int)(place & BaseMask));
        if (start == 0) return false;
        RegisterBlock entry = host.Map(start + (place & ~BaseMask), EntrySize);
        entry.Write32(AddressLow, LocalApic);
        entry.Write32(AddressHigh, 0);
        entry.Write32(Data, (uint)vector);
        entry.Write32(Control, 0);
        host.Write32(function, capability, host.Read32(function, capability) & ~AllMasked | Enabled);
        return true;
    }
}
