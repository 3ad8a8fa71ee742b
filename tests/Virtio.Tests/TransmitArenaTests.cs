// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using Xunit;

namespace Uaas.Devices.Virtio.Tests;

public sealed unsafe class TransmitArenaTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Frames_never_overlap_and_all_room_comes_back(int seed)
    {
        const int Capacity = 64 * 1024;
        const int Slots = 16;
        using var memory = new NativeMemoryBlock(Capacity);
        var arena = new TransmitArena(memory.Start, Capacity, Slots);
        var random = new Random(seed);
        var inUse = new Dictionary<int, (nint Start, int Size)>();
        for (int step = 0; step < 100_000; step++)
        {
            int size = random.Next(8) == 0 ? random.Next(1, 40_000) : random.Next(1, 2_000);
            byte* room = random.Next(2) == 0 ? arena.Reserve(size) : null;
            if (room != null)
            {
                Assert.InRange((nint)(room - memory.Start), 0, Capacity - size);
                if (random.Next(10) != 0) // or forgotten
                {
                    int kept = random.Next(1, size + 1);
                    foreach ((nint start, int length) in inUse.Values)
                    {
                        Assert.True((nint)room + size <= start || start + length <= (nint)room, "frames overlap");
                    }

                    inUse.Add(arena.Commit(kept), ((nint)room, kept));
                }
            }
            else if (inUse.Count > 0)
            {
                int[] slots = [.. inUse.Keys];
                int slot = slots[random.Next(slots.Length)];
                inUse.Remove(slot);
                arena.Return(slot);
            }
        }

        foreach (int slot in inUse.Keys)
        {
            arena.Return(slot);
        }

        Assert.True(arena.Reserve(Capacity) != null);
        Assert.True(arena.Reserve(Capacity + 1) == null);
    }

    [Fact]
    public void There_are_no_more_frames_than_slots()
    {
        using var memory = new NativeMemoryBlock(4096);
        var arena = new TransmitArena(memory.Start, 4096, 2);
        for (int i = 0; i < 2; i++)
        {
            Assert.True(arena.Reserve(1) != null);
            arena.Commit(1);
        }

        Assert.True(arena.Reserve(1) == null);
        arena.Return(1); // out of order: the older one still holds its place
        Assert.True(arena.Reserve(1) == null);
        arena.Return(0);
        Assert.True(arena.Reserve(4096) != null);
    }
}
