// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Devices;
using Uaas.Devices.Lanes;
using Xunit;

namespace Uaas.Lanes.Tests;

/// <summary>What one guest sends to another by a lane.</summary>
public sealed class LaneTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void Frames_of_every_size_cross_both_ways_in_order_as_if_the_node_had_passed_them_on()
    {
        using var bed = new LaneBed();
        MappedLanes pictures = bed.StartPictures(2);
        MappedLanes shop = bed.StartShop(1);
        var random = new Random(7);
        var expected = new Queue<byte[]>();
        for (int i = 0; i < 3_000; i++)
        {
            bool asks = random.Next(2) == 0;
            byte[] frame = asks ? LaneBed.Question(1, 2, Size(random), (byte)i) : LaneBed.Answer(2, 1, Size(random), (byte)i);
            Assert.True((asks ? shop : pictures).Send(frame));
            byte[]? received = (asks ? pictures : shop).Receive();
            Assert.NotNull(received);
            Assert.Equal(frame[14..], received[14..]);
            Assert.Equal((MappedLanes.Station, MappedLanes.Node), (Wire.MacAddress.Read(received), Wire.MacAddress.Read(received.AsSpan(6))));
        }
        Assert.Null(shop.Receive());
        Assert.Null(pictures.Receive());
    }

    [Fact]
    public void A_frame_is_gathered_from_its_pieces()
    {
        using var bed = new LaneBed();
        MappedLanes pictures = bed.StartPictures(2);
        MappedLanes shop = bed.StartShop(1);
        byte[] frame = LaneBed.Question(1, 2, 3_000, 9);
        byte[] head = [1, 2, 3, .. frame[..60]];
        Assert.True(shop.Set.TrySend([Piece(head, 0, head.Length), Piece(frame, 60, 2_000), Piece(frame, 2_060, frame.Length - 2_060)], skipped: 3, frame.Length));
        Assert.Equal(frame[14..], pictures.Receive()![14..]);
    }

    [Fact]
    public void A_full_ring_is_not_written_to_until_all_of_it_is_read()
    {
        using var bed = new LaneBed();
        MappedLanes pictures = bed.StartPictures(2);
        MappedLanes shop = bed.StartShop(1);
        int sent = 0;
        while (shop.Send(LaneBed.Question(1, 2, 60_000, (byte)sent)))
            sent++;
        Assert.Equal(LaneLayout.RingSize / 60_160, sent);
        for (int i = 0; i < sent; i++)
        {
            Assert.False(shop.Send(LaneBed.Question(1, 2)));
            Assert.Equal((byte)i, pictures.Receive()![100]);
        }
        Assert.True(shop.Send(LaneBed.Question(1, 2)));
    }

    [Fact]
    public void Who_sleeps_is_called_over_the_network_and_who_was_sent_something_does_not_sleep()
    {
        using var bed = new LaneBed();
        MappedLanes pictures = bed.StartPictures(2);
        MappedLanes shop = bed.StartShop(1);
        Assert.True(pictures.Set.TrySleep());
        Assert.False(shop.Send(LaneBed.Question(1, 2)));
        Assert.True(shop.Send(LaneBed.Question(1, 2))); // the one before is waking it
        pictures.Set.Wake();
        Assert.True(shop.Send(LaneBed.Question(1, 2)));
        Assert.True(pictures.Set.HasFrame);
        Assert.False(pictures.Set.TrySleep());
        Assert.NotNull(pictures.Receive());
        Assert.NotNull(pictures.Receive());
        Assert.True(pictures.Set.TrySleep());
        Assert.False(shop.Send(LaneBed.Question(1, 2)));
    }

    [Fact]
    public void An_instance_that_does_not_look_yet_is_not_sent_to()
    {
        using var bed = new LaneBed();
        MappedLanes shop = bed.StartShop(1);
        _ = bed.Broker.Admit(LaneBed.Address(2), LaneBed.Pictures, []);
        Assert.True(shop.Set.IsActive);
        Assert.False(shop.Send(LaneBed.Question(1, 2)));
    }

    [Fact]
    public async Task No_frame_is_lost_between_two_that_sleep_and_wake_as_they_like()
    {
        const int frames = 100_000;
        using var bed = new LaneBed();
        MappedLanes pictures = bed.StartPictures(2);
        MappedLanes shop = bed.StartShop(1);
        using var tap = new SemaphoreSlim(0);
        var overTap = new ConcurrentQueue<int>();
        byte[] question = LaneBed.Question(1, 2, 64);
        Task sending = Task.Run(() =>
        {
            var random = new Random(3);
            for (int i = 0; i < frames; i++)
            {
                BitConverter.TryWriteBytes(question.AsSpan(60), i);
                if (!shop.Send(question))
                {
                    overTap.Enqueue(i);
                    tap.Release();
                }
                if (random.Next(50) == 0)
                    Thread.SpinWait(random.Next(500));
            }
        });
        bool[] seen = new bool[frames];
        int missing = frames;
        void See(int number)
        {
            missing -= seen[number] ? 0 : 1;
            seen[number] = true;
        }
        await Task.Run(() =>
        {
            while (missing > 0)
            {
                while (overTap.TryDequeue(out int number))
                    See(number);
                while (pictures.Receive() is { } frame)
                    See(BitConverter.ToInt32(frame, 60));
                if (missing == 0 || !pictures.Set.TrySleep())
                    continue;
                Assert.True(tap.Wait(s_patience), $"{missing} frames are missing, and nobody was woken");
                pictures.Set.Wake();
            }
        }).WaitAsync(s_patience * 2);
        await sending;
    }

    [Fact]
    public void What_a_peer_sent_before_it_went_is_read_still_and_nothing_is_sent_to_it()
    {
        using var bed = new LaneBed();
        MappedLanes pictures = bed.StartPictures(2);
        MappedLanes shop = bed.StartShop(1);
        Assert.True(shop.Send(LaneBed.Question(1, 2, 10, 5)));
        bed.Broker.Expel(LaneBed.Address(1));
        Assert.False(pictures.Send(LaneBed.Answer(2, 1)));
        Assert.Equal(5, pictures.Receive()![60]);
        Assert.Null(pictures.Receive());
        Assert.False(pictures.Set.HasFrame);
    }

    [Theory]
    [InlineData(LaneLayout.ProducedOffset, 0x7FFF_FFFFu)]
    [InlineData(LaneLayout.ProducedOffset, 64u)]
    [InlineData(LaneLayout.ProducedOffset, 1u)]
    [InlineData(LaneLayout.HeaderSize, 0xFFFF_FFFFu)]
    [InlineData(LaneLayout.HeaderSize, 70_000u)]
    [InlineData(LaneLayout.HeaderSize, 65_549u)]
    [InlineData(LaneLayout.HeaderSize, 0u)]
    public unsafe void A_peer_that_writes_nonsense_is_listened_to_no_more(int offset, uint value)
    {
        using var bed = new LaneBed();
        MappedLanes pictures = bed.StartPictures(2);
        MappedLanes shop = bed.StartShop(1);
        Assert.True(shop.Send(LaneBed.Question(1, 2, 1_000)));
        byte* asks = shop.Lane(4) + LaneLayout.DirectionSize;
        *(uint*)(asks + offset) = value;
        Assert.Null(pictures.Receive());
        Assert.False(pictures.Set.HasFrame);
        Assert.False(shop.Send(LaneBed.Question(1, 2)));
        Assert.True(pictures.Set.TrySleep());
        pictures.Set.Wake();
        Assert.False(shop.Send(LaneBed.Question(1, 2)));

        // The other direction is none the worse.
        Assert.True(pictures.Send(LaneBed.Answer(2, 1, 20)));
        Assert.NotNull(shop.Receive());
    }

    [Fact]
    public unsafe void A_peer_that_claims_to_have_read_what_was_not_sent_is_sent_nothing_more()
    {
        using var bed = new LaneBed();
        bed.StartPictures(2);
        MappedLanes shop = bed.StartShop(1);
        *(uint*)(shop.Lane(4) + LaneLayout.DirectionSize + LaneLayout.ConsumedOffset) = 64;
        Assert.False(shop.Send(LaneBed.Question(1, 2)));
        *(uint*)(shop.Lane(4) + LaneLayout.DirectionSize + LaneLayout.ConsumedOffset) = 0;
        Assert.False(shop.Send(LaneBed.Question(1, 2)));
    }

    private static FramePiece Piece(byte[] source, int start, int length) => new() { Source = source, Start = start, Length = length };

    private static int Size(Random random) => random.Next(4) switch { 0 => 0, 1 => random.Next(100), 2 => 65_549 - 54, _ => random.Next(65_549 - 54) };
}
