// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using Xunit;

namespace Uaas.Devices.Virtio.Tests;

public sealed class VirtioBlockTests : IDisposable
{
    private const ulong SizeMax = 1ul << 1;
    private const ulong ReadOnly = 1ul << 5;
    private const ulong BlockSize = 1ul << 6;
    private const ulong Flush = 1ul << 9;

    private readonly NativeMemoryBlock _memory = new(64 * 1024);

    public void Dispose() => _memory.Dispose();

    [Theory]
    [InlineData(0ul, 0u, 512)]
    [InlineData(BlockSize, 4096u, 4096)]
    [InlineData(VirtioFeature.EventIndex | SizeMax, 0u, 512)]
    public void What_is_written_is_read_again_and_nothing_else_is_touched(ulong features, uint blockSize, int expectedBlockSize)
    {
        var disk = new Disk(features, sectors: 256, blockSize, sizeMax: 4096);
        VirtioBlock block = Open(disk);
        Assert.Equal(256 * 512, block.Capacity);
        Assert.Equal(expectedBlockSize, block.BlockSize);

        var random = new Random(1);
        byte[] model = (byte[])disk.Content.Clone();
        for (int i = 0; i < 300; i++)
        {
            int blocks = (int)block.Capacity / block.BlockSize;
            int first = random.Next(blocks);
            byte[] data = new byte[random.Next(Math.Min(blocks - first, 40) + 1) * block.BlockSize];
            int offset = first * block.BlockSize;
            if (random.Next(2) == 0)
            {
                random.NextBytes(data);
                Assert.Equal(BlockResult.Ok, block.Write(offset, data));
                data.CopyTo(model, offset);
            }
            else
            {
                Assert.Equal(BlockResult.Ok, block.Read(offset, data));
                Assert.True(data.AsSpan().SequenceEqual(model.AsSpan(offset, data.Length)));
            }
        }

        Assert.True(model.AsSpan().SequenceEqual(disk.Content));
        Assert.True((features & SizeMax) == 0 || disk.LargestTransfer <= 4096);
    }

    [Theory]
    [InlineData(-512, 512)]
    [InlineData(1, 512)]
    [InlineData(0, 511)]
    [InlineData(8 * 512, 512)]
    [InlineData(7 * 512, 1024)]
    [InlineData(long.MaxValue - 511, 512)]
    [InlineData(long.MinValue, 512)]
    public void Requests_outside_the_device_or_across_blocks_never_reach_it(long offset, int length)
    {
        var disk = new Disk(0, sectors: 8);
        VirtioBlock block = Open(disk);
        Assert.Equal(BlockResult.OutOfRange, block.Read(offset, new byte[length]));
        Assert.Equal(BlockResult.OutOfRange, block.Write(offset, new byte[length]));
        Assert.Equal(0, disk.RequestCount);
    }

    [Fact]
    public void A_read_only_device_is_read_but_not_written()
    {
        var disk = new Disk(ReadOnly | Flush, sectors: 8);
        VirtioBlock block = Open(disk);
        Assert.True(block.IsReadOnly);
        Assert.Equal(BlockResult.ReadOnly, block.Write(0, new byte[512]));
        Assert.Equal(BlockResult.Ok, block.Flush());
        Assert.Equal(0, disk.RequestCount);
        Assert.Equal(BlockResult.Ok, block.Read(0, new byte[512]));
    }

    [Theory]
    [InlineData(Flush, 1)]
    [InlineData(0ul, 0)]
    public void A_flush_reaches_the_device_where_it_has_a_cache(ulong features, int expected)
    {
        var disk = new Disk(features, sectors: 8);
        VirtioBlock block = Open(disk);
        Assert.Equal(BlockResult.Ok, block.Flush());
        Assert.Equal(expected, disk.FlushCount);
    }

    [Theory]
    [InlineData(1)] // IOERR
    [InlineData(2)] // UNSUPP
    [InlineData(0xff)] // never written
    public void An_error_of_the_device_is_reported_and_the_next_request_works(byte status)
    {
        var disk = new Disk(0, sectors: 8) { Status = status };
        VirtioBlock block = Open(disk);
        Assert.Equal(BlockResult.DeviceError, block.Read(0, new byte[512]));
        Assert.Equal(BlockResult.DeviceError, block.Write(0, new byte[512]));
        disk.Status = 0;
        Assert.Equal(BlockResult.Ok, block.Read(0, new byte[512]));
    }

    [Fact]
    public void A_read_that_the_device_cut_short_is_an_error()
    {
        var disk = new Disk(0, sectors: 8) { Withhold = 1 };
        Assert.Equal(BlockResult.DeviceError, Open(disk).Read(0, new byte[512]));
    }

    [Fact]
    public void A_device_that_answers_late_is_waited_for()
    {
        var disk = new Disk(VirtioFeature.EventIndex, sectors: 8) { AnswersOnWait = true };
        VirtioBlock block = Open(disk);
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(BlockResult.Ok, block.Read(0, new byte[512]));
        }

