// SPDX-License-Identifier: Apache-2.0

using System;
using System.Linq;
using System.Text;
using System.Text.Json;
using Uaas.Http;
using Uaas.Http.Tests.Support;
using Uaas.Media.Live;
using Uaas.Media.Recording;
using Uaas.Media.Tests.Support;

namespace Uaas.Media.Tests.Recording;

/// <summary>Recordings over HTTP, without a network.</summary>
public class RecordingHandlerTests
{
    private readonly RecorderBed _bed = new(new RecordingDevice(new byte[8 << 20]));
    private readonly TestServer _server;

    public RecordingHandlerTests()
    {
        _bed.Record("film", RecorderBed.Film(20));
        _server = _bed.Serve();
    }

    private byte[] File => _bed.Files().Single().Value;

    [Fact]
    public void They_are_listed()
    {
        (string head, byte[] body) = Ask("GET /recordings/");
        Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        JsonElement json = JsonDocument.Parse(body).RootElement;
        JsonElement one = json.GetProperty("recordings").EnumerateArray().Single();
        Assert.Equal("film-20231114T221321Z.flv", one.GetProperty("name").GetString());
        Assert.Equal("2023-11-14T22:13:21Z", one.GetProperty("started").GetString());
        Assert.Equal("complete", one.GetProperty("state").GetString());
        Assert.Equal(File.Length, one.GetProperty("bytes").GetInt64());
        Assert.Equal(7965, one.GetProperty("duration_ms").GetInt64());
        Assert.Equal(20, one.GetProperty("key_frames").GetInt32());
        Assert.False(json.TryGetProperty("next", out _));
    }

    [Fact]
    public void A_long_list_comes_in_parts()
    {
        RecorderBed bed = new(new RecordingDevice(new byte[70 << 20]));
        for (int i = 0; i < 130; i++) bed.Record($"film{i}", RecorderBed.Film(1));
        TestServer server = bed.Serve();
        JsonElement first = JsonDocument.Parse(Ask("GET /recordings/", server).Body).RootElement;
        int count = first.GetProperty("recordings").GetArrayLength();
        Assert.InRange(count, 90, 100);
        JsonElement second = JsonDocument.Parse(Ask($"GET /recordings/?after={first.GetProperty("next").GetInt64()}", server).Body).RootElement;
        Assert.Equal("film" + count, second.GetProperty("recordings")[0].GetProperty("stream").GetString());
        Assert.Equal(130 - count, second.GetProperty("recordings").GetArrayLength());
        Assert.StartsWith("HTTP/1.1 400", Ask("GET /recordings/?after=x", server).Head, StringComparison.Ordinal);
    }

    [Fact]
    public void One_is_given_whole_in_ranges_and_to_those_who_have_it_not_at_all()
    {
        byte[] file = File;
        (string head, byte[] body) = Ask("GET /recordings/film-20231114T221321Z.flv");
        Assert.Equal(file, body);
        Assert.Contains("Content-Type: video/x-flv", head, StringComparison.Ordinal);
        string tag = head.Split("ETag: ")[1].Split('\r')[0];
        (head, body) = Ask("GET /recordings/film-20231114T221321Z.flv", "Range: bytes=5000-70000\r\n");
        Assert.StartsWith("HTTP/1.1 206", head, StringComparison.Ordinal);
        Assert.Contains($"Content-Range: bytes 5000-70000/{file.Length}", head, StringComparison.Ordinal);
        Assert.Equal(file[5000..70001], body);
        Assert.Equal(file[^100..], Ask("GET /recordings/film-20231114T221321Z.flv", "Range: bytes=-100\r\n").Body);
        Assert.StartsWith("HTTP/1.1 416", Ask("GET /recordings/film-20231114T221321Z.flv", $"Range: bytes={file.Length}-\r\n").Head, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 304", Ask("GET /recordings/film-20231114T221321Z.flv", $"If-None-Match: {tag}\r\n").Head, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 412", Ask("GET /recordings/film-20231114T221321Z.flv", "If-Match: \"x\"\r\n").Head, StringComparison.Ordinal);
        (head, body) = Ask("HEAD /recordings/film-20231114T221321Z.flv");
        Assert.Contains($"Content-Length: {file.Length}", head, StringComparison.Ordinal);
        Assert.Empty(body);
    }

    [Theory]
    [InlineData("3.3", 3200)]
    [InlineData("3.2", 3200)]
    [InlineData("3s", 2800)]
    [InlineData("0", 0)]
    [InlineData("7.9", 7600)]
    public void It_plays_from_the_key_frame_before_a_start(string start, uint time)
    {
        (string head, byte[] body) = Ask($"GET /recordings/film-20231114T221321Z.flv?start={start}");
        Assert.StartsWith("HTTP/1.1 200", head, StringComparison.Ordinal);
        var tags = RecorderBed.Media(body);
        Assert.Equal(Packets.VideoHeader(1), tags[0].Body);
        Assert.Equal(Packets.AudioHeader(1), tags[1].Body);
        Assert.Equal((time, (byte)0x17), (tags[2].Timestamp, tags[2].Body[0]));
        Assert.Equal(7965u, tags[^1].Timestamp);
    }

