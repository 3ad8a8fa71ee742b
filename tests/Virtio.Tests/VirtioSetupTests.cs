// SPDX-License-Identifier: Apache-2.0

using System;
using Xunit;

namespace Uaas.Devices.Virtio.Tests;

public sealed unsafe class VirtioSetupTests : IDisposable
{
    private const ulong Feature5 = 1ul << 5;
    private const ulong Feature6 = 1ul << 6;
    private const ulong Feature7 = 1ul << 7;

    private readonly NativeMemoryBlock _memory = new(64 * 1024);

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void The_status_goes_through_the_steps_of_the_specification()
    {
        var device = new MockDevice(VirtioDeviceKind.Entropy, VirtioFeature.Version1 | Feature5, 8);
        VirtioMmio transport = device.Open();
        Assert.Equal(VirtioError.None, VirtioSetup.Negotiate(transport, 0, Feature5 | Feature6, default, out ulong features));
        Assert.NotNull(VirtioSetup.CreateQueue(transport, 0, 256, features, _memory.ToDma(), out _));
        VirtioSetup.Finish(transport);

        Assert.Equal([0u, 1u, 3u, 11u, 15u], device.StatusHistory);
        Assert.Equal(VirtioFeature.Version1 | Feature5, features);
        Assert.Equal(features, device.AcceptedFeatures);
        Assert.Equal(8, device.Queue(0).Size);
    }

    [Theory]
    [InlineData(Feature5 | Feature6, Feature5 | Feature6)]
    [InlineData(Feature5, 0ul)]
    [InlineData(Feature6 | Feature7, Feature7)]
    public void A_group_of_features_is_accepted_whole_or_not_at_all(ulong offered, ulong expected)
    {
        var device = new MockDevice(VirtioDeviceKind.Entropy, VirtioFeature.Version1 | offered, 8);
        ulong[] groups = [Feature5 | Feature6, Feature7];
        Assert.Equal(VirtioError.None, VirtioSetup.Negotiate(device.Open(), 0, 0, groups, out ulong features));
        Assert.Equal(VirtioFeature.Version1 | expected, features);
    }

    [Theory]
    [InlineData(0ul)] // legacy device behind a modern transport
    [InlineData(VirtioFeature.Version1)] // lacks what the driver requires
    public void A_missing_feature_fails_the_device(ulong offered)
    {
        var device = new MockDevice(VirtioDeviceKind.Entropy, offered, 8);
        Assert.Equal(VirtioError.FeatureMissing, VirtioSetup.Negotiate(device.Open(), Feature5, 0, default, out _));
        Assert.Equal((uint)VirtioStatus.Failed, device.Status);
    }

    [Fact]
    public void A_device_that_refuses_its_own_features_is_failed()
    {
        var device = new MockDevice(VirtioDeviceKind.Entropy, VirtioFeature.Version1, 8) { RefusesFeatures = true };
        Assert.Equal(VirtioError.FeaturesRefused, VirtioSetup.Negotiate(device.Open(), 0, 0, default, out _));
        Assert.Equal((uint)VirtioStatus.Failed, device.Status);
    }

    [Theory]
    [InlineData(8, 8)]
    [InlineData(1024, 256)] // the driver's bound
    [InlineData(100, 64)] // a power of two
    [InlineData(1, 1)]
    public void A_queue_is_as_large_as_both_sides_allow(int offered, int expected)
    {
        var device = new MockDevice(VirtioDeviceKind.Entropy, VirtioFeature.Version1, offered);
        VirtioMmio transport = device.Open();
        VirtioSetup.Negotiate(transport, 0, 0, default, out ulong features);
        VirtQueue? queue = VirtioSetup.CreateQueue(transport, 0, 256, features, _memory.ToDma(), out VirtioError error);
        Assert.Equal(VirtioError.None, error);
        Assert.Equal(expected, queue!.Size);
    }

    [Fact]
    public void A_queue_that_is_missing_or_taken_is_refused()
    {
        var device = new MockDevice(VirtioDeviceKind.Entropy, VirtioFeature.Version1, 8, 0);
        VirtioMmio transport = device.Open();
        DmaMemory memory = _memory.ToDma();
        foreach (int index in new[] { 1, 2 })
        {
            VirtioSetup.Negotiate(transport, 0, 0, default, out ulong features);
            Assert.Null(VirtioSetup.CreateQueue(transport, index, 256, features, memory, out VirtioError error));
            Assert.Equal(VirtioError.QueueUnavailable, error);
        }

        VirtioSetup.Negotiate(transport, 0, 0, default, out ulong agreed);
        Assert.NotNull(VirtioSetup.CreateQueue(transport, 0, 256, agreed, memory, out _));
        Assert.Null(VirtioSetup.CreateQueue(transport, 0, 256, agreed, memory, out VirtioError taken));
        Assert.Equal(VirtioError.QueueUnavailable, taken);
    }

    [Fact]
    public void Too_little_memory_fails_the_device()
    {
        var device = new MockDevice(VirtioDeviceKind.Entropy, VirtioFeature.Version1, 256);
        VirtioMmio transport = device.Open();
        VirtioSetup.Negotiate(transport, 0, 0, default, out ulong features);
        var memory = new DmaMemory(_memory.Start, 1000);
        Assert.Null(VirtioSetup.CreateQueue(transport, 0, 256, features, memory, out VirtioError error));
        Assert.Equal(VirtioError.OutOfMemory, error);
        Assert.Equal((uint)VirtioStatus.Failed, device.Status);
    }

    [Theory]
    [InlineData(0x12345678u, 2u, VirtioError.NotVirtio)]
    [InlineData(0x74726976u, 1u, VirtioError.LegacyTransport)]
    [InlineData(0x74726976u, 3u, VirtioError.LegacyTransport)]
    public void What_is_no_modern_transport_is_not_opened(uint magic, uint version, VirtioError expected)
    {
        var device = new MockDevice(VirtioDeviceKind.Block, VirtioFeature.Version1, 8) { Magic = magic, Version = version };
        Assert.Null(VirtioMmio.TryOpen(device, out VirtioError error));
        Assert.Equal(expected, error);
        Assert.Empty(device.StatusHistory);
    }

    [Fact]
    public void An_empty_slot_says_so()
    {
        var device = new MockDevice(VirtioDeviceKind.None, 0);
        Assert.Equal(VirtioDeviceKind.None, device.Open().Kind);
    }

    [Fact]
    public void Dma_memory_is_aligned_and_bounded()
    {
        var memory = new DmaMemory(_memory.Start, 4096);
        byte* first = memory.Take(10, 16);
        byte* second = memory.Take(10, 1024);
        Assert.Equal(0, (nint)first % 16);
        Assert.Equal(0, (nint)second % 1024);
        Assert.True(second >= first + 10);
        Assert.True(memory.Take(4096, 1) == null);
        Assert.Equal(4096u - 1024 - 10, memory.Available);
        Assert.False(memory.Take((int)memory.Available, 1) == null);
        Assert.True(memory.Take(1, 1) == null);
    }
}
