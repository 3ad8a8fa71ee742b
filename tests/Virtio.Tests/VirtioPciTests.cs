// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Uaas.Devices.Pci;
using Xunit;

namespace Uaas.Devices.Virtio.Tests;

/// <summary>Virtio devices on a PCI bus, found and brought up against a bus that is scripted.</summary>
public sealed unsafe class VirtioPciTests : IDisposable
{
    private const int Device = 3 << 3;
    private const int Vector = 57;
    private const ulong Registers = 0xfe00_0000;

    private readonly NativeMemoryBlock _memory = new(64 * 1024);
    private readonly MockPciHost _host = new();

    public VirtioPciTests() => _host.Add(0, 0x8086, 0x29c0);

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void Functions_are_found_in_order_and_only_where_a_device_says_that_it_has_several()
    {
        _host.Add(2 << 3, 1, 1);
        _host.Add((2 << 3) + 5, 1, 1); // an echo of the first: the device has but one
        _host.Add(4 << 3, 1, 1)[0x0e] = 0x80;
        _host.Add((4 << 3) + 2, 1, 1);
        _host.Add(31 << 3, 1, 1);
        var found = new List<int>();
        for (int function = PciBus.First(_host); function >= 0; function = PciBus.Next(_host, function)) found.Add(function);
        Assert.Equal([0, 2 << 3, 4 << 3, (4 << 3) + 2, 31 << 3], found);
        Assert.Equal(-1, PciBus.First(new MockPciHost()));
    }

    [Theory]
    [InlineData(0x1041, 0, VirtioDeviceKind.Network)]
    [InlineData(0x1044, 0, VirtioDeviceKind.Entropy)]
    [InlineData(0x1000, 1, VirtioDeviceKind.Network)] // transitional: the subsystem says what it is
    [InlineData(0x1001, 2, VirtioDeviceKind.Block)]
    [InlineData(0x0fff, 1, VirtioDeviceKind.None)]
    [InlineData(0x1110, 1, VirtioDeviceKind.None)] // shared memory of QEMU, of the same vendor
    public void A_device_is_known_by_its_identity(int device, ushort subsystem, VirtioDeviceKind expected)
    {
        byte[] configuration = _host.AddVirtio(Device, (ushort)device);
        BinaryPrimitives.WriteUInt16LittleEndian(configuration.AsSpan(0x2e), subsystem);
        Assert.Equal(expected, VirtioPci.KindOf(_host, Device));
        Assert.Equal(VirtioDeviceKind.None, VirtioPci.KindOf(_host, 0));
    }

    [Fact]
    public void A_device_is_let_into_memory_and_interrupts_by_message()
    {
        byte[] configuration = _host.AddVirtio(Device, 0x1041);
        Assert.NotNull(VirtioPci.TryOpen(_host, Device, Vector, out VirtioError error));
        Assert.Equal(VirtioError.None, error);
        Assert.Equal(0x0406, BinaryPrimitives.ReadUInt16LittleEndian(configuration.AsSpan(4)));
        Assert.Equal(0x80, configuration[0x9b] & 0xc0);
        byte[] entry = _host.Mapped[0xfebf_0000].Bytes;
        Assert.Equal(0xfee0_0000u, BinaryPrimitives.ReadUInt32LittleEndian(entry));
        Assert.Equal((uint)Vector, BinaryPrimitives.ReadUInt32LittleEndian(entry.AsSpan(8)));
        Assert.Equal(0u, BinaryPrimitives.ReadUInt32LittleEndian(entry.AsSpan(12)));
    }

    [Fact]
    public void A_queue_is_attached_and_notified_in_its_own_place()
    {
        _host.AddVirtio(Device, 0x1041);
        VirtioPci transport = VirtioPci.TryOpen(_host, Device, Vector, out _)!;
        MockRegisters common = _host.Mapped[Registers];
        BinaryPrimitives.WriteUInt32LittleEndian(common.Bytes.AsSpan(4), 1); // the same in both halves: version 1, and bit 0
        BinaryPrimitives.WriteUInt16LittleEndian(common.Bytes.AsSpan(0x18), 8);
        BinaryPrimitives.WriteUInt16LittleEndian(common.Bytes.AsSpan(0x1e), 2);
        Assert.Equal(VirtioError.None, VirtioSetup.Negotiate(transport, 0, 1, default, out ulong features));
        Assert.Equal(VirtioFeature.Version1 | 1, features);
        VirtQueue queue = VirtioSetup.CreateQueue(transport, 1, 256, features, _memory.ToDma(), out VirtioError error)!;
        Assert.Equal(VirtioError.None, error);
        VirtioSetup.Finish(transport);
        transport.Notify(1);

        Assert.Equal(8, queue.Size);
        Assert.Equal(15, common.Bytes[0x14]);
        Assert.Equal(queue.DescriptorsAddress, BinaryPrimitives.ReadUInt64LittleEndian(common.Bytes.AsSpan(0x20)));
        Assert.Equal(queue.AvailableAddress, BinaryPrimitives.ReadUInt64LittleEndian(common.Bytes.AsSpan(0x28)));
        Assert.Equal(queue.UsedAddress, BinaryPrimitives.ReadUInt64LittleEndian(common.Bytes.AsSpan(0x30)));
        Assert.Equal(0, BinaryPrimitives.ReadUInt16LittleEndian(common.Bytes.AsSpan(0x1a)));
        Assert.Equal((0x1c, 2, 1u), common.Writes[^2]);
        Assert.Equal([(2 * 4, 2, 1u)], _host.Mapped[Registers + 0x3000].Writes);
    }