    [Fact]
    public void A_position_is_a_start_too_and_one_behind_the_end_none()
    {
        var tags = RecorderBed.Media(Ask($"GET /recordings/film-20231114T221321Z.flv?start={File.Length - 1}").Body);
        Assert.Equal(7600u, tags[2].Timestamp);
        Assert.StartsWith("HTTP/1.1 416", Ask($"GET /recordings/film-20231114T221321Z.flv?start={File.Length}").Head, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 416", Ask("GET /recordings/film-20231114T221321Z.flv?start=8.0").Head, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400", Ask("GET /recordings/film-20231114T221321Z.flv?start=x").Head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /recordings/film-20231114T221322Z.flv", 404)]
    [InlineData("GET /recordings/film-20231314T221321Z.flv", 404)]
    [InlineData("GET /recordings/film-20231114T241321Z.flv", 404)]
    [InlineData("GET /recordings/-20231114T221321Z.flv", 404)]
    [InlineData("GET /recordings/film", 404)]
    [InlineData("GET /recordings/../film-20231114T221321Z.flv", 404)]
    [InlineData("DELETE /recordings/film-20231114T221322Z.flv", 404)]
    [InlineData("PUT /recordings/film-20231114T221321Z.flv", 405)]
    [InlineData("DELETE /recordings/", 405)]
    [InlineData("GET /record/film", 405)]
    [InlineData("POST /record/film", 404)]
    [InlineData("POST /record/a/b", 404)]
    [InlineData("DELETE /record/film", 404)]
    [InlineData("OPTIONS /record/film", 204)]
    public void What_is_not_there_or_makes_no_sense_is_said(string request, int status) =>
        Assert.StartsWith($"HTTP/1.1 {status}", Ask(request).Head, StringComparison.Ordinal);

    [Fact]
    public void Recording_is_begun_and_ended_and_its_file_removed_by_request()
    {
        RecorderBed bed = new(new RecordingDevice(new byte[8 << 20]), new RecorderSettings());
        TestServer server = bed.Serve();
        LiveStream stream = bed.Publish("show");
        bed.Add(stream, RecorderBed.Film(2));
        Assert.StartsWith("HTTP/1.1 202", Ask("POST /record/show", server).Head, StringComparison.Ordinal);
        bed.Add(stream, RecorderBed.Film(2).Skip(2).Select(packet => (packet.Type, packet.Time + 800, packet.Body)));
        Assert.Contains("\"state\":\"recording\"", Encoding.ASCII.GetString(Ask("GET /recordings/", server).Body), StringComparison.Ordinal);
        string name = Name(server);
        Assert.StartsWith("HTTP/1.1 409", Ask($"GET /recordings/{name}", server).Head, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 409", Ask($"DELETE /recordings/{name}", server).Head, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 202", Ask("DELETE /record/show", server).Head, StringComparison.Ordinal);
        bed.Settle();
        Assert.StartsWith("HTTP/1.1 200", Ask($"GET /recordings/{name}", server).Head, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 204", Ask($"DELETE /recordings/{name}", server).Head, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404", Ask($"GET /recordings/{name}", server).Head, StringComparison.Ordinal);
        Assert.Equal(bed.Volume!.Capacity, bed.Volume.FreeBytes);
    }

    [Theory]
    [InlineData(null, false, "", 403)]
    [InlineData(null, true, "", 404)]
    [InlineData("film s3cret\n", false, "", 403)]
    [InlineData("film s3cret\n", true, "", 403)]
    [InlineData("film s3cret\n", false, "?key=wrong", 403)]
    [InlineData("film s3cret\n", false, "?key=s3cret", 404)]
    public void Strangers_change_nothing_and_may_look(string? keys, bool isOpen, string query, int status)
    {
        RecorderBed bed = new(new RecordingDevice(new byte[8 << 20]), new RecorderSettings { RecordsAll = true, IsOpen = isOpen });
        Assert.True(StreamKeys.TryRead(Encoding.ASCII.GetBytes(keys ?? ""), out StreamKeys? read));
        StreamTable streams = new(1, 1 << 18, 4, read);
        TestServer server = new(new RecordingHandler(bed.Recorder, streams, new HttpClock(), isTrusted: false), new HttpLimits());
        Assert.StartsWith($"HTTP/1.1 {status}", Ask($"POST /record/film{query}", server).Head, StringComparison.Ordinal);
        Assert.StartsWith($"HTTP/1.1 {status}", Ask($"DELETE /record/film{query}", server).Head, StringComparison.Ordinal);
        Assert.StartsWith($"HTTP/1.1 {status}", Ask($"DELETE /recordings/film-20231114T221321Z.flv{query}", server).Head, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", Ask("GET /recordings/", server).Head, StringComparison.Ordinal);
    }

    private string Name(TestServer server) => JsonDocument.Parse(Ask("GET /recordings/", server).Body).RootElement.GetProperty("recordings")[0].GetProperty("name").GetString()!;

    private (string Head, byte[] Body) Ask(string request, string fields = "") => Ask(request, _server, fields);

    private static (string Head, byte[] Body) Ask(string request, TestServer server, string fields = "")
    {
        TestTransport transport = server.Connect();
        transport.Send($"{request} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{fields}\r\n");
        transport.AcknowledgeAll();
        byte[] all = transport.Received;
        transport.Close();
        int end = all.AsSpan().IndexOf("\r\n\r\n"u8) + 4;
        return (Encoding.ASCII.GetString(all, 0, end), all[end..]);
    }
}
