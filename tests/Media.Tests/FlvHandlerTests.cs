// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Uaas.Http;
using Uaas.Http.Tests.Support;
using Uaas.Media.Flv;
using Uaas.Media.Live;
using Uaas.Media.Play;
using Uaas.Media.Rtmp;
using Uaas.Media.Tests.Support;

namespace Uaas.Media.Tests;

/// <summary>Streams over HTTP, without a network.</summary>
public class FlvHandlerTests
{
    private const string Handshake = "GET /live/a.flv HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    private readonly MessageBuffers _buffers = new(8, 4, 1 << 18);
    private readonly StreamTable _streams;
    private readonly FlvHandler _handler;
    private readonly TestServer _server;

    public FlvHandlerTests()
    {
        Assert.True(StreamKeys.TryRead("locked s3cret\n* any\n"u8, out StreamKeys? keys));
        _streams = new StreamTable(3, 1 << 20, 8, keys);
        HttpLimits limits = new() { MaxBody = long.MaxValue };
        _handler = new FlvHandler(_streams, _buffers, limits.MaxConnections + limits.MaxOverloadConnections);
        _server = new TestServer(_handler, limits);
    }

    [Fact]
    public void What_is_posted_is_played_in_chunks_to_one_and_until_the_end_to_an_old_client()
    {
        TestTransport publisher = _server.Connect();
        publisher.Send("POST /live/a.flv?key=any HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        (TagType, uint, byte[])[] tags = [(TagType.Video, 0, Packets.VideoHeader()), (TagType.Video, 0, Packets.Key()), (TagType.Video, 40, Packets.Inter())];
        byte[] file = FlvFile.Write(tags);
        SendChunks(publisher, file, 7);
        TestTransport modern = _server.Connect();
        modern.Send("GET /live/a.flv HTTP/1.1\r\nHost: a\r\n\r\n");
        TestTransport old = _server.Connect();
        old.Send("GET /live/a.flv HTTP/1.0\r\n\r\n");
        Assert.Contains("Transfer-Encoding: chunked\r\n", modern.Text, StringComparison.Ordinal);
        Assert.Contains("Access-Control-Allow-Origin: *\r\n", modern.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("chunked", old.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Content-Length", old.Text, StringComparison.Ordinal);
        Assert.Equal(tags, TagReader.Read(Content(old)).Select(tag => (tag.Type, tag.Timestamp, tag.Body)), Same);
        Assert.Equal(tags, TagReader.Read(Unchunk(Content(modern))).Select(tag => (tag.Type, tag.Timestamp, tag.Body)), Same);

        publisher.Send("0\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 204 ", publisher.Text, StringComparison.Ordinal);
        Assert.False(_streams.Find("a"u8)!.IsPublishing);
        Assert.Equal(0, _buffers.InUse);
    }

    [Theory]
    [InlineData("POST /live/locked.flv?key=any HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n", 403)]
    [InlineData("POST /live/other.flv HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n", 403)]
    [InlineData("POST /live/.x.flv?key=any HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n", 404)]
    [InlineData("POST /live/taken.flv?key=any HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n", 409)]
    [InlineData("POST /live/b.flv?key=any HTTP/1.1\r\nHost: a\r\n\r\n", 411)]
    [InlineData("POST /live/b.flv?key=any HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\nthis is no FLV at all", 400)]
    [InlineData("GET /live/nobody.flv HTTP/1.1\r\nHost: a\r\n\r\n", 404)]
    [InlineData("GET /elsewhere HTTP/1.1\r\nHost: a\r\n\r\n", 404)]
    [InlineData("DELETE /live/taken.flv HTTP/1.1\r\nHost: a\r\n\r\n", 405)]
    [InlineData("HEAD /live/taken.flv HTTP/1.1\r\nHost: a\r\n\r\n", 200)]
    [InlineData("OPTIONS /live/taken.flv HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\nAccess-Control-Request-Method: GET\r\n\r\n", 204)]
    public void Each_mistake_has_its_status(string request, int status)
    {
        Publish("taken");
        TestTransport transport = _server.Connect();
        transport.Send(request);
        Assert.StartsWith($"HTTP/1.1 {status} ", transport.Text, StringComparison.Ordinal);
        if (status == 204) Assert.Contains("Access-Control-Allow-Methods: GET, HEAD, POST, PUT, OPTIONS\r\n", transport.Text, StringComparison.Ordinal);
        transport.Close();
        Assert.Equal(0, _buffers.InUse);
    }

    [Fact]
    public void A_publisher_that_is_silent_for_half_a_minute_or_vanishes_leaves_its_name_free()
    {
        TestTransport silent = _server.Connect();
        silent.Send("POST /live/a.flv?key=any HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        SendChunks(silent, FlvFile.Write([(TagType.Video, 0, Packets.Key())])[..40], 40);
        Assert.True(_streams.Find("a"u8)!.IsPublishing);
        _server.Pass(31, silent);
        Assert.StartsWith("HTTP/1.1 408 ", silent.Text, StringComparison.Ordinal);
        Assert.False(_streams.Find("a"u8)!.IsPublishing);
        TestTransport second = _server.Connect();
        second.Send("POST /live/a.flv?key=any HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\nFLV");
        Assert.True(_streams.Find("a"u8)!.IsPublishing);
        second.Close();
        Assert.False(_streams.Find("a"u8)!.IsPublishing);
        Assert.Equal(0, _buffers.InUse);
    }

    [Fact]
    public void A_web_socket_gets_each_tag_as_a_frame_and_its_pings_back()
    {
        LiveStream stream = Publish("a");
        TestTransport player = _server.Connect();
        player.Send(Handshake);
        Assert.Contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", player.Text, StringComparison.Ordinal);
        player.Send(Frames.Masked(0x89, "hello"u8));
        stream.TryAdd(TagType.Video, 40, Packets.Inter(70_000));
        stream.Flush();
        player.Pump();
        player.Send([.. Frames.Masked(0x81, new byte[300]), .. Frames.Masked(0x8A, ""u8), .. Frames.Masked(0x88, [3, 0xE9])]);
        List<(byte First, byte[] Payload)> frames = Frames.ReadAll(Content(player));
        Assert.Equal([0x82, 0x82, 0x8A, 0x82, 0x88], frames.Select(frame => frame.First));
        Assert.Equal("hello"u8.ToArray(), frames[2].Payload);
        Assert.Equal([3, 0xE8], frames[4].Payload);
        byte[] media = [.. frames.Where(frame => frame.First == 0x82).SelectMany(frame => frame.Payload)];
        Assert.Equal([Packets.VideoHeader(), Packets.Key(), Packets.Inter(70_000)], TagReader.Read(media).Select(tag => tag.Body));
        Assert.True(player.IsFinished);
        player.Close();
        Assert.Equal(0, stream.ViewerCount);
    }

    [Theory]
    [InlineData(new byte[] { 0x81, 1, 65 })]
    [InlineData(new byte[] { 0xC1, 0x80, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0x09, 0x80, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0x89, 0xFE, 1, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0x83, 0x80, 0, 0, 0, 0 })]
    public void A_client_that_breaks_the_protocol_of_web_sockets_is_told_so(byte[] frame)
    {
        LiveStream stream = Publish("a");
        TestTransport player = _server.Connect();
        player.Send(Handshake);
        player.Send(frame);
        Assert.Equal([3, 0xEA], Frames.ReadAll(Content(player))[^1].Payload);
        Assert.True(player.IsFinished);
        player.Close();
        Assert.Equal(0, stream.ViewerCount);
    }

    [Theory]
    [InlineData("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8", 426)]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ=", 400)]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=!", 400)]
    public void A_handshake_that_is_none_is_refused(string good, string bad, int status)
    {
        Publish("a");
        Assert.StartsWith($"HTTP/1.1 {status} ", _server.Ask(Handshake.Replace(good, bad, StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_web_socket_ends_in_order_with_its_stream_and_everything_ends_when_the_service_drains()
    {
        TestTransport publisher = _server.Connect();
        publisher.Send("POST /live/a.flv?key=any HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        TestTransport player = _server.Connect();
        player.Send(Handshake);
        _handler.Drain();
        _streams.Drain();
        _server.Server.Drain();
        player.Pump();
        publisher.Pump();
        Assert.Equal((byte)0x88, Frames.ReadAll(Content(player))[^1].First);
        Assert.True(player.IsFinished);
        Assert.StartsWith("HTTP/1.1 503 ", publisher.Text, StringComparison.Ordinal);
        player.Close();
        publisher.Close();
        Assert.True(_server.Server.IsDrained);
    }

    private static bool Same((TagType Type, uint Time, byte[] Body) one, (TagType Type, uint Time, byte[] Body) other) =>
        one.Type == other.Type && one.Time == other.Time && one.Body.AsSpan().SequenceEqual(other.Body);

    private LiveStream Publish(string name)
    {
        Assert.Equal(PublishResult.Ok, _streams.TryPublish(Encoding.ASCII.GetBytes(name), "any"u8, out LiveStream? stream));
        stream!.TryAdd(TagType.Video, 0, Packets.VideoHeader());
        stream.TryAdd(TagType.Video, 0, Packets.Key());
        stream.Flush();
        return stream;
    }

    private static void SendChunks(TestTransport transport, byte[] content, int size)
    {
        foreach (byte[] piece in content.Chunk(size)) transport.Send([.. Encoding.ASCII.GetBytes($"{piece.Length:x}\r\n"), .. piece, .. "\r\n"u8]);
    }

    private static byte[] Content(TestTransport transport)
    {
        byte[] received = transport.Received;
        return received[(received.AsSpan().IndexOf("\r\n\r\n"u8) + 4)..];
    }

    private static byte[] Unchunk(byte[] bytes)
    {
        List<byte> content = [];
        for (int at = 0; at < bytes.Length;)
        {
            int end = bytes.AsSpan(at).IndexOf("\r\n"u8);
            int length = Convert.ToInt32(Encoding.ASCII.GetString(bytes, at, end), 16);
            content.AddRange(bytes.AsSpan(at + end + 2, length).ToArray());
            at += end + 2 + length + 2;
        }

        return [.. content];
    }
}
