// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using Uaas.Media.Flv;
using Uaas.Media.Live;
using Uaas.Media.Tests.Support;

namespace Uaas.Media.Tests;

/// <summary>Viewers who go without pictures that no other needs, and sound that waits for a picture.</summary>
public class CatchingUpTests
{
    private const long Second = 1_000_000_000;
    private const long Millisecond = 1_000_000;

    private readonly StreamTable _table = new(1, 1 << 20, maxViewers: 8);
    private readonly LiveStream _stream;
    private uint _time;

    public CatchingUpTests()
    {
        Assert.Equal(PublishResult.Ok, _table.TryPublish("test"u8, default, out LiveStream? stream));
        _stream = stream!;
        // An AVCDecoderConfigurationRecord whose lengths are of four bytes.
        Add(TagType.Video, [0x17, 0, 0, 0, 0, 1, 100, 0, 31, 0xFF, 0xE0, 0]);
    }

    [Theory]
    [InlineData(FramingKind.Flv)]
    [InlineData(FramingKind.Rtmp)]
    [InlineData(FramingKind.WebSocket)]
    public void A_viewer_that_catches_up_begins_without_pictures_that_no_other_needs_and_then_gets_all(FramingKind kind)
    {
        Add(TagType.Video, Key());
        for (int i = 0; i < 10; i++)
        {
            Add(TagType.Video, Picture(isReference: false));
            Add(TagType.Video, Picture(isReference: true));
            Add(TagType.Audio, Packets.Sound());
        }

        TestViewer lean = Join(kind, catchesUp: true);
        TestViewer whole = Join(kind, catchesUp: false);
        long all = whole.Offered;
        Assert.True(lean.Offered < all);
        lean.TakeAll(1000);
        whole.TakeAll(1000);
        Assert.Equal(10, _stream.Counters.LeftOut);
        long before = lean.Offered;
        _table.Turn(0);
        _table.Turn(5 * Second);
        Add(TagType.Video, Picture(isReference: false));
        Add(TagType.Video, Picture(isReference: true));
        lean.TakeAll(1000);
        whole.TakeAll(1000);
        Assert.Equal(whole.Offered - all, lean.Offered - before);
        Assert.Equal(10, _stream.Counters.LeftOut);
        if (kind != FramingKind.Flv) return;
        Assert.Equal(whole.Tags.Where(tag => !IsDisposable(tag)).Select(tag => tag.Body), lean.Tags.Where(tag => !IsDisposable(tag)).Select(tag => tag.Body));
        Assert.Equal(whole.Tags.Count - 10, lean.Tags.Count);
    }

    [Fact]
    public void Behind_by_half_a_second_it_goes_lean_and_back_when_it_has_caught_up()
    {
        TestViewer viewer = Join(FramingKind.Flv, catchesUp: true);
        Add(TagType.Video, Key());
        viewer.TakeAll();
        for (int i = 1; i <= 100; i++)
        {
            _table.Turn(i * 40 * Millisecond);
            Add(TagType.Video, Picture(i % 2 == 0));
            viewer.TakeAll();
        }

        Assert.Equal(0, _stream.Counters.LeftOut);
        Assert.InRange(_stream.BytesPerSecond, 20_000, 30_000);
        for (int i = 0; i < 30; i++) Add(TagType.Video, Picture(i % 2 == 0));
        long leftOut = _stream.Counters.LeftOut;
        Assert.InRange(leftOut, 5, 14);
        viewer.TakeAll();
        for (int i = 0; i < 10; i++)
        {
            Add(TagType.Video, Picture(i % 2 == 0));
            viewer.TakeAll();
        }

        Assert.Equal(leftOut, _stream.Counters.LeftOut);
        Assert.Equal(142 - leftOut, viewer.Tags.Count);
    }

