// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Media.Flv;
using Uaas.Media.Live;

namespace Uaas.Media.Recording;

/// <summary>How far recording a stream has come.</summary>
internal enum RecorderState : byte
{
    /// <summary>It is not recorded.</summary>
    Idle,

    /// <summary>It is to be recorded from its next key frame on.</summary>
    Waiting,

    /// <summary>It is being recorded.</summary>
    Recording,

    /// <summary>What it had is being written.</summary>
    Ending,
}

/// <summary>
/// Records one stream. It reads the stream's ring as a viewer does, behind by what the device has not taken yet: no packet is kept twice, and a device that is
/// too slow costs the recording packets up to a key frame, and nobody else anything. A new configuration of a decoder ends a recording and begins another, so that each can be
/// played from any key frame on.
/// </summary>
internal sealed class StreamRecorder
{
    private const int PeekSize = 8;
    private const long Unknown = -1;
    private const long MarkSoundEvery = 1000;

    private readonly LiveStream _stream;
    private readonly RecordingWriter _writer;
    private readonly byte[] _name = new byte[LiveStream.MaxName];
    private int _nameLength;
    private long _generation;
    private long _next;
    private long _startAt;
    private int _into;
    private long _base;
    private long _tagTime;
    private long _markSoundAt;
    private bool _needsKey;
    private bool _goesOn;
    private bool _isWhole;

    internal StreamRecorder(LiveStream stream, RecordingVolume volume)
    {
        _stream = stream;
        _writer = new RecordingWriter(volume);
    }

    internal RecorderState State { get; private set; }

    internal RecordingWriter Writer => _writer;

    /// <summary>The stream that is, or was, recorded.</summary>
    internal ReadOnlySpan<byte> Name => _name.AsSpan(0, _nameLength);

    /// <summary>Packets left out because the device was too slow.</summary>
    internal long Dropped { get; private set; }

    /// <summary>When the writer last wrote, in nanoseconds of the monotonic clock.</summary>
    internal long WrittenAt { get; set; }

    /// <summary>Which of the stream's publishers was looked at last.</summary>
    internal long SeenGeneration { get; set; }

    /// <summary>Whether the publisher that is recorded has left.</summary>
    private bool IsOver => _stream.Generation != _generation || !_stream.IsPublishing;

    /// <summary>The number behind the last packet of that publisher.</summary>
    private long Limit => _stream.Generation == _generation ? _stream.Ring.Head : Math.Min(_stream.GenerationStart, _stream.Ring.Head);

    /// <summary>Has the stream recorded.</summary>
    /// <param name="isWhole">Whether from the first picture of its publisher that is there still; else from where a viewer would begin now.</param>
    internal void Want(bool isWhole)
    {
        _isWhole = isWhole;
        _stream.Name.CopyTo(_name);
        _nameLength = _stream.Name.Length;
        _generation = _stream.Generation;
        _startAt = Unknown;
        _next = 0;
        State = RecorderState.Waiting;
    }

    /// <summary>Has it recorded no further.</summary>
    internal void Stop()
    {
        _goesOn = false;
        if (State == RecorderState.Recording) State = RecorderState.Ending;
        else if (State == RecorderState.Waiting) State = RecorderState.Idle;
    }

    /// <summary>The device fails: what can be had is found by the next start.</summary>
    internal void Abandon()
    {
        _goesOn = false;
        State = RecorderState.Idle;
    }

    /// <summary>What was to be written has been: goes on with the next recording, where that is due.</summary>
    internal void Ended()
    {
        bool goesOn = _goesOn && !IsOver;
        _goesOn = false;
        State = goesOn ? RecorderState.Waiting : RecorderState.Idle;
    }

    /// <summary>Where the recording could begin now, or -1.</summary>
    internal long FindStart()
    {
        if (IsOver) return FindStartOfDeparted();
        if (_startAt != Unknown && _startAt >= _stream.Ring.Tail) return _startAt;
        long start = _stream.FindStart();
        // A configuration goes before the first packet anyway.
        if (start == _stream.LatestAudioHeader || start == _stream.LatestVideoHeader) return Unknown;
        if (start == Unknown || start < _next || start < _stream.Ring.Tail) return Unknown;
        return _isWhole ? FirstStart(start) : start;
    }

    /// <summary>What a publisher has left that came and went while the device was busy, or within one turn of the loop: the ring has it still.</summary>
    private long FindStartOfDeparted()
    {
        long start = _isWhole && _stream.Generation == _generation ? FirstStart(Limit) : Limit;
        if (start < Limit) return start;
        State = RecorderState.Idle;
        return Unknown;
    }

    /// <summary>The first packet that a recording can begin with, at the latest <paramref name="last"/>: what came in one go was not looked at packet by packet.</summary>
    private long FirstStart(long last)
    {
        MediaRing ring = _stream.Ring;
        long header = Math.Max(_stream.LatestVideoHeader, _stream.LatestAudioHeader);
        long first = Math.Max(Math.Max(_stream.GenerationStart, ring.Tail), Math.Max(_next, header + 1));
        while (first < last && !CanBegin(ring, in ring[first])) first++;
        return Math.Min(first, last);
    }

    private bool CanBegin(MediaRing ring, in MediaEntry entry)
    {
        PacketKind kind = KindOf(ring, in entry);
        return kind == PacketKind.KeyFrame && entry.Type == TagType.Video || kind == PacketKind.Sound && !_stream.HasVideo;
    }

