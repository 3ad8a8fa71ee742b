// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Linq;
using Xunit;

namespace Uaas.Tenders.Tests;

public class FilterTests
{
    private const uint ArchitectureX64 = 0xC000003E;
    private const int Epoll = 3;
    private const int Timer = 4;
    private const int Net = 5;
    private const int OtherNet = 6;
    private const int Disk = 7;
    private const int ReadOnlyDisk = 8;
    private const ulong Capacity = (5ul << 32) + 0x3000;
    private const ulong Large = ExtensionAnswer.MaxBlockRequest;

    private static readonly Device[] s_devices =
    [
        default,
        new() { Kind = DeviceKind.Net, Descriptor = Net },
        new() { Kind = DeviceKind.Net, Descriptor = OtherNet },
        new() { Kind = DeviceKind.Block, Descriptor = Disk, BlockSize = 512, Capacity = Capacity },
        new() { Kind = DeviceKind.Block, Descriptor = ReadOnlyDisk, BlockSize = 4096, Capacity = 8192, ReadOnly = true },
    ];

    [Theory]
    [InlineData(SystemCall.Write, 1)]
    [InlineData(SystemCall.Write, Net)]
    [InlineData(SystemCall.Write, OtherNet)]
    [InlineData(SystemCall.Read, Net)]
    [InlineData(SystemCall.Read, OtherNet)]
    [InlineData(SystemCall.PRead64, Disk, 0, 512, 0)]
    [InlineData(SystemCall.PRead64, Disk, 0, 512, Capacity - 512)]
    [InlineData(SystemCall.PRead64, Disk, 0, 512, 0xFFFFFFFF)]
    [InlineData(SystemCall.PWrite64, Disk, 0, 512, Capacity - 512)]
    [InlineData(SystemCall.PRead64, ReadOnlyDisk, 0, 4096, 4096)]
    [InlineData(SystemCall.EpollPWait, Epoll)]
    [InlineData(SystemCall.TimerFdSetTime, Timer)]
    [InlineData(SystemCall.ClockGetTime, 0)]
    [InlineData(SystemCall.ClockGetTime, 1)]
    [InlineData(SystemCall.ArchPrCtl, 0x1002)]
    [InlineData(SystemCall.ExitGroup, 77)]
    public void Spt_allows(uint call, ulong a, ulong b = 0, ulong c = 0, ulong d = 0) => Assert.True(Allows(Spt(false), call, a, b, c, d));

    [Theory]
    [InlineData(SystemCall.Write, 0)]
    [InlineData(SystemCall.Write, 2)]
    [InlineData(SystemCall.Write, Disk)]
    [InlineData(SystemCall.Write, Epoll)]
    [InlineData(SystemCall.Read, 0)]
    [InlineData(SystemCall.Read, 1)]
    [InlineData(SystemCall.Read, Disk)]
    [InlineData(SystemCall.PRead64, Net, 0, 512, 0)]
    [InlineData(SystemCall.PRead64, Disk, 0, 511, 0)]
    [InlineData(SystemCall.PRead64, Disk, 0, 1024, 0)]
    [InlineData(SystemCall.PRead64, Disk, 0, 0, 0)]
    [InlineData(SystemCall.PRead64, Disk, 0, 0x1_0000_0200, 0)]
    [InlineData(SystemCall.PRead64, Disk, 0, 512, Capacity - 511)]
    [InlineData(SystemCall.PRead64, Disk, 0, 512, 6ul << 32)]
    [InlineData(SystemCall.PRead64, Disk, 0, 512, ulong.MaxValue)]
    [InlineData(SystemCall.PWrite64, ReadOnlyDisk, 0, 4096, 0)]
    [InlineData(SystemCall.PRead64, ReadOnlyDisk, 0, 512, 0)]
    [InlineData(SystemCall.PRead64, ReadOnlyDisk, 0, 4096, 4097)]
    [InlineData(SystemCall.EpollPWait, Timer)]
    [InlineData(SystemCall.TimerFdSetTime, Epoll)]
    [InlineData(SystemCall.ClockGetTime, 2)]
    [InlineData(SystemCall.ArchPrCtl, 0x1001)]
    [InlineData(SystemCall.Open, 0)]
    [InlineData(SystemCall.MMap, 0)]
    [InlineData(SystemCall.MProtect, 0)]
    [InlineData(SystemCall.IoCtl, Net)]
    [InlineData(SystemCall.RtSigAction, 11)]
    [InlineData(0x40000000 | SystemCall.Write, 1)]
    [InlineData(60, 0)]
    public void Spt_kills(uint call, ulong a, ulong b = 0, ulong c = 0, ulong d = 0) => Assert.False(Allows(Spt(false), call, a, b, c, d));

