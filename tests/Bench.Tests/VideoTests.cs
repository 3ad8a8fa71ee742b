// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using Uaas.Bench.Clients.Video;
using Xunit;

namespace Uaas.Bench.Tests;

public class VideoTests
{
    [Fact]
    public void A_marked_picture_is_found_among_others_and_says_whether_it_is_a_key_frame()
    {
        byte[] bytes = new byte[1000];
        FrameMarker.Write(bytes.AsSpan(100, 300), 7, isKey: true);
        FrameMarker.Write(bytes.AsSpan(500, 60), 8, isKey: false);
        Assert.True(FrameMarker.TryFind(bytes, out FrameMarker first, out int end));
        Assert.Equal(400, end);
        Assert.True(first is { Number: -7, IsKey: true, SentAt: > 0 });
        Assert.True(FrameMarker.TryFind(bytes.AsSpan(end), out FrameMarker second, out _));
        Assert.True(second is { Number: 8, IsKey: false });
        Assert.False(FrameMarker.TryFind(bytes.AsSpan(0, 399), out _, out _));
    }

    [Fact]
    public void A_packet_larger_than_a_chunk_goes_out_in_several()
    {
        byte[] body = [.. Enumerable.Range(0, RtmpSession.ChunkSize + 10).Select(i => (byte)i)];
        byte[] room = new byte[body.Length + 100];
        int length = RtmpSession.WritePacket(room, new RecordedPacket(9, 0, body), 0x010203);
        Assert.Equal(body.Length + RtmpSession.MessageHeader + 1, length);
        Assert.Equal([6, 1, 2, 3, 1, 0, 10, 9, 1, 0, 0, 0], room[..RtmpSession.MessageHeader]);
        Assert.Equal(0xC6, room[RtmpSession.MessageHeader + RtmpSession.ChunkSize]);
        Assert.Equal(body[^10..], room[(length - 10)..length]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void A_picture_whose_marker_a_chunk_of_http_ends_within_is_read_all_the_same(int read)
    {
        byte[] body = new byte[300];
        FrameMarker.Write(body.AsSpan(0, 150), 7, isKey: false);
        FrameMarker.Write(body, 8, isKey: false);
        byte[] answer =
        [
            .. "HTTP/1.1 200 OK\r\nContent-Type: video/x-flv\r\ntransfer-encoding: chunked\r\n\r\n8c\r\n"u8, .. body[..140], .. "\r\n1;extension\r\n"u8, .. body[140..141],
            .. "\r\n9F\r\n"u8, .. body[141..], .. "\r\n0\r\n\r\n"u8,
        ];
        Assert.Equal(body, BodyOf(answer, read));
    }

    [Fact]
    public void An_answer_of_http_that_is_not_in_chunks_is_taken_as_it_is() =>
        Assert.Equal("8\r\n\r\nbody"u8.ToArray(), BodyOf("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n8\r\n\r\nbody"u8.ToArray(), 5));

    private static byte[] BodyOf(byte[] answer, int read)
    {
        var stream = new HttpStream();
        List<byte> body = [];
        foreach (byte[] part in answer.Chunk(read))
            body.AddRange(part[..stream.Take(part)]);
        return [.. body];
    }
}
