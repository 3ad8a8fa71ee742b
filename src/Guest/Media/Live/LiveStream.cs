// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Media.Flv;

namespace Uaas.Media.Live;

/// <summary>
/// A stream with a name: one publisher, any number of viewers, and the latest packets in between. The packets from the newest key frame on are what a new viewer
/// begins with; a group of pictures larger than <see cref="GroupLimit"/> is not kept for that, and the next one is waited for.
/// </summary>
public sealed class LiveStream
{
    /// <summary>Bytes of a name at most.</summary>
    public const int MaxName = 64;

    private const int PrologueCount = 4;
    private const long None = -1;

    private readonly byte[] _name = new byte[MaxName];
    private readonly Viewer[] _viewers;
    private readonly StreamHeaders _headers = new();
    private readonly Prologue[] _prologues = new Prologue[PrologueCount];
    private StreamClock _clock;
    private RateMeter _rateIn;
    private RateMeter _rateOut;
    private CodecLayout _layout;
    private Prologue? _newest;
    private int _nameLength;
    private long _latestAudioTime;
    private long _latestVideoTime;
    private long _flushed;
    private bool _hasAudio;
    private bool _hasVideo;
    private bool _needsKeyFrame;

    /// <summary>A stream whose ring holds <paramref name="capacity"/> bytes, a power of two.</summary>
    public LiveStream(int capacity, int maxViewers)
    {
        Ring = new MediaRing(capacity);
        _viewers = new Viewer[maxViewers];
        for (int i = 0; i < PrologueCount; i++) _prologues[i] = new Prologue();
    }

    /// <summary>The name; empty while nobody has it.</summary>
    public ReadOnlySpan<byte> Name => _name.AsSpan(0, _nameLength);

    /// <summary>The latest packets.</summary>
    public MediaRing Ring { get; }

    /// <summary>Whether somebody publishes it.</summary>
    public bool IsPublishing { get; private set; }

    /// <summary>When the publisher of now, or the last one, came, in nanoseconds of the monotonic clock.</summary>
    internal long PublishingSince { get; set; }

    /// <summary>Which of its publishers this is: one more with each.</summary>
    internal long Generation { get; private set; }

    /// <summary>Number of the first packet of that publisher.</summary>
    internal long GenerationStart { get; private set; }

    /// <summary>The newest metadata and configurations.</summary>
    internal StreamHeaders Headers => _headers;

    /// <summary>Whether there has been sound of this publisher's.</summary>
    internal bool HasAudio => _hasAudio;

    /// <summary>Whether there have been pictures of this publisher's.</summary>
    internal bool HasVideo => _hasVideo;

    /// <summary>When its publisher left, in nanoseconds of the monotonic clock.</summary>
    public long DepartedAt { get; private set; }

    /// <summary>Whether its viewers have been told that it is over.</summary>
    internal bool IsFinished { get; private set; }

    /// <summary>Those who play it.</summary>
    public int ViewerCount { get; private set; }

    /// <summary>Whether it has as many viewers as it may.</summary>
    public bool IsFull => ViewerCount == _viewers.Length;

    /// <summary>Number of the packet that a new viewer begins with, or -1.</summary>
    public long GroupStart { get; private set; } = None;

    /// <summary>Number of the newest key frame, or -1.</summary>
    public long LatestKey { get; private set; } = None;

    /// <summary>Number of the newest packet with the video decoder's configuration, or -1.</summary>
    public long LatestVideoHeader { get; private set; } = None;

    /// <summary>Number of the newest packet with the audio decoder's configuration, or -1.</summary>
    public long LatestAudioHeader { get; private set; } = None;

    /// <summary>Bytes that a viewer may have offered and unacknowledged before it is made to skip.</summary>
    public long QueueLimit => Ring.Capacity / 2;

    /// <summary>Bytes of a group of pictures that is kept for new viewers.</summary>
    public long GroupLimit => Ring.Capacity / 4;

    /// <summary>Bytes of one packet at most.</summary>
    public int PacketLimit => Ring.Capacity / 4;

    /// <summary>Bytes from <see cref="GroupStart"/> on.</summary>
    public long GroupLength => GroupStart == None ? 0 : Ring.End.Body - Ring[GroupStart].Body;

    /// <summary>What was counted since the stream got its name.</summary>
    public StreamCounters Counters;

