// SPDX-License-Identifier: Apache-2.0

using Uaas.Devices.Pci;
using Uaas.Devices.Virtio;

namespace Uaas.Platform.Pvh;

/// <summary>PCI by configuration mechanism 1 (PCI Local Bus 3.0, 3.2.2.3.2), which every machine with such a bus has. A machine without answers all ones.</summary>
internal sealed unsafe class PortPciHost : PciHost
{
    private const ushort AddressPort = 0xcf8;
    private const ushort DataPort = 0xcfc;
    private const uint Enabled = 1u << 31;

    /// <inheritdoc/>
    public override uint Read32(int function, int offset)
    {
        Cpu.Out32(AddressPort, Address(function, offset));
        return Cpu.In32(DataPort);
    }

    /// <inheritdoc/>
    public override void Write32(int function, int offset, uint value)
    {
        Cpu.Out32(AddressPort, Address(function, offset));
        Cpu.Out32(DataPort, value);
    }

    /// <inheritdoc/>
    public override RegisterBlock Map(ulong address, uint size)
    {
        PageTables.MapDevice(address, size);
        return new MappedRegisters((byte*)address);
    }

    private static uint Address(int function, int offset) => Enabled | (uint)function << 8 | (uint)offset;
}
