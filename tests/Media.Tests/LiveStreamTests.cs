// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Uaas.Media.Flv;
using Uaas.Media.Live;
using Uaas.Media.Tests.Support;

namespace Uaas.Media.Tests;

public class LiveStreamTests
{
    private const int Capacity = 1 << 16;

    private readonly StreamTable _table = new(2, Capacity, maxViewers: 8);
    private readonly LiveStream _stream;

    public LiveStreamTests()
    {
        Assert.Equal(PublishResult.Ok, _table.TryPublish("test"u8, default, out LiveStream? stream));
        _stream = stream!;
    }

    [Fact]
    public void A_viewer_of_a_running_stream_gets_headers_and_the_group_from_its_key_frame_at_time_zero()
    {
        Begin();
        Add(TagType.Video, 1000, Packets.Key());
        Add(TagType.Audio, 1010, Packets.Sound());
        Add(TagType.Video, 1040, Packets.Inter());
        TestViewer viewer = Join();
        viewer.TakeAll(7);
        Assert.Equal([TagType.Video, TagType.Audio, TagType.Video, TagType.Audio, TagType.Video], viewer.Tags.Select(tag => tag.Type));
        Assert.Equal([0u, 0u, 0u, 10u, 40u], viewer.Tags.Select(tag => tag.Timestamp));
        Assert.Equal(Packets.Key(), viewer.Tags[2].Body);
    }

    [Fact]
    public void Who_watches_publishers_is_told_who_comes_goes_and_is_sent_away()
    {
        var watch = new TellingWatch();
        _table.Watch = watch;
        _table.Turn(3_000_000);
        Assert.Equal(PublishResult.NameTaken, _table.TryPublish("test"u8, default, out _));
        Assert.Equal(PublishResult.BadName, _table.TryPublish("../x"u8, default, out _));
        Assert.Equal(PublishResult.Ok, _table.TryPublish("other"u8, default, out LiveStream? other));
        Assert.Equal(PublishResult.Full, _table.TryPublish("third"u8, default, out _));
        _table.Turn(10_000_000);
        _table.EndPublishing(other!);
        Assert.False(other!.IsPublishing);
        Assert.Equal(["test: NameTaken", "../x: BadName", "other comes", "third: Full", "other leaves after 7000000 ns"], watch.Told);
    }

    [Fact]
    public void A_viewer_that_comes_before_the_key_frame_waits_for_it()
    {
        Begin();
        TestViewer viewer = Join();
        Assert.Equal(0, viewer.Offered);
        Add(TagType.Video, 5, Packets.Inter());
        Assert.Equal(0, viewer.Offered);
        Add(TagType.Video, 45, Packets.Key());
        viewer.TakeAll();
        Assert.Equal(Packets.Key(), viewer.Tags[^1].Body);
        Assert.Equal(0u, viewer.Tags[^1].Timestamp);
    }

    [Fact]
    public void A_stream_of_sound_alone_begins_at_once()
    {
        Add(TagType.Audio, 0, Packets.AudioHeader());
        Add(TagType.Audio, 20, Packets.Sound());
        TestViewer viewer = Join();
        Add(TagType.Audio, 40, Packets.Sound());
        viewer.TakeAll();
        Assert.Equal(4, viewer.Taken[4]);
        Assert.Equal(Packets.AudioHeader(), viewer.Tags[0].Body);
        Assert.Equal(20u, viewer.Tags[^1].Timestamp);
    }

    [Fact]
    public void A_slow_viewer_skips_to_the_next_key_frame_and_others_do_not()
    {
        Begin();
        TestViewer slow = JoinAfterKey();
        TestViewer quick = Join();
        int sent = 0;
        while (slow.Viewer.State == ViewerState.Playing)
        {
            Add(TagType.Video, (uint)(++sent * 40), Packets.Inter(1000));
            quick.TakeAll();
        }

        slow.TakeAll();
        int had = slow.Tags.Count;
        Add(TagType.Video, (uint)(++sent * 40), Packets.Inter(1000));
        Assert.Equal(slow.Offered, slow.Taken.Length);
        Add(TagType.Video, (uint)(++sent * 40), Packets.Key());
        slow.TakeAll();
        quick.TakeAll();
        Assert.Equal(Packets.Key(), slow.Tags[had].Body);
        Assert.Equal(sent + 3, quick.Tags.Count);
        Assert.Equal(1, _stream.Counters.Drops);
        Assert.Equal(0, _stream.Counters.Cuts);
    }

    [Fact]
    public void A_viewer_that_takes_nothing_is_cut_off_before_its_packets_are_gone()
    {
        Begin();
        TestViewer dead = JoinAfterKey();
        for (uint i = 0; i < 3 * Capacity / 1000 && !dead.IsCut; i++) Add(TagType.Video, i * 40, Packets.Inter(1000));
        Assert.True(dead.IsCut);
        Assert.Equal(1, _stream.Counters.Cuts);
    }

    [Fact]
    public void A_group_larger_than_its_bound_is_not_kept()
    {
        Begin();
        Add(TagType.Video, 0, Packets.Key());
        for (uint i = 1; _stream.GroupStart >= 0; i++)
        {
            Assert.True(_stream.GroupLength <= _stream.GroupLimit);
            Add(TagType.Video, i * 40, Packets.Inter(1000));
        }

        TestViewer viewer = Join();
        Assert.Equal(ViewerState.Waiting, viewer.Viewer.State);
    }

