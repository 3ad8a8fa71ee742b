// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using Uaas.Media.Flv;
using Uaas.Media.Live;
using Uaas.Media.Rtmp;
using Uaas.Media.Tests.Support;
using Uaas.Net.Tcp;

namespace Uaas.Media.Tests;

/// <summary>Publishers and players over TCP, well-behaved and not.</summary>
public class RtmpTests
{
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0.05)]
    [InlineData(3, 0.1)]
    public void What_is_published_is_played_whole_over_links_good_and_bad(int seed, double trouble)
    {
        RtmpBed bed = new(seed, trouble);
        RtmpPeer publisher = bed.Publish();
        RtmpPeer player = bed.Open("play");
        Assert.True(bed.Link.Until(() => player.Was("NetStream.Play.Start")));
        List<byte[]> sent = [Packets.VideoHeader(), Packets.Key()];
        for (uint i = 1; i <= 100; i++)
        {
            sent.Add(Packets.Inter(500 + (int)i, (byte)i));
            publisher.Packet(TagType.Video, i * 40, sent[^1]);
            bed.Pass(0.04);
        }

        Assert.True(bed.Link.Until(() => player.Media.Count == sent.Count), $"{player.Media.Count} of {sent.Count}");
        Assert.Equal(sent, player.Media.Select(each => each.Body));
        Assert.Equal(Enumerable.Range(1, 100).Select(i => (uint)i * 40), player.Media.Skip(2).Select(each => each.Message.Timestamp));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Garbage_ends_its_own_connection_and_no_other(int seed)
    {
        Random random = new(seed);
        RtmpBed bed = new();
        RtmpPeer publisher = bed.Publish();
        RtmpPeer player = bed.Open("play");
        Assert.True(bed.Link.Until(() => player.Media.Count == 2));
        for (int i = 0; i < 20; i++)
        {
            byte[] garbage = new byte[random.Next(1, 5000)];
            random.NextBytes(garbage);
            // From the first byte, after the handshake, or amid what a publisher says.
            RtmpPeer hostile = i % 3 == 2 ? bed.Open("publish", "other") : bed.OpenRaw();
            if (i % 3 == 1) hostile.Send([3, .. new byte[1536], .. new byte[1536]]);
            hostile.Send(garbage);
            bed.Pass(1);
            publisher.Packet(TagType.Video, (uint)(i + 1) * 1000, Packets.Inter());
            bed.Link.Until(() => hostile.IsClosed, 20);
            if (!hostile.IsClosed) hostile.Reset();
        }

        Assert.True(bed.Link.Until(() => player.Media.Count == 22));
        player.Reset();
        publisher.Reset();
        Assert.True(bed.Link.Until(() => bed.Server.ActiveConnections == 0));
        Assert.Equal(0, bed.Server.Buffers.InUse);
    }

    [Fact]
    public void Who_says_nothing_is_cut_off_after_fifteen_seconds_and_a_publisher_that_stops_after_thirty()
    {
        RtmpBed bed = new();
        RtmpPeer mute = bed.OpenRaw();
        RtmpPeer publisher = bed.Publish();
        bed.Pass(14);
        Assert.False(mute.IsClosed);
        bed.Pass(2);
        Assert.True(mute.IsClosed);
        Assert.True(bed.Stream().IsPublishing);
        bed.Pass(15);
        Assert.True(publisher.IsClosed);
        Assert.False(bed.Stream()?.IsPublishing ?? false);
    }

    [Fact]
    public void A_publisher_that_vanishes_may_come_back_and_its_viewers_play_on()
    {
        RtmpBed bed = new();
        RtmpPeer first = bed.Publish();
        RtmpPeer player = bed.Open("play");
        Assert.True(bed.Link.Until(() => player.Media.Count == 2));
        RtmpPeer refused = bed.Open("publish");
        Assert.True(bed.Link.Until(() => refused.Was("NetStream.Publish.BadName")));
        first.Packet(TagType.Video, 5000, Packets.Inter(100)[..60]);
        first.Reset();
        Assert.True(bed.Link.Until(() => !bed.Stream().IsPublishing));
        RtmpPeer second = bed.Publish();
        second.Packet(TagType.Video, 40, Packets.Inter());
        Assert.True(bed.Link.Until(() => player.Media[^1].Body.AsSpan().SequenceEqual(Packets.Inter())));
        uint[] times = [.. player.Media.Select(each => each.Message.Timestamp)];
        Assert.Equal(times.Order(), times);
        second.Reset();
        bed.Pass(31);
        Assert.True(player.Was("NetStream.Play.UnpublishNotify"));
        Assert.True(player.IsFinishedByServer);
        Assert.True(bed.Link.Until(() => bed.Server.ActiveConnections == 0));
    }

    [Fact]
    public void A_viewer_that_stops_reading_is_cut_off_and_the_others_get_everything()
    {
        RtmpBed bed = new(capacity: 1 << 19);
        RtmpPeer publisher = bed.Publish();
        RtmpPeer stuck = bed.Open("play");
        RtmpPeer player = bed.Open("play");
        Assert.True(bed.Link.Until(() => player.Media.Count == 2 && stuck.Media.Count == 2));
        stuck.Reads = false;
        int sent = 2;
        for (uint i = 1; i <= 400 && bed.Stream().Counters.Cuts == 0; i++)
        {
            publisher.Packet(TagType.Video, i * 40, i % 50 == 0 ? Packets.Key(6000) : Packets.Inter(6000));
            sent++;
            bed.Pass(0.04);
        }

        Assert.Equal(1, bed.Stream().Counters.Cuts);
        Assert.True(bed.Link.Until(() => player.Media.Count == sent));
        Assert.Equal(1, bed.Stream().ViewerCount);
    }

    [Fact]
    public void Time_goes_on_across_both_wraps_and_jumps()
    {
        RtmpBed bed = new();
        RtmpPeer publisher = bed.Publish();
        RtmpPeer player = bed.Open("play");
        uint[] times = [0xFFFFFF - 20, 0xFFFFFF + 20, 0xFFFFFF + 60, uint.MaxValue - 10, 29, 69, 100_000_000, 5];
        foreach (uint time in times)
        {
            publisher.Packet(TagType.Video, time, Packets.Inter());
            bed.Pass(0.04);
        }

        Assert.True(bed.Link.Until(() => player.Media.Count == times.Length + 2));
        uint[] played = [.. player.Media.Select(each => each.Message.Timestamp).Skip(1)];
        const uint gap = StreamClock.Gap;
        Assert.Equal([gap, 40, 40, gap, 40, 40, gap, gap], played.Skip(1).Zip(played, static (time, before) => time - before));
    }

    [Fact]
    public void Only_who_knows_the_key_may_publish()
    {
        Assert.True(StreamKeys.TryRead("film s3cret\n"u8, out StreamKeys? keys));
        RtmpBed bed = new(keys: keys);
        foreach (string name in (string[])["film", "film?key=wrong", "film?key=s3cre", "other?key=s3cret"])
        {
            RtmpPeer refused = bed.Open("publish", name);
            Assert.True(bed.Link.Until(() => refused.Was("NetStream.Publish.Denied") && refused.IsFinishedByServer), name);
        }

        Assert.True(bed.Link.Until(() => bed.Streams.PublisherCount == 0));
        bed.Publish("film?key=s3cret");
        Assert.Equal(4, bed.Server.Counters.RefusedPublishers);
    }

    [Fact]
    public void A_drain_ends_publishers_and_viewers_in_order()
    {
        RtmpBed bed = new();
        RtmpPeer publisher = bed.Publish();
        RtmpPeer player = bed.Open("play");
        RtmpPeer undecided = bed.OpenRaw();
        Assert.True(bed.Link.Until(() => player.Media.Count == 2));
        bed.Server.Drain();
        bed.Streams.Drain();
        Assert.True(bed.Link.Until(() => bed.Server.IsDrained && publisher.IsClosed && player.IsClosed && undecided.IsClosed));
        Assert.True(publisher.Was("NetStream.Unpublish.Success"));
        Assert.Equal(TcpCloseReason.Finished, publisher.Reason);
        Assert.True(player.Was("NetStream.Play.UnpublishNotify"));
        Assert.Equal(TcpCloseReason.Finished, player.Reason);
        Assert.Equal(TcpCloseReason.ResetByPeer, undecided.Reason);
    }

    [Fact]
    public void Thousands_come_and_go_and_nothing_is_left_of_them()
    {
        RtmpBed bed = new(maxConnections: 8);
        RtmpPeer publisher = bed.Publish();
        for (int i = 0; i < 2000; i++)
        {
            RtmpPeer player = bed.Open(i % 5 == 0 ? "publish" : "play", i % 5 == 0 ? $"x{i % 3}" : "film");
            bed.Link.Until(() => i % 5 == 0 || bed.Stream().ViewerCount == 1, 1);
            player.Reset();
            Assert.True(bed.Link.Until(() => bed.Server.ActiveConnections == 1));
        }

        Assert.Equal(0, bed.Stream().ViewerCount);
        Assert.Equal(1601, bed.Stream().Counters.Viewers + 1);
        publisher.Reset();
        Assert.True(bed.Link.Until(() => bed.Server.ActiveConnections == 0));
        Assert.Equal(0, bed.Server.Buffers.InUse);
    }
}