    [Fact]
    public void Spt_kills_every_other_call()
    {
        uint[] named =
        [
            SystemCall.Read, SystemCall.Write, SystemCall.PRead64, SystemCall.PWrite64, SystemCall.EpollPWait, SystemCall.TimerFdSetTime,
            SystemCall.ClockGetTime, SystemCall.ArchPrCtl, SystemCall.ExitGroup,
        ];
        BpfInstruction[] filter = Spt(true);
        for (uint call = 0; call < 1024; call++) Assert.True(named.Contains(call) || !Allows(filter, call, 1, 1, 1, 1), $"call {call}");
    }

    [Fact]
    public void Another_architecture_is_killed()
    {
        Assert.False(Allows(Spt(false), SystemCall.ExitGroup, 0, 0, 0, 0, 0x40000003));
        Assert.False(Allows(Hvt(), SystemCall.ExitGroup, 0, 0, 0, 0, 0x40000003));
    }

    [Theory]
    [InlineData(true, 512, 0)]
    [InlineData(true, 512, Capacity - 512)]
    [InlineData(true, 1024, 0)]
    [InlineData(true, Large, Capacity - Large)]
    [InlineData(true, 65536, Capacity - Large)]
    [InlineData(false, 1024, Capacity - 1024)]
    [InlineData(false, Large, Capacity - Large + 512)]
    [InlineData(false, Large + 512, 0)]
    [InlineData(false, 1000, 0)]
    [InlineData(false, 0x1_0000_0400, 0)]
    public void Large_requests_are_of_whole_blocks_bounded_and_inside(bool expected, ulong count, ulong offset)
    {
        Assert.Equal(expected, Allows(Spt(true), SystemCall.PRead64, Disk, 0, count, offset));
        Assert.Equal(expected, Allows(Spt(true), SystemCall.PWrite64, Disk, 0, count, offset));
    }

    [Fact]
    public void A_device_too_small_for_large_requests_keeps_to_blocks()
    {
        Assert.True(Allows(Spt(true), SystemCall.PRead64, ReadOnlyDisk, 0, 4096, 4096));
        Assert.False(Allows(Spt(true), SystemCall.PRead64, ReadOnlyDisk, 0, 8192, 0));
        Assert.False(Allows(Spt(true), SystemCall.PWrite64, ReadOnlyDisk, 0, 4096, 0));
    }

    [Fact]
    public void The_largest_filter_fits()
    {
        Device[] devices = new Device[Manifest.MaxEntries];
        for (int i = 1; i < devices.Length; i++)
            devices[i] = new Device { Kind = DeviceKind.Block, Descriptor = 10 + i, BlockSize = 512, Capacity = Capacity };
        BpfProgram program = new(new BpfInstruction[SptFilter.MaxLength]);
        Assert.True(SptFilter.TryBuild(ref program, devices, Epoll, Timer, GuestFeatures.LargeBlocks | GuestFeatures.Gather));
        BpfInstruction[] filter = Build(devices, GuestFeatures.LargeBlocks | GuestFeatures.Gather);
        Assert.True(Allows(filter, SystemCall.PWrite64, 10 + 63, 0, 512, Capacity - 512));
        Assert.True(Allows(filter, SystemCall.ClockGetTime, 1, 0, 0, 0));
    }

    [Fact]
    public void A_filter_that_does_not_fit_is_refused()
    {
        BpfProgram program = new(new BpfInstruction[20]);
        Assert.False(SptFilter.TryBuild(ref program, s_devices, Epoll, Timer, GuestFeatures.None));
    }

