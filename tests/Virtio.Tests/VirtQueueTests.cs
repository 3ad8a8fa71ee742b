// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Xunit;

namespace Uaas.Devices.Virtio.Tests;

public sealed unsafe class VirtQueueTests : IDisposable
{
    private readonly NativeMemoryBlock _memory = new(64 * 1024);

    public void Dispose() => _memory.Dispose();

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(8, false)]
    [InlineData(64, true)]
    public void Chains_reach_the_device_as_given_and_come_back_in_any_order(int size, bool eventIndex)
    {
        (VirtQueue queue, PeerQueue peer) = Create(size, eventIndex);
        var random = new Random(size);
        var given = new Dictionary<ushort, VirtBuffer[]>();
        var taken = new List<PeerChain>();
        for (int step = 0; step < 200_000; step++) // the indices, of 16 bits, run over
        {
            int action = random.Next(3);
            if (action == 0)
            {
                VirtBuffer[] chain = RandomChain(random);
                int free = queue.FreeCount;
                bool added = queue.TryAdd(chain, out ushort head);
                Assert.Equal(chain.Length <= free, added);
                if (added)
                {
                    given.Add(head, chain);
                    queue.Publish();
                }
            }
            else if (action == 1 && peer.Take() is { } chain)
            {
                taken.Add(chain);
                AssertSame(given[chain.Head], chain.Buffers);
            }
            else if (taken.Count > 0)
            {
                PeerChain chosen = taken[random.Next(taken.Count)];
                taken.Remove(chosen);
                uint writable = Writable(given[chosen.Head]);
                uint written = (uint)random.NextInt64(writable + 1L);
                peer.Complete(chosen.Head, written);
                Assert.True(queue.TryTake(out ushort head, out uint reported));
                Assert.Equal((chosen.Head, written), (head, reported));
                given.Remove(head);
            }

            Assert.Equal(given.Count, queue.OutstandingCount);
            Assert.False(queue.TryTake(out _, out _));
        }

        Assert.False(queue.IsBroken);
    }

    [Fact]
    public void A_chain_that_is_too_long_or_empty_is_refused()
    {
        (VirtQueue queue, _) = Create(8, eventIndex: false);
        Assert.False(queue.TryAdd(new VirtBuffer[VirtQueue.ChainLengthMax + 1], out _));
        Assert.False(queue.TryAdd(ReadOnlySpan<VirtBuffer>.Empty, out _));
        Assert.Equal(8, queue.FreeCount);
    }

    [Fact]
    public void With_event_index_the_device_is_notified_once_it_has_run_dry()
    {
        (VirtQueue queue, PeerQueue peer) = Create(8, eventIndex: true);
        Add(queue, 2);
        Assert.True(queue.NeedsNotification());
        Assert.False(queue.NeedsNotification()); // nothing new since
        Add(queue, 1);
        Assert.False(queue.NeedsNotification()); // still at it: the device looks again by itself
        while (peer.Take() != null)
        {
        }

        Add(queue, 3);
        Assert.True(queue.NeedsNotification());
    }

    [Fact]
    public void Without_event_index_the_devices_flag_decides()
    {
        (VirtQueue queue, PeerQueue peer) = Create(8, eventIndex: false);
        Add(queue, 1);
        Assert.True(queue.NeedsNotification());
        peer.SetNoNotify(true);
        Add(queue, 1);
        Assert.False(queue.NeedsNotification());
        peer.SetNoNotify(false);
        Add(queue, 1);
        Assert.True(queue.NeedsNotification());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Interrupts_come_only_while_armed(bool eventIndex)
    {
        (VirtQueue queue, PeerQueue peer) = Create(8, eventIndex);
        for (int round = 0; round < 70_000; round++)
        {
            Add(queue, 2);
            PeerChain first = peer.Take()!;
            PeerChain second = peer.Take()!;
            queue.DisarmInterrupt();
            Assert.False(peer.Complete(first.Head, 0));
            Assert.False(queue.ArmInterrupt()); // one is waiting: do not sleep
            Assert.True(queue.TryTake(out _, out _));
            Assert.True(queue.ArmInterrupt());
            Assert.True(peer.Complete(second.Head, 0));
            Assert.True(queue.TryTake(out _, out _));
        }
    }

    [Theory]
    [InlineData(8u, 0u)] // beyond the table
    [InlineData(uint.MaxValue, 0u)]
    [InlineData(65536u, 0u)] // zero in 16 bits
    [InlineData(5u, 0u)] // not with the device
    [InlineData(0u, 101u)] // more than there was room for
    [InlineData(0u, uint.MaxValue)]
    public void A_forged_completion_breaks_the_queue(uint head, uint written)
    {
        (VirtQueue queue, PeerQueue peer) = Create(8, eventIndex: false);
        Assert.True(queue.TryAdd(new VirtBuffer(1, 100, deviceWrites: true), out ushort added));
        Assert.Equal(0, added);
        queue.Publish();
        peer.Complete(head, written);
        Assert.False(queue.TryTake(out _, out _));
        AssertDead(queue);
    }

    [Fact]
    public void A_chain_handed_back_twice_breaks_the_queue()
    {
        (VirtQueue queue, PeerQueue peer) = Create(8, eventIndex: false);
        Add(queue, 2);
        peer.Complete(0, 0);
        Assert.True(queue.TryTake(out _, out _));
        peer.Complete(0, 0);
        Assert.False(queue.TryTake(out _, out _));
        AssertDead(queue);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(300)]
    [InlineData(65535)]
    public void A_used_index_beyond_what_is_outstanding_breaks_the_queue(int index)
    {
        (VirtQueue queue, PeerQueue peer) = Create(8, eventIndex: true);
        Add(queue, 2);
        peer.ForgeUsedIndex((ushort)index);
        Assert.False(queue.TryTake(out _, out _));
        AssertDead(queue);
    }

    [Fact]
    public void What_the_device_scribbles_over_its_descriptors_is_not_read_back()
    {
        (VirtQueue queue, PeerQueue peer) = Create(4, eventIndex: false);
        var chain = new VirtBuffer[] { new(1, 2, false), new(3, 4, true) };
        Assert.True(queue.TryAdd(chain, out ushort head));
        queue.Publish();
        Assert.Equal(head, peer.Take()!.Head);
        new Span<byte>((void*)queue.DescriptorsAddress, 4 * 16).Fill(0xff);
        new Span<byte>((void*)queue.AvailableAddress, 4 + 8 + 2).Fill(0xff);
        peer.Complete(head, 4);
        Assert.True(queue.TryTake(out _, out _));
        Assert.Equal(4, queue.FreeCount);
        Assert.True(queue.TryAdd(chain, out _));
        Assert.True(queue.TryAdd(chain, out _));
        queue.Publish();
        AssertSame(chain, peer.Take()!.Buffers);
        AssertSame(chain, peer.Take()!.Buffers);
    }

    [Fact]
    public void Random_garbage_in_all_of_the_shared_memory_never_gets_past_the_checks()
    {
        var random = new Random(20);
        for (int round = 0; round < 2_000; round++)
        {
            (VirtQueue queue, _) = Create(16, (round & 1) != 0);
            for (int step = 0; step < 50; step++)
            {
                if (queue.TryAdd(RandomChain(random), out _))
                {
                    queue.Publish();
                }

                var shared = new Span<byte>(_memory.Start, VirtQueue.GetRingBytes(16));
                shared[random.Next(shared.Length)] = (byte)(random.Next(4) == 0 ? random.Next(256) : random.Next(4));
                _ = queue.NeedsNotification();
                _ = queue.ArmInterrupt();
                while (queue.TryTake(out ushort head, out _))
                {
                    Assert.True(head < 16);
                }

                Assert.InRange(queue.FreeCount, 0, 16);
                Assert.InRange(queue.OutstandingCount, 0, 16);
            }
        }
    }

    private static void Add(VirtQueue queue, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Assert.True(queue.TryAdd(new VirtBuffer(0x1000, 1, deviceWrites: false), out _));
        }

        queue.Publish();
    }

    private static void AssertDead(VirtQueue queue)
    {
        Assert.True(queue.IsBroken);
        Assert.Equal(0, queue.ReadyCount);
        Assert.False(queue.TryTake(out _, out _));
        Assert.False(queue.TryAdd(new VirtBuffer(1, 1, deviceWrites: false), out _));
    }

    private static void AssertSame(VirtBuffer[] expected, IReadOnlyList<PeerBuffer> actual)
    {
        Assert.Equal(expected.Length, actual.Count);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(new PeerBuffer(expected[i].Address, expected[i].Length, expected[i].DeviceWrites), actual[i]);
        }
    }

    private static uint Writable(VirtBuffer[] chain)
    {
        uint sum = 0;
        foreach (VirtBuffer buffer in chain)
        {
            sum += buffer.DeviceWrites ? buffer.Length : 0;
        }

        return sum;
    }

    private static VirtBuffer[] RandomChain(Random random)
    {
        int length = random.Next(1, VirtQueue.ChainLengthMax + 1);
        int readable = random.Next(length + 1);
        var chain = new VirtBuffer[length];
        for (int i = 0; i < length; i++)
        {
            chain[i] = new VirtBuffer((ulong)random.NextInt64(), (uint)random.Next(1, 70_000), deviceWrites: i >= readable);
        }

        return chain;
    }

    private (VirtQueue Queue, PeerQueue Peer) Create(int size, bool eventIndex)
    {
        new Span<byte>(_memory.Start, _memory.Length).Clear();
        var queue = new VirtQueue(size, _memory.Start, eventIndex);
        return (queue, new PeerQueue(size, queue.DescriptorsAddress, queue.AvailableAddress, queue.UsedAddress, eventIndex));
    }
}
