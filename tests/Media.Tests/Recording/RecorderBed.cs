// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Uaas.Http;
using Uaas.Http.Tests.Support;
using Uaas.Media.Flv;
using Uaas.Media.Live;
using Uaas.Media.Recording;
using Uaas.Media.Tests.Support;

namespace Uaas.Media.Tests.Recording;

/// <summary>Streams that are recorded to a device, in virtual time.</summary>
internal sealed class RecorderBed : RecorderHost
{
    internal const long Millisecond = 1_000_000;

    private readonly long _start;

    internal RecorderBed(RecordingDevice device, RecorderSettings? settings = null, long start = 1_700_000_000)
    {
        _start = start;
        Device = device;
        Result = RecordingVolume.Mount(device, seed: 7 + (ulong)start, out RecordingVolume? volume);
        Volume = volume;
        if (volume == null) return;
        Streams = new StreamTable(2, 1 << 18, 8);
        Recorder = new Recorder(volume, Streams, settings ?? new RecorderSettings { RecordsAll = true }, this);
    }

    internal RecordingDevice Device { get; }

    internal MountResult Result { get; }

    internal RecordingVolume? Volume { get; }

    internal StreamTable Streams { get; } = null!;

    internal Recorder Recorder { get; } = null!;

    internal long Time { get; set; } = 1000 * Millisecond;

    /// <summary>What the recorder told, word by word.</summary>
    internal List<string> Told { get; } = [];

    public override long Now => Time;

    public override long UnixSeconds => _start + Time / (1000 * Millisecond);

    public override void Began(ReadOnlySpan<byte> stream) => Told.Add($"began {Encoding.ASCII.GetString(stream)}");

    public override void Ended(ReadOnlySpan<byte> stream, long bytes, long milliseconds) => Told.Add($"ended {Encoding.ASCII.GetString(stream)}");

    public override void Failed(ReadOnlySpan<byte> what, ReadOnlySpan<byte> stream) => Told.Add($"{Encoding.ASCII.GetString(what)} {Encoding.ASCII.GetString(stream)}");

    internal LiveStream Publish(string name)
    {
        Assert.Equal(PublishResult.Ok, Streams.TryPublish(Encoding.ASCII.GetBytes(name), default, out LiveStream? stream));
        return stream!;
    }

    /// <summary>Adds packets, with a turn of the loop after each as the network would.</summary>
    internal void Add(LiveStream stream, IEnumerable<(TagType Type, uint Time, byte[] Body)> packets)
    {
        foreach ((TagType type, uint time, byte[] body) in packets)
        {
            Assert.True(stream.TryAdd(type, time, body));
            stream.Flush();
            Time += 10 * Millisecond;
            Turn();
        }
    }

    internal void Turn()
    {
        Recorder.Turn(Time);
        Streams.Turn(Time);
    }

    /// <summary>Lets time pass until nothing is left to be written.</summary>
    internal void Settle()
    {
        for (int i = 0; i < 10_000 && !Recorder.IsIdle; i++)
        {
            Time = Math.Max(Time + Millisecond, Math.Min(Recorder.NextDeadline, Time + 1000 * Millisecond));
            Turn();
        }

        Assert.True(Recorder.IsIdle);
    }

    /// <summary>Ends a stream.</summary>
    internal void End(LiveStream stream)
    {
        stream.EndPublishing(Time);
        Settle();
    }

    /// <summary>Records a whole stream.</summary>
    internal void Record(string name, IEnumerable<(TagType Type, uint Time, byte[] Body)> packets)
    {
        LiveStream stream = Publish(name);
        Add(stream, packets);
        End(stream);
    }

    /// <summary>A server of the recordings.</summary>
    internal TestServer Serve(bool isTrusted = true)
    {
        HttpLimits limits = new();
        return new TestServer(new RecordingHandler(Recorder, Streams, new HttpClock(), isTrusted), limits);
    }

    /// <summary>The files of all recordings that can be played, by name.</summary>
    internal Dictionary<string, byte[]> Files()
    {
        Dictionary<string, byte[]> files = [];
        RecordingBodyPool pool = new();
        for (int slot = 0; slot < Volume!.Slots; slot++)
        {
            if (!Volume[slot].IsPlayable) continue;
            RecordingBody body = pool.Take(Volume, slot, Volume[slot].Prologue);
            byte[] file = new byte[body.Length];
            // In pieces that are no divisor of a page.
            for (int at = 0; at < file.Length; at += 9973)
                Assert.Equal(Math.Min(9973, file.Length - at), body.Read(at, file.AsSpan(at, Math.Min(9973, file.Length - at))));
            files[Encoding.ASCII.GetString(Volume.NameOf(slot)) + Volume[slot].Start] = file;
            body.Release();
        }

        return files;
    }

    /// <summary>A stream with configurations, sound and pictures, of so many groups.</summary>
    internal static List<(TagType Type, uint Time, byte[] Body)> Film(int groups, int pictures = 10, int size = 3000, byte seed = 1)
    {
        List<(TagType, uint, byte[])> packets = [(TagType.Video, 0, Packets.VideoHeader(seed)), (TagType.Audio, 0, Packets.AudioHeader(seed))];
        uint time = 0;
        for (int group = 0; group < groups; group++)
        {
            for (int picture = 0; picture < pictures; picture++, time += 40)
            {
                byte fill = (byte)(seed + group * pictures + picture);
                packets.Add((TagType.Video, time, picture == 0 ? Packets.Key(2 * size, fill) : Packets.Inter(size + picture, fill)));
                packets.Add((TagType.Audio, time + 5, Packets.Sound(fill)));
            }
        }

        return packets;
    }

    /// <summary>The tags of a file without the metadata.</summary>
    internal static List<Tag> Media(byte[] file) => [.. TagReader.Read(file).Where(tag => tag.Type != TagType.Script)];

    /// <summary>What packets come to as tags.</summary>
    internal static List<(TagType, uint, string)> Expected(IEnumerable<(TagType Type, uint Time, byte[] Body)> packets) =>
        [.. packets.Select(packet => (packet.Type, packet.Time, Convert.ToHexString(packet.Body)))];

    internal static List<(TagType, uint, string)> Seen(byte[] file) => [.. Media(file).Select(tag => (tag.Type, tag.Timestamp, Convert.ToHexString(tag.Body)))];
}
