// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Devices.Pci;

/// <summary>The configuration of one function (PCI Local Bus 3.0, chapter 6).</summary>
/// <param name="host">The way to it.</param>
/// <param name="number">Its number.</param>
public readonly struct PciFunction(PciHost host, int number)
{
    private const int CommandAndStatus = 0x04;
    private const int FirstBase = 0x10;
    private const int CapabilitiesPointer = 0x34;
    private const int HeaderEnd = 0x40;
    private const int BaseCount = 6;
    private const int CapabilitiesMax = 48; // as many as there is room for

    private const uint MemorySpace = 1 << 1;
    private const uint BusMaster = 1 << 2;
    private const uint PinDisabled = 1 << 10;
    private const uint HasCapabilities = 1 << 20;
    private const uint StatusBits = 0xffff_0000;
    private const uint IsPort = 1;
    private const uint WidthMask = 0b110;
    private const uint Is64Bits = 0b100;
    private const uint AddressMask = 0xffff_fff0;

    private readonly PciHost _host = host;
    private readonly int _number = number;

    /// <summary>Lets the function answer in memory and reach ours; it shall interrupt by message only.</summary>
    public void Enable()
    {
        // The upper half is the status, whose bits are cleared where ones are written.
        uint command = _host.Read32(_number, CommandAndStatus) & ~StatusBits;
        _host.Write32(_number, CommandAndStatus, command | MemorySpace | BusMaster | PinDisabled);
    }

    /// <summary>Where base address register <paramref name="index"/> points to in memory; 0 where it points to ports, or nowhere.</summary>
    public ulong GetBase(int index)
    {
        if ((uint)index >= BaseCount) return 0;
        uint low = _host.Read32(_number, FirstBase + index * 4);
        if ((low & IsPort) != 0) return 0;
        ulong address = low & AddressMask;
        if ((low & WidthMask) != Is64Bits) return address;
        return index + 1 < BaseCount ? address | (ulong)_host.Read32(_number, FirstBase + (index + 1) * 4) << 32 : 0;
    }

    /// <summary>The offset of the first capability of a kind behind the one at <paramref name="after"/> (0: from the beginning); 0 where there is none.</summary>
    public int FindCapability(byte kind, int after)
    {
        if ((_host.Read32(_number, CommandAndStatus) & HasCapabilities) == 0) return 0;
        int offset = _host.Read8(_number, after == 0 ? CapabilitiesPointer : after + 1) & ~3;
        for (int i = 0; i < CapabilitiesMax && offset >= HeaderEnd; i++)
        {
            if (_host.Read8(_number, offset) == kind) return offset;
            offset = _host.Read8(_number, offset + 1) & ~3;
        }

        return 0;
    }
}
