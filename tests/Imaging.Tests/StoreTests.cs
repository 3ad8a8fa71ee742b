// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Uaas.Imaging.Serving;
using Uaas.Platform;

namespace Uaas.Imaging.Tests;

public sealed class StoreTests
{
    [Fact]
    public void What_was_not_asked_for_the_longest_goes_first()
    {
        ResultStore store = new(64 << 10, 3);
        int[] results = [.. Enumerable.Range(0, 3).Select(i => Add(store, i, 100))];
        store.Touch(results[0]);
        Add(store, 3, 100);
        Assert.Equal([true, false, true, true], Enumerable.Range(0, 4).Select(i => store.Find(Key(i)) != ResultStore.None));
        Assert.Equal(1, store.Evictions);
    }

    [Fact]
    public void What_is_being_sent_stays()
    {
        ResultStore store = new(16 << 10, 10);
        int first = Add(store, 0, 8 << 10);
        ResultBody body = new ResultBodyPool(store).Take(first);
        int second = Add(store, 1, 8 << 10);
        Assert.NotEqual(ResultStore.None, second);
        int third = store.Add(Key(2));
        Assert.True(store.Append(third, new byte[8 << 10]));
        Assert.False(store.Append(third, new byte[1]));
        Assert.Equal(first, store.Find(Key(0)));
        Assert.Equal(ResultStore.None, store.Find(Key(1)));

        byte[] read = new byte[3];
        Assert.Equal(3, body.Read(4095, read));
        Assert.Equal([(byte)(4095 % 251), (byte)(4096 % 251), (byte)(4097 % 251)], read);
        Assert.Equal(3, body.Read(0, read));
        Assert.Equal([0, 1, 2], read);
        body.Release();
        Assert.Equal(0, store[first].Readers);
    }

    [Fact]
    public void Memory_is_bounded_over_many_results()
    {
        ResultStore store = new(256 << 10, 50);
        Random random = new(1);
        for (int i = 0; i < 2000; i++)
        {
            Add(store, i, random.Next(1, 20_000));
            Assert.InRange(store.BytesUsed, 0, 256 << 10);
            Assert.InRange(store.Count, 1, 50);
        }
    }

    [Fact]
    public void Every_difference_makes_another_key()
    {
        HashSet<string> keys = [];
        ImageKey key = new() { Options = ImageOptions.None };
        ImageKey[] all =
        [
            key, key with { Format = ImageFormat.Png }, key with { SourceHigh = 1 }, key with { SourceLow = 1 },
            key with { Options = key.Options with { Width = 1 } }, key with { Options = key.Options with { Height = 1 } },
            key with { Options = key.Options with { Quality = 1 } }, key with { Options = key.Options with { Blur = 1 } },
            key with { Options = key.Options with { Sharpen = 1 } }, key with { Options = key.Options with { FlipsDown = true } },
            key with { Options = key.Options with { CropDown = new CropSide { Pixels = 1 } } }, key with { Options = key.Options with { CropDown = new CropSide { Millionths = 1 } } },
            key with { Options = key.Options with { CropGravity = new Gravity { Down = 1 } } }, key with { Options = key.Options with { Gravity = new Gravity { OffsetDown = 1 } } },
        ];
        foreach (ImageKey each in all)
        {
            byte[] written = new byte[ImageKey.Length];
            each.Write(written);
            byte[] tag = new byte[ImageKey.TagLength];
            ImageKey.WriteTag(written, tag);
            Assert.True(keys.Add(Convert.ToHexString(tag)));
        }
    }

    [Fact]
    public unsafe void The_heap_of_c_libraries_gives_nothing_twice()
    {
        const int size = 1 << 20;
        void* memory = NativeMemory.Alloc(size);
        CHeap heap = new((byte*)memory, size);
        Random random = new(1);
        List<(nint Start, int Length)> blocks = [];
        for (int i = 0; i < 20_000; i++)
        {
            if (blocks.Count > 0 && random.Next(3) == 0)
            {
                int index = random.Next(blocks.Count);
                heap.Free((void*)blocks[index].Start);
                blocks.RemoveAt(index);
                continue;
            }

            int length = random.Next(1, 9000);
            nint start = (nint)heap.Allocate((nuint)length);
            if (start == 0) continue;
            Assert.Equal(0, start % 32);
            Assert.True(start >= (nint)memory && start + length <= (nint)memory + size);
            Assert.DoesNotContain(blocks, block => start < block.Start + block.Length && block.Start < start + length);
            blocks.Add((start, length));
        }

        foreach ((nint start, int _) in blocks) heap.Free((void*)start);
        Assert.Equal((nuint)0, heap.Used);
        Assert.True(heap.Allocate(size - 4096) != null);
        Assert.True(heap.Allocate(nuint.MaxValue - 8) == null);
        NativeMemory.Free(memory);
    }

    private static int Add(ResultStore store, int number, int length)
    {
        int index = store.Add(Key(number));
        Assert.True(store.Append(index, [.. Enumerable.Range(0, length).Select(static i => (byte)(i % 251))]));
        store.Complete(index, ImageOutcome.Done);
        return index;
    }

    private static byte[] Key(int number)
    {
        byte[] key = new byte[ImageKey.Length];
        BitConverter.TryWriteBytes(key, number);
        return key;
    }
}