    /// <summary>Bytes from publishers in a second, as of late.</summary>
    public long BytesPerSecond => _rateIn.PerSecond;

    /// <summary>Bytes that viewers have acknowledged in a second, as of late.</summary>
    public long BytesPerSecondOut => _rateOut.PerSecond;

    /// <summary>Milliseconds from the first packet of the group that a new viewer begins with to the newest.</summary>
    public long GroupTime => GroupStart == None ? 0 : Ring.End.Timestamp - Ring[GroupStart].Timestamp;

    /// <summary>Packets of that group.</summary>
    public long GroupPackets => GroupStart == None ? 0 : Ring.Head - GroupStart;

    /// <summary>Measures rates. Called often, with nanoseconds of the monotonic clock.</summary>
    internal void Measure(long now)
    {
        _rateIn.Measure(now, Counters.BytesIn);
        _rateOut.Measure(now, Counters.BytesOut);
    }

    /// <summary>Viewers of a framing.</summary>
    public int CountViewers(FramingKind kind)
    {
        int count = 0;
        for (int i = 0; i < ViewerCount; i++)
        {
            if (_viewers[i].Kind == kind) count++;
        }

        return count;
    }

    /// <summary>Gives it a name and its first publisher.</summary>
    internal void Open(ReadOnlySpan<byte> name)
    {
        name.CopyTo(_name);
        _nameLength = name.Length;
        Counters = default;
        _rateIn = _rateOut = default;
        _clock = default;
        _latestAudioTime = _latestVideoTime = 0;
        BeginPublishing();
    }

    /// <summary>Takes another publisher after one that has left.</summary>
    internal void BeginPublishing()
    {
        IsPublishing = true;
        IsFinished = false;
        Generation++;
        GenerationStart = Ring.Head;
        Counters.Publishers++;
        _clock.Break();
        _layout = default;
        _headers.Clear();
        _hasAudio = _hasVideo = false;
        _needsKeyFrame = true;
        GroupStart = None;
        DropNewest();
    }

    /// <summary>The publisher has left; viewers wait for another.</summary>
    public void EndPublishing(long now)
    {
        IsPublishing = false;
        DepartedAt = now;
        GroupStart = None;
    }

    /// <summary>Gives the name up. There are no viewers any more.</summary>
    internal void Close() => _nameLength = 0;

    /// <summary>Takes a packet from the publisher. False when it is not usable: too large, or of no known kind.</summary>
    public bool TryAdd(TagType type, uint timestamp, ReadOnlySpan<byte> body)
    {
        if (body.Length > PacketLimit) return false;
        Counters.BytesIn += body.Length;
        return type switch
        {
            TagType.Video => TryAddVideo(timestamp, body),
            TagType.Audio => TryAddAudio(timestamp, body),
            _ => TryAddScript(timestamp, body),
        };
    }

    /// <summary>When what was added is to be offered at the latest, in nanoseconds of the monotonic clock.</summary>
    internal long FlushDue { get; private set; } = long.MaxValue;

    /// <summary>Whether something was added that is not to wait: all but sound beside pictures.</summary>
    internal bool HasUrgent { get; private set; }

    /// <summary>Has <see cref="Flush"/> called at a time, or earlier.</summary>
    internal void FlushBy(long time)
    {
        if (_flushed != Ring.Head) FlushDue = Math.Min(FlushDue, time);
    }

    /// <summary>Offers what was added to all viewers. Called once for all packets that arrived together.</summary>
    public void Flush()
    {
        FlushDue = long.MaxValue;
        if (_flushed == Ring.Head) return;
        _flushed = Ring.Head;
        HasUrgent = false;
        if (GroupStart != None && (GroupStart < Ring.Tail || GroupLength > GroupLimit)) GroupStart = None;
        for (int i = ViewerCount - 1; i >= 0; i--) _viewers[i].Advance();
    }

    /// <summary>Ends all viewers, since no publisher has come.</summary>
    internal void FinishViewers()
    {
        if (IsFinished) return;
        IsFinished = true;
        // What they were offered still goes out; they leave with their connections.
        for (int i = ViewerCount - 1; i >= 0; i--) _viewers[i].Sink.Finish();
    }

    /// <summary>Where a viewer can begin now, or -1.</summary>
    internal long FindStart()
    {
        if (GroupStart != None) return GroupStart;
        bool isSoundOnly = IsPublishing && _hasAudio && !_hasVideo;
        return isSoundOnly && Ring.Head > Ring.Tail ? Ring.Head - 1 : None;
    }