    [Fact]
    public void A_queue_whose_place_is_outside_cannot_be_used()
    {
        _host.AddVirtio(Device, 0x1041);
        VirtioPci transport = VirtioPci.TryOpen(_host, Device, Vector, out _)!;
        byte[] common = _host.Mapped[Registers].Bytes;
        BinaryPrimitives.WriteUInt16LittleEndian(common.AsSpan(0x18), 8);
        BinaryPrimitives.WriteUInt16LittleEndian(common.AsSpan(0x1e), 0x400);
        Assert.Equal(0u, transport.GetQueueCapacity(0));
        BinaryPrimitives.WriteUInt16LittleEndian(common.AsSpan(0x1e), 0x3ff);
        Assert.Equal(8u, transport.GetQueueCapacity(0));
        Assert.Equal(0u, transport.GetQueueCapacity(8));
        BinaryPrimitives.WriteUInt16LittleEndian(common.AsSpan(0x1c), 1);
        Assert.Equal(0u, transport.GetQueueCapacity(0));
    }

    [Fact]
    public void The_devices_configuration_is_read_and_nothing_beyond_it()
    {
        byte[] configuration = _host.AddVirtio(Device, 0x1042);
        BinaryPrimitives.WriteUInt32LittleEndian(configuration.AsSpan(0x64 + 12), 8);
        VirtioPci transport = VirtioPci.TryOpen(_host, Device, Vector, out _)!;
        Assert.Equal(VirtioDeviceKind.Block, transport.Kind);
        BinaryPrimitives.WriteUInt64LittleEndian(_host.Mapped[Registers + 0x2000].Bytes, 0x1122_3344_5566_7788);
        Assert.True(transport.TryReadConfiguration64(0, out ulong value));
        Assert.Equal(0x1122_3344_5566_7788ul, value);
        Assert.Equal(0x88, transport.ReadConfiguration8(0));
        Assert.Equal(0x5566, transport.ReadConfiguration16(2));
        Assert.Equal(0u, transport.ReadConfiguration32(8));
    }

    [Theory]
    [InlineData(0x06, 0x00)] // no capabilities
    [InlineData(0x43, 0x05)] // no common structure
    [InlineData(0x77, 0x05)] // no notification structure
    [InlineData(0x44, 0x06)] // there are only six base address registers
    [InlineData(0x48, 0x02)] // not aligned
    [InlineData(0x4d, 0x00)] // too small
    [InlineData(0x20, 0x01)] // in ports, not in memory
    [InlineData(0x26, 0xff)] // beyond what can be addressed
    public void A_device_without_a_modern_interface_in_memory_is_refused(int at, byte value)
    {
        byte[] configuration = _host.AddVirtio(Device, 0x1041);
        configuration[at] = value;
        Assert.Null(VirtioPci.TryOpen(_host, Device, Vector, out VirtioError error));
        Assert.Equal(VirtioError.NoModernInterface, error);
        Assert.Empty(_host.Mapped);
    }

    [Fact]
    public void A_device_that_the_firmware_has_not_placed_is_refused()
    {
        _host.AddVirtio(Device, 0x1041, registers: 0);
        Assert.Null(VirtioPci.TryOpen(_host, Device, Vector, out VirtioError error));
        Assert.Equal(VirtioError.NoModernInterface, error);
    }

    [Fact]
    public void A_device_without_message_interrupts_is_refused()
    {
        byte[] configuration = _host.AddVirtio(Device, 0x1041);
        configuration[0x98] = 1;
        Assert.Null(VirtioPci.TryOpen(_host, Device, Vector, out VirtioError error));
        Assert.Equal(VirtioError.NoMessageInterrupts, error);
    }

    [Fact]
    public void Capabilities_in_a_circle_come_to_an_end()
    {
        byte[] configuration = _host.AddVirtio(Device, 0x1041);
        configuration[0x75] = 0x40;
        Assert.Null(VirtioPci.TryOpen(_host, Device, Vector, out VirtioError error));
        Assert.Equal(VirtioError.NoMessageInterrupts, error);
        configuration[0x41] = 0x40;
        configuration[0x43] = 5;
        Assert.Null(VirtioPci.TryOpen(_host, Device, Vector, out error));
        Assert.Equal(VirtioError.NoModernInterface, error);
    }

    [Fact]
    public void Whatever_the_configuration_holds_nothing_breaks()
    {
        var random = new Random(5);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] configuration = _host.AddVirtio(Device, 0x1041);
            for (int changes = random.Next(1, 12); changes > 0; changes--) configuration[random.Next(4, 256)] = (byte)random.Next(256);
            _ = VirtioPci.TryOpen(_host, Device, Vector, out _);
            _host.Mapped.Clear();
        }
    }
}