        Assert.Equal(10, disk.InterruptCount);
    }

    [Fact]
    public void A_silent_device_is_reset_so_that_it_owns_no_memory_and_is_not_asked_again()
    {
        var disk = new Disk(0, sectors: 8) { Silent = true };
        VirtioBlock block = Open(disk);
        Assert.Equal(BlockResult.DeviceError, block.Read(0, new byte[512]));
        Assert.Equal(30, disk.WaitCount);
        Assert.False(disk.Device.IsAttached(0));
        Assert.Equal((uint)VirtioStatus.Failed, disk.Device.Status);
        Assert.Equal(BlockResult.DeviceError, block.Read(0, new byte[512]));
        Assert.Equal(30, disk.WaitCount);
    }

    [Fact]
    public void A_device_that_breaks_the_rules_is_reset()
    {
        var disk = new Disk(0, sectors: 8) { ForgedHead = 99 };
        VirtioBlock block = Open(disk);
        Assert.Equal(BlockResult.DeviceError, block.Read(0, new byte[512]));
        Assert.False(disk.Device.IsAttached(0));
        Assert.Equal(BlockResult.DeviceError, block.Write(0, new byte[512]));
    }

    [Theory]
    [InlineData(BlockSize, 0u, 0u, 8ul)]
    [InlineData(BlockSize, 256u, 0u, 8ul)]
    [InlineData(BlockSize, 513u, 0u, 8ul)]
    [InlineData(BlockSize, 1u << 31, 0u, 8ul)]
    [InlineData(SizeMax, 0u, 511u, 8ul)]
    [InlineData(0ul, 0u, 0u, ulong.MaxValue)]
    [InlineData(0ul, 0u, 0u, 1ul << 54)]
    public void A_configuration_without_sense_is_refused(ulong features, uint blockSize, uint sizeMax, ulong sectors)
    {
        var disk = new Disk(features, sectors: 8, blockSize, sizeMax);
        BinaryPrimitives.WriteUInt64LittleEndian(disk.Device.Configuration, sectors);
        Assert.Null(VirtioBlock.TryCreate(disk.Device.Open(), _memory.ToDma(), disk, out VirtioError error));
        Assert.Equal(VirtioError.BadConfiguration, error);
        Assert.Equal((uint)VirtioStatus.Failed, disk.Device.Status);
    }

    [Fact]
    public void A_configuration_that_never_settles_is_refused()
    {
        var disk = new Disk(0, sectors: 8);
        disk.Device.KeepsChanging = true;
        Assert.Null(VirtioBlock.TryCreate(disk.Device.Open(), _memory.ToDma(), disk, out VirtioError error));
        Assert.Equal(VirtioError.BadConfiguration, error);
    }

    [Fact]
    public void Capacity_is_cut_to_whole_blocks()
    {
        VirtioBlock block = Open(new Disk(BlockSize, sectors: 15, blockSize: 4096));
        Assert.Equal(4096, block.Capacity);
    }

    private VirtioBlock Open(Disk disk)
    {
        VirtioBlock? block = VirtioBlock.TryCreate(disk.Device.Open(), _memory.ToDma(), disk, out VirtioError error);
        Assert.Equal(VirtioError.None, error);
        return block!;
    }

    /// <summary>The device's side, written from virtio 1.2, 5.2.6; also the waiter, so that it can answer while the driver sleeps.</summary>
    private sealed class Disk : CompletionWaiter
    {
        public Disk(ulong features, int sectors, uint blockSize = 0, uint sizeMax = 0)
        {
            Device = new MockDevice(VirtioDeviceKind.Block, features | VirtioFeature.Version1, 128);
            Content = new byte[sectors * 512];
            new Random(7).NextBytes(Content);
            BinaryPrimitives.WriteUInt64LittleEndian(Device.Configuration, (ulong)sectors);
            BinaryPrimitives.WriteUInt32LittleEndian(Device.Configuration.AsSpan(8), sizeMax);
            BinaryPrimitives.WriteUInt32LittleEndian(Device.Configuration.AsSpan(20), blockSize);
            Device.Notified = _ =>
            {
                if (!AnswersOnWait && !Silent)
                {
                    Serve();
                }
            };
        }

        public MockDevice Device { get; }

        public byte[] Content { get; }

        public byte Status { get; set; }

        public uint Withhold { get; init; }

        public bool AnswersOnWait { get; init; }

        public bool Silent { get; init; }

        public uint? ForgedHead { get; init; }

        public int RequestCount { get; private set; }

        public int FlushCount { get; private set; }

        public int WaitCount { get; private set; }

        public int InterruptCount { get; private set; }

        public int LargestTransfer { get; private set; }

        public override bool WaitForInterrupt()
        {
            WaitCount++;
            if (Silent)
            {
                return false;
            }

            Serve();
            return true;
        }

        private void Serve()
        {
            PeerChain chain = Device.Queue(0).Take()!;
            RequestCount++;
            Span<byte> header = chain.Buffers[0].Bytes;
            Assert.Equal(16, header.Length);
            Assert.False(chain.Buffers[0].DeviceWrites);
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(header);
            int offset = (int)BinaryPrimitives.ReadUInt64LittleEndian(header[8..]) * 512;
            uint written = 1;
            if (chain.Buffers.Count == 3)
            {
                PeerBuffer data = chain.Buffers[1];
                LargestTransfer = Math.Max(LargestTransfer, (int)data.Length);
                Span<byte> content = Content.AsSpan(offset, (int)data.Length);
                Assert.Equal(type == 0, data.DeviceWrites);
                if (type == 0)
                {
                    content.CopyTo(data.Bytes);
                    written += data.Length;
                }
                else
                {
                    Assert.Equal(1u, type);
                    data.Bytes.CopyTo(content);
                }
            }
            else
            {
                Assert.Equal((4u, 2), (type, chain.Buffers.Count));
                FlushCount++;
            }

            PeerBuffer status = chain.Buffers[^1];
            Assert.True(status is { DeviceWrites: true, Length: 1 });
            status.Bytes[0] = Status;
            InterruptCount += Device.Queue(0).Complete(ForgedHead ?? chain.Head, written - Withhold) ? 1 : 0;
        }
    }
}
