// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Uaas.Devices.Pci;

namespace Uaas.Devices.Virtio.Tests;

/// <summary>A PCI bus of functions whose configuration is given, and registers of theirs that only remember what is written.</summary>
internal sealed class MockPciHost : PciHost
{
    private readonly Dictionary<int, byte[]> _functions = [];

    /// <summary>The registers that were mapped, by address.</summary>
    public Dictionary<ulong, MockRegisters> Mapped { get; } = [];

    /// <summary>Adds a function with an identity; returns its configuration.</summary>
    public byte[] Add(int function, ushort vendor, ushort device)
    {
        byte[] configuration = new byte[256];
        BinaryPrimitives.WriteUInt16LittleEndian(configuration, vendor);
        BinaryPrimitives.WriteUInt16LittleEndian(configuration.AsSpan(2), device);
        _functions[function] = configuration;
        return configuration;
    }

    /// <summary>Adds a virtio device as QEMU makes it: its structures in a 64-bit base address register 4, its message table in register 1.</summary>
    public byte[] AddVirtio(int function, ushort device, ulong registers = 0xfe00_0000, ulong table = 0xfebf_0000)
    {
        byte[] configuration = Add(function, 0x1af4, device);
        configuration[6] = 0x10; // has capabilities
        BinaryPrimitives.WriteUInt32LittleEndian(configuration.AsSpan(0x14), (uint)table);
        BinaryPrimitives.WriteUInt64LittleEndian(configuration.AsSpan(0x20), registers | 0xc);
        configuration[0x34] = 0x40;
        WriteStructure(configuration, 0x40, 0x54, kind: 1, offset: 0x0000, size: 0x1000);
        WriteStructure(configuration, 0x54, 0x64, kind: 3, offset: 0x1000, size: 0x1000);
        WriteStructure(configuration, 0x64, 0x74, kind: 4, offset: 0x2000, size: 0x1000);
        WriteStructure(configuration, 0x74, 0x98, kind: 2, offset: 0x3000, size: 0x1000);
        BinaryPrimitives.WriteUInt32LittleEndian(configuration.AsSpan(0x84), 4); // bytes between two queues' places
        configuration[0x98] = 0x11;
        BinaryPrimitives.WriteUInt32LittleEndian(configuration.AsSpan(0x9c), 1);
        return configuration;
    }

    public override uint Read32(int function, int offset) =>
        _functions.TryGetValue(function, out byte[]? configuration) ? BinaryPrimitives.ReadUInt32LittleEndian(configuration.AsSpan(offset)) : uint.MaxValue;

    public override void Write32(int function, int offset, uint value)
    {
        const int CommandAndStatus = 4;
        const uint Status = 0xffff_0000;
        if (offset == CommandAndStatus)
            value = (Read32(function, offset) & ~value & Status) | (value & ~Status); // a one clears a bit of the status
        BinaryPrimitives.WriteUInt32LittleEndian(_functions[function].AsSpan(offset), value);
    }

    public override RegisterBlock Map(ulong address, uint size)
    {
        if (!Mapped.TryGetValue(address, out MockRegisters? registers) || registers.Bytes.Length < size)
            Mapped[address] = registers = new MockRegisters(new byte[size]);
        return registers;
    }

    private static void WriteStructure(byte[] configuration, int at, byte next, byte kind, uint offset, uint size)
    {
        configuration[at] = 9;
        configuration[at + 1] = next;
        configuration[at + 3] = kind;
        configuration[at + 4] = 4;
        BinaryPrimitives.WriteUInt32LittleEndian(configuration.AsSpan(at + 8), offset);
        BinaryPrimitives.WriteUInt32LittleEndian(configuration.AsSpan(at + 12), size);
    }
}

/// <summary>Registers that are memory, and what was written to them in order.</summary>
internal sealed class MockRegisters(byte[] bytes) : RegisterBlock
{
    public byte[] Bytes => bytes;

    public List<(int Offset, int Size, uint Value)> Writes { get; } = [];

    public override byte Read8(int offset) => bytes[offset];

    public override ushort Read16(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(offset));

    public override uint Read32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(offset));

    public override void Write8(int offset, byte value)
    {
        Writes.Add((offset, 1, value));
        bytes[offset] = value;
    }

    public override void Write16(int offset, ushort value)
    {
        Writes.Add((offset, 2, value));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(offset), value);
    }

    public override void Write32(int offset, uint value)
    {
        Writes.Add((offset, 4, value));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(offset), value);
    }
}