    /// <summary>The prologue of now, with a reference for the caller; null while too many older ones are still in use.</summary>
    internal Prologue? TakePrologue()
    {
        for (int i = 0; _newest == null && i < PrologueCount; i++)
        {
            if (_prologues[i].References != 0) continue;
            _newest = _prologues[i];
            _newest.References = 1;
            _newest.Build(_headers, _hasAudio, _hasVideo);
        }

        if (_newest != null) _newest.References++;
        return _newest;
    }

    internal bool TryAdd(Viewer viewer)
    {
        if (IsFull) return false;
        viewer.Position = ViewerCount;
        _viewers[ViewerCount++] = viewer;
        Counters.Viewers++;
        return true;
    }

    internal void Remove(Viewer viewer)
    {
        Viewer last = _viewers[--ViewerCount];
        _viewers[viewer.Position] = last;
        last.Position = viewer.Position;
    }

    internal void CountDrop() => Counters.Drops++;

    internal void CountCut() => Counters.Cuts++;

    private bool TryAddVideo(uint timestamp, ReadOnlySpan<byte> body)
    {
        PacketKind kind = MediaPacket.ReadVideo(body);
        if (kind == PacketKind.InterFrame && _layout.IsDisposable(body)) kind = PacketKind.DisposableFrame;
        if (kind == PacketKind.Unusable) return false;
        MarkSeen(ref _hasVideo);
        if (kind == PacketKind.SequenceHeader) return TryAddHeader(TagType.Video, timestamp, body);
        bool isKey = kind == PacketKind.KeyFrame;
        // A decoder can make nothing of what comes before its first key frame.
        if (_needsKeyFrame && !isKey) return true;
        _needsKeyFrame = false;
        if (isKey)
        {
            GroupStart = LatestKey = Ring.Head;
            Counters.KeyFrames++;
        }

        Counters.VideoPackets++;
        Append(TagType.Video, timestamp, body, ref _latestVideoTime, kind == PacketKind.DisposableFrame);
        return true;
    }

    private bool TryAddAudio(uint timestamp, ReadOnlySpan<byte> body)
    {
        PacketKind kind = MediaPacket.ReadAudio(body);
        if (kind == PacketKind.Unusable) return false;
        MarkSeen(ref _hasAudio);
        if (kind == PacketKind.SequenceHeader) return TryAddHeader(TagType.Audio, timestamp, body);
        Counters.AudioPackets++;
        Append(TagType.Audio, timestamp, body, ref _latestAudioTime);
        return true;
    }

    private bool TryAddScript(uint timestamp, ReadOnlySpan<byte> body)
    {
        if (body.Length > StreamHeaders.MaxSize) return false;
        if (_headers.TrySet(TagType.Script, body)) DropNewest();
        Append(TagType.Script, timestamp, body, ref _latestVideoTime);
        return true;
    }

    /// <summary>A configuration goes to those who play, and is kept for those who come. Packets before a new one are no beginning any more.</summary>
    private bool TryAddHeader(TagType type, uint timestamp, ReadOnlySpan<byte> body)
    {
        if (body.Length > StreamHeaders.MaxSize) return false;
        if (!_headers.TrySet(type, body)) return true;
        DropNewest();
        GroupStart = None;
        if (type == TagType.Video)
        {
            _layout = CodecLayout.Read(body);
            LatestVideoHeader = Ring.Head;
            Append(type, timestamp, body, ref _latestVideoTime);
        }
        else
        {
            LatestAudioHeader = Ring.Head;
            Append(type, timestamp, body, ref _latestAudioTime);
        }

        return true;
    }

    private void Append(TagType type, uint timestamp, ReadOnlySpan<byte> body, ref long latest, bool isDisposable = false)
    {
        // Within a type time never goes back.
        latest = Math.Max(latest, _clock.Read(timestamp));
        HasUrgent |= type != TagType.Audio || !_hasVideo;
        Ring.Append(type, latest, body, isDisposable);
    }

    private void MarkSeen(ref bool has)
    {
        if (has) return;
        has = true;
        DropNewest();
    }

    private void DropNewest()
    {
        if (_newest != null) _newest.References--;
        _newest = null;
    }
}
