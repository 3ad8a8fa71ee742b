// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using Uaas.Net.Tcp;
using Uaas.Net.Testing;
using Uaas.Wire;
using Xunit;

namespace Uaas.Net.Tests.Properties;

/// <summary>What holds for whatever chance brings, each against a model too simple to be wrong.</summary>
public sealed class PropertyTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 20)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void The_checksum_is_that_of_the_definition(int seed)
    {
        Random random = new(seed);
        for (int i = 0; i < 200; i++)
        {
            byte[] bytes = new byte[random.Next(300)];
            random.NextBytes(bytes);
            if (random.Next(4) == 0) bytes.AsSpan().Fill(0xFF);
            uint sum = 0;
            for (int at = 0; at < bytes.Length; at += 2) sum += (uint)bytes[at] << 8 | (at + 1 < bytes.Length ? bytes[at + 1] : 0u);
            while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
            Assert.Equal((ushort)sum, InternetChecksum.Sum(bytes));

            int cut = random.Next(bytes.Length / 2 + 1) * 2;
            Assert.Equal((ushort)sum, InternetChecksum.Add(InternetChecksum.Sum(bytes.AsSpan(0, cut)), InternetChecksum.Sum(bytes.AsSpan(cut))));
        }
    }

    [Fact]
    public void Sequence_numbers_are_ordered_by_the_shorter_way_around()
    {
        Random random = new(1);
        for (int i = 0; i < 10_000; i++)
        {
            SequenceNumber number = new((uint)random.NextInt64(1L << 32));
            int distance = random.Next(1, int.MaxValue);
            SequenceNumber later = number + distance;
            Assert.True(number < later && later > number && number <= later && later >= number && number != later);
            Assert.Equal(distance, later - number);
            Assert.Equal(-distance, number - later);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_range_set_is_a_set(int seed)
    {
        Random random = new(seed);
        RangePool pool = new(1);
        RangeSet set = new(pool);
        HashSet<long> model = [];
        long floor = 0;
        for (int i = 0; i < 300; i++)
        {
            long start = floor + random.Next(400);
            long end = start + random.Next(1, 12);
            bool added = set.Add(start, end);
            if (added) model.UnionWith(Range(start, end));
            else Assert.Equal(RangePool.Capacity, set.Count);
            if (random.Next(5) == 0)
            {
                floor += random.Next(40);
                set.RemoveBelow(floor);
                model.RemoveWhere(o => o < floor);
            }

            CheckRangeSet(set, model, floor, random);
            Assert.Equal(set.Count == 0 ? 0 : 1, pool.InUse);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void The_timer_heap_gives_out_by_time_and_never_too_late(int seed)
    {
        Random random = new(seed);
        TimerHeap heap = new(50);
        long[] model = [.. Enumerable.Repeat(long.MaxValue, 50)];
        long now = 0;
        for (int i = 0; i < 2_000; i++)
        {
            int index = random.Next(50);
            if (random.Next(4) == 0)
            {
                heap.Remove(index);
                model[index] = long.MaxValue;
            }
            else
            {
                long deadline = now + random.Next(1, 100);
                heap.EnsureBy(index, deadline);
                model[index] = Math.Min(model[index], deadline);
            }

            Assert.Equal(model.Min(), heap.Earliest);
            if (random.Next(3) != 0) continue;
            now += random.Next(20);
            long last = 0;
            while (heap.TryTakeDue(now, out int due))
            {
                Assert.InRange(model[due], last, now);
                last = model[due];
                model[due] = long.MaxValue;
            }

            Assert.True(model.Min() > now);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void The_receive_buffer_gives_the_stream_whatever_the_order(int seed)
    {
        Random random = new(seed);
        const int Capacity = 4_096;
        ReceiveBufferPool pool = new(1, Capacity);
        RangePool ranges = new(1);
        ReceiveBuffer buffer = new(0, pool, ranges);
        long next = 0;
        long read = 0;
        byte[] data = new byte[600];
        for (int i = 0; i < 3_000; i++)
        {
            int window = Capacity - buffer.UnreadLength;
            int distance = random.Next(2) == 0 ? 0 : random.Next(window + 1);
            int length = Math.Min(random.Next(1, data.Length), window - distance);
            if (length > 0)
            {
                Pattern.Fill(data.AsSpan(0, length), next + distance);
                if (distance > 0) buffer.StoreOutOfOrder(next, distance, data.AsSpan(0, length));
                else next += buffer.Append(next, data.AsSpan(0, length));
            }

            Assert.Equal(next - read, buffer.UnreadLength);
            Assert.True(Pattern.Matches(buffer.Unread, read));
            if (random.Next(3) != 0) continue;
            int take = random.Next(buffer.UnreadLength + 1);
            buffer.Consume(take);
            read += take;
        }

        Assert.True(next > 100_000);
        buffer.Release();
        Assert.Equal(0, pool.InUse + ranges.InUse);
    }

    [Fact]
    public void SipHash_gives_what_its_authors_publish()
    {
        // Key 00 01 … 0f, message 00 01 … 0f (Aumasson and Bernstein, 2012: vector 16 of SipHash-2-4).
        SipHash hash = new(0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908);
        Assert.Equal(0x3F2A_CC7F_57C2_9BDBUL, hash.Hash(0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908));
    }

    [Fact]
    public void Round_trip_times_follow_the_rfc()
    {
        const long Millisecond = Nanoseconds.PerMillisecond;
        RoundTripEstimator estimator = new(200 * Millisecond);
        Assert.Equal(1_000 * Millisecond, estimator.Timeout);
        estimator.Measure(100 * Millisecond);
        Assert.Equal(300 * Millisecond, estimator.Timeout);
        estimator.Measure(100 * Millisecond);
        Assert.Equal((100 + 150) * Millisecond, estimator.Timeout);
        for (int i = 0; i < 50; i++) estimator.Measure(100 * Millisecond);
        Assert.Equal(200 * Millisecond, estimator.Timeout);
        estimator.BackOff();
        Assert.Equal(400 * Millisecond, estimator.Timeout);
        for (int i = 0; i < 100; i++) estimator.BackOff();
        Assert.Equal(60_000 * Millisecond, estimator.Timeout);
        estimator.EndBackOff();
        Assert.Equal(200 * Millisecond, estimator.Timeout);
    }

    private static IEnumerable<long> Range(long start, long end)
    {
        for (long offset = start; offset < end; offset++) yield return offset;
    }

    private static void CheckRangeSet(RangeSet set, HashSet<long> model, long floor, Random random)
    {
        long previousEnd = -1;
        List<long> members = [];
        for (int i = 0; i < set.Count; i++)
        {
            Assert.True(set[i].Start > previousEnd && set[i].End > set[i].Start);
            previousEnd = set[i].End;
            members.AddRange(Range(set[i].Start, set[i].End));
        }

        Assert.Equal(model.Order(), members);
        long from = floor + random.Next(420);
        long to = from + random.Next(100);
        Assert.Equal(model.Count(o => o >= from && o < to), set.CountWithin(from, to));
        long hole = from;
        while (model.Contains(hole)) hole++;
        Assert.Equal(hole, set.NextHole(from, out long end));
        Assert.Equal(model.Where(o => o > hole).DefaultIfEmpty(long.MaxValue).Min(), end);
    }
}