    /// <summary>Begins a recording at a packet that <see cref="FindStart"/> gave: first the decoders' configurations.</summary>
    internal WriteResult Begin(long start, long unixSeconds)
    {
        StreamHeaders headers = _stream.Headers;
        int prologue = SizeOf(headers.Video) + SizeOf(headers.Audio);
        byte flags = (byte)((_stream.HasAudio ? RecordingFormat.HasAudio : 0) | (_stream.HasVideo ? RecordingFormat.HasVideo : 0));
        WriteResult result = _writer.Begin(Name, unixSeconds, prologue, flags, headers.Metadata);
        if (result != WriteResult.Ok) return result;
        Put(TagType.Video, headers.Video);
        Put(TagType.Audio, headers.Audio);
        _next = start;
        _startAt = Unknown;
        _into = 0;
        _needsKey = false;
        _markSoundAt = 0;
        _base = _stream.Ring[start].Timestamp;
        State = RecorderState.Recording;
        return WriteResult.Ok;
    }

    /// <summary>Copies packets to the writer while it has room.</summary>
    /// <param name="splitAfter">Milliseconds after which the recording ends at a key frame; 0 for never.</param>
    /// <param name="isLast">Whether it ends with what there is now.</param>
    internal void Feed(long splitAfter, bool isLast)
    {
        MediaRing ring = _stream.Ring;
        while (State == RecorderState.Recording && _next < Limit && !_writer.Room.IsEmpty)
        {
            if (_next < ring.Tail || _into == 0 && IsBehind(ring)) Skip(ring);
            else if (_into > 0 || TryBeginTag(ring, in ring[_next], splitAfter)) Copy(ring, in ring[_next]);
        }

        if (State == RecorderState.Recording && _next >= Limit && (IsOver || isLast)) State = RecorderState.Ending;
    }

    private void Copy(MediaRing ring, in MediaEntry entry)
    {
        int count = Framing.Read(FramingKind.Flv, ring, in entry, (uint)_tagTime, _into, _writer.Room);
        _writer.Advance(count);
        _into += count;
        if (_into < SizeOf(entry.Length)) return;
        _writer.EndTag(_tagTime);
        _into = 0;
        _next++;
    }

    /// <summary>Looks at a packet before it is copied; false where it is not.</summary>
    private bool TryBeginTag(MediaRing ring, in MediaEntry entry, long splitAfter)
    {
        PacketKind kind = KindOf(ring, in entry);
        bool isKey = kind == PacketKind.KeyFrame && entry.Type == TagType.Video;
        bool canBegin = isKey || kind == PacketKind.Sound && !_stream.HasVideo;
        long time = Math.Max(0, entry.Timestamp - _base);
        if (kind == PacketKind.SequenceHeader || time > uint.MaxValue || canBegin && splitAfter > 0 && time >= splitAfter)
        {
            // What the next recording begins with: this key frame; or the one behind the new configuration.
            _startAt = canBegin ? _next : Unknown;
            if (kind == PacketKind.SequenceHeader) _next++;
            EndAndGoOn();
            return false;
        }

        if (entry.Type == TagType.Script || _needsKey && !isKey)
        {
            // Metadata is in the head.
            if (entry.Type != TagType.Script) Dropped++;
            _next++;
            return false;
        }

        _needsKey = false;
        _tagTime = time;
        _writer.BeginTag(SizeOf(entry.Length));
        if (isKey || canBegin && time >= _markSoundAt)
        {
            _writer.MarkKey(time);
            _markSoundAt = time + MarkSoundEvery;
        }

        return true;
    }

    /// <summary>Whether so much has come since that the ring may soon be overrun.</summary>
    private bool IsBehind(MediaRing ring) => ring.Head - _next > MediaRing.MaxEntries / 2 || ring.End.Body - ring[_next].Body > ring.Capacity / 2;

    /// <summary>Leaves packets out up to a key frame, the newest where there is one. A recording that is within a packet, or misses a configuration, ends instead.</summary>
    private void Skip(MediaRing ring)
    {
        long header = Math.Max(_stream.LatestVideoHeader, _stream.LatestAudioHeader);
        bool isMissing = header >= _next && header < ring.Tail;
        long target = header > _next ? header : _stream.LatestKey > _next ? _stream.LatestKey : Limit;
        target = Math.Max(Math.Min(target, Limit), ring.Tail);
        Dropped += target - _next;
        _next = target;
        _needsKey = _stream.HasVideo;
        if (_into == 0 && !isMissing) return;
        _into = 0;
        EndAndGoOn();
    }

    private void EndAndGoOn()
    {
        _goesOn = true;
        State = RecorderState.Ending;
    }

    private static PacketKind KindOf(MediaRing ring, in MediaEntry entry)
    {
        if (entry.Type == TagType.Script) return PacketKind.Other;
        Span<byte> first = stackalloc byte[PeekSize];
        first = first[..Math.Min(PeekSize, entry.Length)];
        ring.Read(entry.Body, first);
        return entry.Type == TagType.Video ? MediaPacket.ReadVideo(first) : MediaPacket.ReadAudio(first);
    }

    private void Put(TagType type, ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty) return;
        Span<byte> tag = stackalloc byte[StreamHeaders.MaxSize + FlvFormat.TagHeaderSize + FlvFormat.TagTrailerSize];
        int size = Framing.Write(FramingKind.Flv, type, body, tag);
        _writer.BeginTag(size);
        ReadOnlySpan<byte> rest = tag[..size];
        // Both fit into the empty buffer.
        while (!rest.IsEmpty)
        {
            Span<byte> room = _writer.Room;
            int count = Math.Min(room.Length, rest.Length);
            rest[..count].CopyTo(room);
            _writer.Advance(count);
            rest = rest[count..];
        }

        _writer.EndTag(0);
    }

    private static int SizeOf(ReadOnlySpan<byte> body) => body.IsEmpty ? 0 : SizeOf(body.Length);

    private static int SizeOf(int body) => body + FlvFormat.TagHeaderSize + FlvFormat.TagTrailerSize;
}
