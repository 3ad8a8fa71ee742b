// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using Uaas.Media.Flv;
using Uaas.Media.Live;
using Uaas.Media.Rtmp;
using Uaas.Media.Tests.Support;

namespace Uaas.Media.Tests;

public class ChunkTests
{
    private readonly MessageBuffers _buffers = new(8, 4, 1 << 18);

    [Fact]
    public void What_viewers_are_sent_by_RTMP_is_read_back_with_timestamps_that_outgrow_24_bits()
    {
        StreamTable table = new(1, 1 << 20, 4);
        Assert.Equal(PublishResult.Ok, table.TryPublish("x"u8, default, out LiveStream? opened));
        LiveStream stream = opened!;
        stream.TryAdd(TagType.Video, 0, Packets.VideoHeader());
        stream.TryAdd(TagType.Video, 0, Packets.Key());
        stream.Flush();
        TestViewer viewer = new();
        Assert.True(viewer.Viewer.TryBegin(stream, FramingKind.Rtmp));
        List<uint> times = [0, 0];
        for (uint time = 50_000; time < 20_000_000; time += 50_000)
        {
            stream.TryAdd(TagType.Video, time, time % 1_000_000 == 0 ? Packets.Key(200_000) : Packets.Inter());
            stream.Flush();
            viewer.TakeAll(10_000);
            times.Add(time);
        }

        List<(RtmpMessage Message, byte[] Body)> messages = ReadAll(viewer.Taken, Framing.ChunkSize, 1_000_003);
        Assert.Equal(times, messages.Select(each => each.Message.Timestamp));
        Assert.All(messages, each => Assert.Equal(RtmpMessageType.Video, each.Message.Type));
        Assert.Equal(Packets.Key(200_000), messages[21].Body);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(64)]
    public void Messages_of_two_chunk_streams_in_turns_are_put_together_however_they_arrive(int piece)
    {
        byte[] bytes =
        [
            // Chunk stream 3: 200 bytes at time 10, in chunks of 128; between them chunk stream 70 (two bytes of id), 3 bytes at extended time.
            3, 0, 0, 10, 0, 0, 200, 9, 1, 0, 0, 0, .. Fill(128, 1),
            0, 6, 0xFF, 0xFF, 0xFF, 0, 0, 3, 8, 1, 0, 0, 0, 1, 0, 0, 0, 7, 7, 7,
            0xC3, .. Fill(72, 1),
            // Type 2: the same again, 5 ms later. Type 3: and again.
            0x83, 0, 0, 5, .. Fill(128, 2), 0xC3, .. Fill(72, 2),
            0xC3, .. Fill(128, 3), 0xC3, .. Fill(72, 3),
        ];
        List<(RtmpMessage Message, byte[] Body)> messages = ReadAll(bytes, 128, piece);
        Assert.Equal([0x0100_0000u, 10u, 15u, 20u], messages.Select(each => each.Message.Timestamp));
        Assert.Equal([3, 200, 200, 200], messages.Select(each => each.Body.Length));
        Assert.Equal(Fill(200, 3), messages[3].Body);
        Assert.Equal(0, _buffers.InUse);
    }

    [Fact]
    public void What_is_too_large_or_follows_nothing_is_refused()
    {
        Assert.Equal(ChunkStatus.Refused, ReadOne([0xC3, 1, 2, 3]));
        Assert.Equal(ChunkStatus.Refused, ReadOne([3, 0, 0, 0, 0xFF, 0xFF, 0xFF, 9, 1, 0, 0, 0]));
        Assert.Equal(0, _buffers.InUse);
    }

    private ChunkStatus ReadOne(byte[] bytes)
    {
        ChunkReader reader = new(_buffers);
        reader.Reset();
        int position = 0;
        return reader.Read(bytes, ref position, out _, out _);
    }

    private List<(RtmpMessage Message, byte[] Body)> ReadAll(byte[] bytes, int chunkSize, int piece)
    {
        ChunkReader reader = new(_buffers);
        reader.Reset();
        reader.MaxMessage = _buffers.LargeSize;
        Assert.True(reader.TrySetChunkSize((uint)chunkSize));
        List<(RtmpMessage, byte[])> messages = [];
        int start = 0;
        for (int end = Math.Min(piece, bytes.Length); ; end = Math.Min(end + piece, bytes.Length))
        {
            int position = 0;
            ChunkStatus status;
            while ((status = reader.Read(bytes.AsSpan(start, end - start), ref position, out RtmpMessage message, out ReadOnlySpan<byte> body)) == ChunkStatus.Message)
                messages.Add((message, body.ToArray()));
            Assert.Equal(ChunkStatus.NeedMore, status);
            start += position;
            if (end == bytes.Length) break;
        }

        Assert.Equal(bytes.Length, start);
        return messages;
    }

    private static byte[] Fill(int count, byte value) => [.. Enumerable.Repeat(value, count)];
}