    [Theory]
    [InlineData(new byte[] { 0x90, (byte)'h', (byte)'v', (byte)'c', (byte)'1' }, new byte[] { 0xA3, (byte)'h', (byte)'v', (byte)'c', (byte)'1', 0, 0, 0, 2, 0x00, 1 }, true)]
    [InlineData(new byte[] { 0x90, (byte)'h', (byte)'v', (byte)'c', (byte)'1' }, new byte[] { 0xA3, (byte)'h', (byte)'v', (byte)'c', (byte)'1', 0, 0, 0, 2, 0x02, 1 }, false)]
    [InlineData(new byte[] { 0x90, (byte)'h', (byte)'v', (byte)'c', (byte)'1' }, new byte[] { 0xA1, (byte)'h', (byte)'v', (byte)'c', (byte)'1', 0, 0, 9, 0, 0, 0, 2, 0x10, 1 }, true)]
    [InlineData(new byte[] { 0x90, (byte)'a', (byte)'v', (byte)'0', (byte)'1' }, new byte[] { 0xA3, (byte)'a', (byte)'v', (byte)'0', (byte)'1', 0, 0, 0, 2, 0x00, 1 }, false)]
    [InlineData(new byte[] { 0x17, 0, 0, 0, 0 }, new byte[] { 0x27, 1, 0, 0, 0, 0, 0, 0, 2, 9, 0xF0, 0, 0, 0, 2, 0x01, 1 }, true)]
    [InlineData(new byte[] { 0x17, 0, 0, 0, 0 }, new byte[] { 0x27, 1, 0, 0, 0, 0, 0, 0, 2, 0x41, 1 }, false)]
    [InlineData(new byte[] { 0x17, 0, 0, 0, 0 }, new byte[] { 0x27, 1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x01 }, false)]
    [InlineData(new byte[] { 0x17, 0, 0, 0, 0 }, new byte[] { 0x27, 1, 0, 0, 0, 0, 0, 0, 0 }, false)]
    public void Disposable_pictures_are_told_by_their_slices(byte[] codec, byte[] picture, bool isDisposable)
    {
        byte[] configuration = [.. codec, .. Enumerable.Repeat((byte)0xFF, 30)];
        Assert.Equal(isDisposable, CodecLayout.Read(configuration).IsDisposable(picture));
    }

    [Fact]
    public void Sound_waits_for_a_picture_to_travel_with_but_no_longer_than_it_may()
    {
        _table.SoundWait = 40 * Millisecond;
        Add(TagType.Video, Key());
        TestViewer viewer = Join(FramingKind.Flv, catchesUp: false);
        viewer.TakeAll();
        _table.Turn(100 * Millisecond);
        AddLater(TagType.Audio, Packets.Sound());
        long before = viewer.Offered;
        Assert.Equal(140 * Millisecond, _table.NextDeadline);
        _table.Turn(139 * Millisecond);
        AddLater(TagType.Audio, Packets.Sound());
        Assert.Equal(140 * Millisecond, _table.NextDeadline);
        Assert.Equal(before, viewer.Offered);
        _table.Turn(140 * Millisecond);
        Assert.True(viewer.Offered > before);
        Assert.Equal(long.MaxValue, _table.NextDeadline);
        before = viewer.Offered;
        AddLater(TagType.Audio, Packets.Sound());
        AddLater(TagType.Video, Picture(isReference: true));
        Assert.True(viewer.Offered > before);
        viewer.TakeAll();
        Assert.Equal(6, viewer.Tags.Count);
    }

    private static bool IsDisposable(Tag tag) => tag.Type == TagType.Video && tag.Body[0] == 0x27 && tag.Body[9] == 0x01;

    private static byte[] Key() => [0x17, 1, 0, 0, 0, .. Unit(0x65, 900)];

    private static byte[] Picture(bool isReference) => [0x27, 1, 0, 0, 0, .. Unit(isReference ? (byte)0x41 : (byte)0x01, 900)];

    private static byte[] Unit(byte header, int length) => [0, 0, (byte)(length + 1 >> 8), (byte)(length + 1), header, .. Enumerable.Repeat((byte)7, length)];

    private TestViewer Join(FramingKind kind, bool catchesUp)
    {
        TestViewer viewer = new();
        Assert.True(viewer.Viewer.TryBegin(_stream, kind, catchesUp));
        return viewer;
    }

    private void Add(TagType type, byte[] body)
    {
        Assert.True(_stream.TryAdd(type, _time += 20, body));
        _stream.Flush();
    }

    private void AddLater(TagType type, byte[] body)
    {
        Assert.True(_stream.TryAdd(type, _time += 20, body));
        _table.Flush(_stream);
    }
}