    [Theory]
    [InlineData(true, GuestFeatures.Gather, Net)]
    [InlineData(false, GuestFeatures.Gather, ReadOnlyDisk)]
    [InlineData(false, GuestFeatures.Gather, 1)]
    [InlineData(false, GuestFeatures.None, Net)]
    public void Gathering_is_of_network_devices_where_it_was_granted(bool expected, GuestFeatures granted, ulong descriptor) =>
        Assert.Equal(expected, Allows(Build(s_devices, granted), SystemCall.WriteV, descriptor, 0x1000, 3, 0));

    [Theory]
    [InlineData(true, SystemCall.IoCtl, 9, HvtFilter.Run)]
    [InlineData(true, SystemCall.IoCtl, 9, HvtFilter.GetRegisters)]
    [InlineData(false, SystemCall.IoCtl, 9, 0x4020AE46)]
    [InlineData(false, SystemCall.IoCtl, Net, HvtFilter.Run)]
    [InlineData(true, SystemCall.Write, 2, 0)]
    [InlineData(true, SystemCall.WriteV, Net, 0)]
    [InlineData(false, SystemCall.WriteV, 1, 0)]
    [InlineData(true, SystemCall.PRead64, ReadOnlyDisk, 0)]
    [InlineData(false, SystemCall.PWrite64, ReadOnlyDisk, 0)]
    [InlineData(true, SystemCall.EpollPWait, Epoll, 0)]
    [InlineData(false, SystemCall.Open, 0, 0)]
    [InlineData(false, SystemCall.MMap, 0, 0)]
    public void Hvt_allows_running_and_devices_only(bool expected, uint call, ulong a, ulong b) => Assert.Equal(expected, Allows(Hvt(), call, a, b, 0, 0));

    private static BpfInstruction[] Spt(bool largeBlocks) => Build(s_devices, largeBlocks ? GuestFeatures.LargeBlocks : GuestFeatures.None);

    private static BpfInstruction[] Build(Device[] devices, GuestFeatures granted)
    {
        BpfInstruction[] storage = new BpfInstruction[SptFilter.MaxLength];
        BpfProgram program = new(storage);
        Assert.True(SptFilter.TryBuild(ref program, devices, Epoll, Timer, granted));
        return storage[..program.Length];
    }

    private static BpfInstruction[] Hvt()
    {
        BpfInstruction[] storage = new BpfInstruction[256];
        BpfProgram program = new(storage);
        Assert.True(HvtFilter.TryBuild(ref program, s_devices, 9, Epoll, Timer));
        return storage[..program.Length];
    }

    /// <summary>Interprets a filter as Linux does: classic BPF over struct seccomp_data.</summary>
    private static bool Allows(BpfInstruction[] filter, uint call, ulong a, ulong b, ulong c, ulong d, uint architecture = ArchitectureX64)
    {
        byte[] data = new byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(data, call);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(4), architecture);
        ulong[] arguments = [a, b, c, d];
        for (int i = 0; i < arguments.Length; i++) BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(16 + 8 * i), arguments[i]);
        uint accumulator = 0;
        for (int i = 0; ; i++)
        {
            BpfInstruction step = filter[i];
            switch (step.Code)
            {
                case BpfProgram.LoadWord: accumulator = BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan((int)step.Operand)); break;
                case BpfProgram.JumpEqual: i += accumulator == step.Operand ? step.JumpTrue : step.JumpFalse; break;
                case BpfProgram.JumpGreater: i += accumulator > step.Operand ? step.JumpTrue : step.JumpFalse; break;
                case BpfProgram.JumpAnyBit: i += (accumulator & step.Operand) != 0 ? step.JumpTrue : step.JumpFalse; break;
                case BpfProgram.Jump: i += (int)step.Operand; break;
                case BpfProgram.Return: return step.Operand == BpfProgram.Allow;
                default: throw new InvalidOperationException($"instruction {step.Code:x}");
            }
        }
    }
}
