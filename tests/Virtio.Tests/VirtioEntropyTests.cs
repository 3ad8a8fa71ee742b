// SPDX-License-Identifier: Apache-2.0

using System;
using Xunit;

namespace Uaas.Devices.Virtio.Tests;

public sealed class VirtioEntropyTests : IDisposable
{
    private readonly NativeMemoryBlock _memory = new(4096);

    public void Dispose() => _memory.Dispose();

    [Theory]
    [InlineData(100)]
    [InlineData(7)] // in pieces
    public void Bytes_come_from_the_device(int piece)
    {
        byte[] destination = new byte[64];
        Assert.True(Open(piece).TryFill(destination));
        for (int i = 0; i < destination.Length; i++)
        {
            Assert.Equal(0xa5, destination[i]);
        }
    }

    [Fact]
    public void A_device_that_gives_nothing_is_reported() => Assert.False(Open(0).TryFill(new byte[64]));

    [Fact]
    public void A_device_that_says_it_gave_more_than_there_was_room_for_is_reported() => Assert.False(Open(-1).TryFill(new byte[64]));

    private VirtioEntropy Open(int piece)
    {
        var device = new MockDevice(VirtioDeviceKind.Entropy, VirtioFeature.Version1 | VirtioFeature.EventIndex, 8);
        device.Notified = queue =>
        {
            PeerChain chain = device.Queue(queue).Take()!;
            PeerBuffer buffer = Assert.Single(chain.Buffers);
            int count = Math.Min(Math.Abs(piece), (int)buffer.Length);
            buffer.Bytes[..count].Fill(0xa5);
            device.Queue(queue).Complete(chain.Head, piece < 0 ? buffer.Length + 1 : (uint)count);
        };
        VirtioEntropy? entropy = VirtioEntropy.TryCreate(device.Open(), _memory.ToDma(), new NoWaiter(), out VirtioError error);
        Assert.Equal(VirtioError.None, error);
        return entropy!;
    }

    private sealed class NoWaiter : CompletionWaiter
    {
        public override bool WaitForInterrupt() => false;
    }
}