    [Fact]
    public void Time_goes_on_when_the_publisher_wraps_jumps_or_comes_back()
    {
        Begin();
        uint wrap = uint.MaxValue - 50;
        Add(TagType.Video, wrap, Packets.Key());
        TestViewer viewer = Join();
        Add(TagType.Video, wrap + 40, Packets.Inter());
        Add(TagType.Video, unchecked(wrap + 80), Packets.Inter());
        Add(TagType.Video, 3_000_000_000, Packets.Inter());
        _stream.EndPublishing(0);
        Assert.Equal(PublishResult.Ok, _table.TryPublish("test"u8, default, out _));
        Begin();
        Add(TagType.Video, 7, Packets.Inter());
        Add(TagType.Video, 40, Packets.Key());
        viewer.TakeAll();
        uint[] frames = [.. viewer.Tags.Where(tag => tag.Type == TagType.Video && tag.Body[1] == 1).Select(tag => tag.Timestamp)];
        Assert.Equal([0, 40, 80, 80 + StreamClock.Gap], frames[..4]);
        Assert.Equal(5, frames.Length);
        Assert.True(viewer.Tags.Select(tag => tag.Timestamp).SequenceEqual(viewer.Tags.Select(tag => tag.Timestamp).Order()));
    }

    [Fact]
    public void A_new_configuration_ends_the_group_and_reaches_those_who_play()
    {
        Begin();
        TestViewer viewer = JoinAfterKey();
        Add(TagType.Video, 80, Packets.VideoHeader(9));
        Assert.Equal(-1, _stream.GroupStart);
        Add(TagType.Video, 120, Packets.Key());
        viewer.TakeAll();
        Assert.Equal(Packets.VideoHeader(9), viewer.Tags[^2].Body);
        TestViewer late = Join();
        late.TakeAll();
        Assert.Equal(Packets.VideoHeader(9), late.Tags[0].Body);
        Assert.Equal(Packets.Key(), late.Tags[2].Body);
    }

    [Fact]
    public void Names_are_checked_and_a_second_publisher_is_refused()
    {
        Assert.Equal(PublishResult.NameTaken, _table.TryPublish("test"u8, default, out _));
        Assert.Equal(PublishResult.BadName, _table.TryPublish("a/b"u8, default, out _));
        Assert.Equal(PublishResult.BadName, _table.TryPublish(""u8, default, out _));
        Assert.Equal(PublishResult.Ok, _table.TryPublish("other"u8, default, out _));
        Assert.Equal(PublishResult.Full, _table.TryPublish("third"u8, default, out _));
    }

    [Fact]
    public void Viewers_wait_for_their_publisher_as_long_as_it_is_given()
    {
        Begin();
        TestViewer viewer = JoinAfterKey();
        _stream.EndPublishing(now: 100);
        Assert.Equal(100 + StreamTable.Grace, _table.NextDeadline);
        _table.Turn(100 + StreamTable.Grace - 1);
        Assert.False(viewer.IsFinished);
        _table.Turn(100 + StreamTable.Grace);
        Assert.True(viewer.IsFinished);
        viewer.Viewer.Leave();
        _table.Turn(100 + StreamTable.Grace);
        Assert.Null(_table.Find("test"u8));
        Assert.Equal(long.MaxValue, _table.NextDeadline);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_is_published_every_viewer_that_keeps_up_gets_all_of_it(int seed)
    {
        Random random = new(seed);
        Begin();
        TestViewer viewer = JoinAfterKey();
        List<byte[]> published = [];
        for (int i = 0; i < 3000; i++)
        {
            byte[] body = random.Next(4) switch { 0 => Packets.Key(random.Next(5, 8000)), 1 => Packets.Sound((byte)i), _ => Packets.Inter(random.Next(5, 3000)) };
            published.Add(body);
            _stream.TryAdd(body[0] == 0xAF ? TagType.Audio : TagType.Video, (uint)(i * 10 + random.Next(5)), body);
            if (random.Next(3) != 0) continue;
            _stream.Flush();
            viewer.TakeAll(random.Next(1, 9000));
        }

        _stream.Flush();
        viewer.TakeAll();
        Assert.Equal(published, viewer.Tags.Skip(3).Select(tag => tag.Body));
        Assert.Equal(0, _stream.Counters.Drops);
    }

    private void Begin()
    {
        Add(TagType.Video, 0, Packets.VideoHeader());
        Add(TagType.Audio, 0, Packets.AudioHeader());
    }

    private TestViewer JoinAfterKey()
    {
        Add(TagType.Video, 0, Packets.Key());
        TestViewer viewer = Join();
        viewer.TakeAll();
        return viewer;
    }

    private TestViewer Join()
    {
        TestViewer viewer = new();
        Assert.True(viewer.Viewer.TryBegin(_stream, FramingKind.Flv));
        return viewer;
    }

    private void Add(TagType type, uint timestamp, byte[] body)
    {
        Assert.True(_stream.TryAdd(type, timestamp, body));
        _stream.Flush();
    }

    private sealed class TellingWatch : PublisherWatch
    {
        internal List<string> Told { get; } = [];

        public override void Began(ReadOnlySpan<byte> stream) => Told.Add($"{Encoding.ASCII.GetString(stream)} comes");

        public override void Left(ReadOnlySpan<byte> stream, long nanoseconds) => Told.Add($"{Encoding.ASCII.GetString(stream)} leaves after {nanoseconds} ns");

        public override void Refused(ReadOnlySpan<byte> stream, PublishResult why) => Told.Add($"{Encoding.ASCII.GetString(stream)}: {why}");
    }
}
