// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using Uaas.Media.Flv;
using Uaas.Media.Live;
using Uaas.Media.Recording;
using Uaas.Media.Tests.Support;

namespace Uaas.Media.Tests.Recording;

public class RecorderTests
{
    private const int Mebibyte = 1 << 20;

    [Theory]
    [InlineData(1)]
    [InlineData(12)]
    [InlineData(60)]
    public void What_was_published_is_in_the_file_packet_by_packet_and_is_found_again(int groups)
    {
        RecorderBed bed = new(new RecordingDevice(new byte[8 * Mebibyte]));
        var film = RecorderBed.Film(groups);
        bed.Record("film", film);
        byte[] file = Assert.Single(bed.Files()).Value;
        Assert.Equal(RecorderBed.Expected(film), RecorderBed.Seen(file));
        Assert.Equal(["began film", "ended film"], bed.Told);
        Assert.Equal(0, bed.Recorder.Dropped);

        RecorderBed again = new(new RecordingDevice(bed.Device.Bytes));
        Assert.Equal(file, Assert.Single(again.Files()).Value);
        Assert.Equal(0, again.Volume!.RecoveredCount);
        again.Record("film", film);
        Assert.Equal(2, again.Files().Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_came_in_one_go_is_recorded_from_its_first_picture_on(bool isGone)
    {
        RecorderBed bed = new(new RecordingDevice(new byte[8 * Mebibyte]));
        var film = RecorderBed.Film(3);
        LiveStream stream = bed.Publish("film");
        foreach ((TagType type, uint time, byte[] body) in film) Assert.True(stream.TryAdd(type, time, body));
        stream.Flush();
        if (isGone) stream.EndPublishing(bed.Time);
        bed.Turn();
        bed.End(stream);
        Assert.Equal(["began film", "ended film"], bed.Told);
        Assert.Equal(RecorderBed.Expected(film), RecorderBed.Seen(Assert.Single(bed.Files()).Value));
    }

    [Fact]
    public void The_head_says_how_long_it_is_and_where_its_key_frames_are()
    {
        RecorderBed bed = new(new RecordingDevice(new byte[8 * Mebibyte]));
        var film = RecorderBed.Film(20);
        film.Insert(0, (TagType.Script, 0, Metadata()));
        bed.Record("film", film);
        byte[] file = Assert.Single(bed.Files()).Value;
        Dictionary<string, double> numbers = MetadataReader.Numbers(file, out List<double> positions, out List<double> times);
        Assert.Equal(file.Length, numbers["filesize"]);
        Assert.Equal(7.965, numbers["duration"], 3);
        Assert.Equal(320, numbers["width"]);
        Assert.Equal(20, positions.Count);
        Assert.Equal([.. Enumerable.Range(0, 20).Select(i => Math.Round(i * 0.4, 3))], times.Select(time => Math.Round(time, 3)));
        foreach (double position in positions)
        {
            Assert.Equal((byte)TagType.Video, file[(int)position]);
            Assert.Equal(0x17, file[(int)position + 11]);
            Assert.Equal(1, file[(int)position + 12]);
        }
    }

    [Fact]
    public void A_stream_is_recorded_when_somebody_asks_and_no_longer_than_that()
    {
        RecorderBed bed = new(new RecordingDevice(new byte[8 * Mebibyte]), new RecorderSettings());
        Assert.Equal(RecordResult.NotPublished, bed.Recorder.Start("film"u8));
        LiveStream stream = bed.Publish("film");
        var film = RecorderBed.Film(4);
        bed.Add(stream, film.Take(2 + 20 + 6));
        Assert.Empty(bed.Told);
        Assert.Equal(RecordResult.NotRecorded, bed.Recorder.Stop("film"u8));
        Assert.Equal(RecordResult.Ok, bed.Recorder.Start("film"u8));
        Assert.Equal(RecordResult.Ok, bed.Recorder.Start("film"u8));
        bed.Add(stream, film.Skip(2 + 20 + 6).Take(20));
        Assert.Equal(RecordResult.InUse, bed.Recorder.Remove("film"u8, bed.Volume![0].Start));
        Assert.Equal(RecordResult.Ok, bed.Recorder.Stop("film"u8));
        bed.Settle();
        bed.Add(stream, film.Skip(2 + 20 + 26));
        bed.End(stream);

        // From the key frame that was the newest when somebody asked.
        List<(TagType, uint, string)> seen = RecorderBed.Seen(Assert.Single(bed.Files()).Value);
        var expected = RecorderBed.Expected(film.Skip(2 + 20).Take(26).Select(packet => (packet.Type, packet.Time - 400, packet.Body)));
        Assert.Equal([.. RecorderBed.Expected(film.Take(2)), .. expected], seen);
    }

    [Fact]
    public void A_new_configuration_and_a_length_that_was_set_each_begin_another_recording()
    {
        RecorderBed bed = new(new RecordingDevice(new byte[16 * Mebibyte]), new RecorderSettings { RecordsAll = true, SplitAfter = 1000 });
        LiveStream stream = bed.Publish("film");
        bed.Add(stream, RecorderBed.Film(8));
        bed.Add(stream, RecorderBed.Film(2, seed: 90).Select(packet => (packet.Type, packet.Time + 3200, packet.Body)));
        bed.End(stream);
        List<byte[]> files = [.. bed.Files().OrderBy(file => file.Key).Select(file => file.Value)];
        // 1.2 s, 1.2 s, and 0.8 s up to the new configuration; then the rest.
        Assert.Equal([60, 60, 40, 40], files.Select(file => RecorderBed.Media(file).Count - 2));
        Assert.Equal(Packets.VideoHeader(90), RecorderBed.Media(files[3])[0].Body);
        Assert.All(files, file => Assert.Equal(0u, RecorderBed.Media(file)[2].Timestamp));
    }

    [Fact]
    public void Sound_alone_is_recorded()
    {
        RecorderBed bed = new(new RecordingDevice(new byte[2 * Mebibyte]));
        bed.Record("radio", [(TagType.Audio, 0, Packets.AudioHeader()), .. Enumerable.Range(1, 80).Select(i => (TagType.Audio, (uint)(i * 20), Packets.Sound((byte)i)))]);
        byte[] file = Assert.Single(bed.Files()).Value;
        Assert.Equal(4, file[4]);
        Assert.Equal(81, RecorderBed.Media(file).Count);
        MetadataReader.Numbers(file, out _, out List<double> times);
        Assert.Equal([0, 1], times.Select(time => Math.Round(time)));
    }

    [Fact]
    public void A_full_device_ends_the_recording_in_order_and_takes_none_from_those_before()
    {
        RecorderBed bed = new(new RecordingDevice(new byte[2 * Mebibyte]));
        bed.Record("first", RecorderBed.Film(10));
        byte[] first = Assert.Single(bed.Files()).Value;
        bed.Record("second", RecorderBed.Film(100));
        Assert.Contains("recording_full second", bed.Told);
        Assert.True(bed.Recorder.Counters.Full >= 1);
        Dictionary<string, byte[]> files = bed.Files();
        Assert.Equal(first, files.Single(file => file.Key.StartsWith("first", StringComparison.Ordinal)).Value);
        List<(TagType, uint, string)> second = RecorderBed.Seen(files.Single(file => file.Key.StartsWith("second", StringComparison.Ordinal)).Value);
        Assert.True(second.Count > 500);
        Assert.Equal(RecorderBed.Expected(RecorderBed.Film(100)).Take(second.Count), second);
        LiveStream third = bed.Publish("third");
        Assert.Equal(RecordResult.Full, bed.Recorder.Start("third"u8));
        bed.Recorder.Remove("first"u8, bed.Volume![0].Start);
        Assert.Equal(RecordResult.Ok, bed.Recorder.Start("third"u8));
        Assert.Equal("third", System.Text.Encoding.ASCII.GetString(third.Name));
    }

    [Fact]
    public void Where_that_is_wanted_the_oldest_recordings_make_room()
    {
        RecorderBed bed = new(new RecordingDevice(new byte[2 * Mebibyte]), new RecorderSettings { RecordsAll = true, DropsOldest = true });
        for (int i = 0; i < 12; i++) bed.Record($"film{i}", RecorderBed.Film(12, seed: (byte)i));
        List<string> names = [.. bed.Files().Keys.Select(name => name[..^10]).Order(StringComparer.Ordinal)];
        Assert.DoesNotContain("film0", names);
        Assert.Contains("film11", names);
        Assert.Contains("film10", names);
        Assert.True(bed.Recorder.Counters.Removed >= 8);
        Assert.Equal(0, bed.Recorder.Counters.Full);
        Assert.Equal(RecorderBed.Expected(RecorderBed.Film(12, seed: 11)), RecorderBed.Seen(bed.Files().Single(file => file.Key.StartsWith("film11", StringComparison.Ordinal)).Value));
    }

    [Fact]
    public void A_slow_device_costs_packets_of_the_recording_up_to_a_key_frame_and_they_are_counted()
    {
        RecordingDevice device = new(new byte[32 * Mebibyte]);
        RecorderBed bed = new(device);
        device.Written = () => bed.Time += 400 * RecorderBed.Millisecond;
        LiveStream stream = bed.Publish("film");
        var film = RecorderBed.Film(60);
        bed.Add(stream, film);
        device.Written = null;
        bed.End(stream);
        List<(TagType, uint, string)> seen = [.. bed.Files().Values.SelectMany(RecorderBed.Seen)];
        Assert.True(bed.Recorder.Dropped > 0);
        Assert.Equal(film.Count, seen.Count + bed.Recorder.Dropped);
        HashSet<string> published = [.. film.Select(packet => Convert.ToHexString(packet.Body))];
        Assert.All(seen, tag => Assert.Contains(tag.Item3, published));
        // After a gap the first picture is one that decoding can begin with.
        uint last = 0;
        foreach ((_, uint time, string body) in seen.Where(tag => tag.Item1 == TagType.Video).Skip(1))
        {
            if (time > last + 40) Assert.StartsWith("17", body, StringComparison.Ordinal);
            last = time;
        }
    }

    [Fact]
    public void A_device_that_fails_ends_recording_and_nothing_else_and_what_there_is_is_found_later()
    {
        RecordingDevice device = new(new byte[8 * Mebibyte]);
        RecorderBed bed = new(device);
        bed.Record("first", RecorderBed.Film(5));
        LiveStream stream = bed.Publish("second");
        var film = RecorderBed.Film(30);
        bed.Add(stream, film.Take(400));
        device.IsFull = true;
        bed.Add(stream, film.Skip(400));
        bed.End(stream);
        Assert.Equal(1, bed.Recorder.Counters.Errors);
        Assert.Contains("recording_failed second", bed.Told);
        Assert.Single(bed.Files());

        RecorderBed again = new(new RecordingDevice(device.Bytes));
        Assert.Equal(1, again.Volume!.RecoveredCount);
        List<(TagType, uint, string)> second = RecorderBed.Seen(again.Files().Single(file => file.Key.StartsWith("second", StringComparison.Ordinal)).Value);
        Assert.True(second.Count > 300);
        Assert.Equal(RecorderBed.Expected(film).Take(second.Count), second);
    }

    [Fact]
    public void A_device_that_has_grown_has_more_segments_and_the_same_recordings()
    {
        RecorderBed bed = new(new RecordingDevice(new byte[2 * Mebibyte]));
        bed.Record("film", RecorderBed.Film(5));
        byte[] grown = new byte[8 * Mebibyte];
        bed.Device.Bytes.CopyTo(grown, 0);
        RecorderBed again = new(new RecordingDevice(grown));
        Assert.Equal(bed.Files(), again.Files());
        Assert.True(again.Volume!.FreeBytes - bed.Volume!.FreeBytes == 6 * Mebibyte);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void Devices_with_blocks_up_to_a_page_are_used(int blockSize)
    {
        RecorderBed bed = new(new RecordingDevice(new byte[2 * Mebibyte], blockSize));
        Assert.Equal(MountResult.Ok, bed.Result);
    }

    [Fact]
    public void What_is_no_device_for_recordings_is_left_alone_and_said()
    {
        Assert.Equal(MountResult.TooSmall, new RecorderBed(new RecordingDevice(new byte[512], 512)).Result);
        Assert.Equal(MountResult.UnsupportedBlockSize, new RecorderBed(new RecordingDevice(new byte[2 * Mebibyte], 8192)).Result);
        byte[] other = new byte[2 * Mebibyte];
        "a file system"u8.CopyTo(other);
        byte[] before = [.. other];
        Assert.Equal(MountResult.NotOurs, new RecorderBed(new RecordingDevice(other)).Result);
        Assert.Equal(before, other);
        byte[] damaged = new byte[2 * Mebibyte];
        Assert.Equal(MountResult.Ok, new RecorderBed(new RecordingDevice(damaged)).Result);
        damaged[20] ^= 1;
        Assert.Equal(MountResult.Ok, new RecorderBed(new RecordingDevice([.. damaged])).Result);
        damaged[4096 + 20] ^= 1;
        Assert.Equal(MountResult.Damaged, new RecorderBed(new RecordingDevice(damaged)).Result);
        Assert.Equal(MountResult.DeviceError, new RecorderBed(new RecordingDevice(new byte[2 * Mebibyte]) { IsFull = true }).Result);
    }

    /// <summary>onMetaData as a publisher sends it.</summary>
    private static byte[] Metadata()
    {
        byte[] width = new byte[9];
        BinaryPrimitives.WriteDoubleBigEndian(width.AsSpan(1), 320);
        return [2, 0, 10, .. "onMetaData"u8, 8, 0, 0, 0, 2, 0, 8, .. "duration"u8, .. new byte[9], 0, 5, .. "width"u8, .. width, 0, 0, 9];
    }
}
