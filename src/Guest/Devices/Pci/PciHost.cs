// SPDX-License-Identifier: Apache-2.0

using Uaas.Devices.Virtio;

namespace Uaas.Devices.Pci;

/// <summary>The way to the configuration of PCI functions, and to the registers that they have in memory. A class of its own so that tests can stand in for it.</summary>
/// <remarks>A function is called by one number: bus, device and function as they stand in a configuration address, 8, 5 and 3 bits.</remarks>
public abstract class PciHost
{
    /// <summary>Reads 32 bits of a function's configuration; all ones where there is no such function.</summary>
    /// <param name="function">The function.</param>
    /// <param name="offset">A multiple of 4, below 256.</param>
    public abstract uint Read32(int function, int offset);

    /// <summary>Writes 32 bits of a function's configuration.</summary>
    /// <param name="function">The function.</param>
    /// <param name="offset">A multiple of 4, below 256.</param>
    /// <param name="value">The bits.</param>
    public abstract void Write32(int function, int offset, uint value);

    /// <summary>Makes registers reachable that lie in memory.</summary>
    public abstract RegisterBlock Map(ulong address, uint size);

    /// <summary>Reads 16 bits of a function's configuration at a multiple of 2.</summary>
    public ushort Read16(int function, int offset) => (ushort)(Read32(function, offset & ~3) >> (offset & 2) * 8);

    /// <summary>Reads 8 bits of a function's configuration.</summary>
    public byte Read8(int function, int offset) => (byte)(Read32(function, offset & ~3) >> (offset & 3) * 8);
}
