// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Media.Live;

/// <summary>What a viewer is doing.</summary>
public enum ViewerState : byte
{
    /// <summary>It plays nothing.</summary>
    Idle,

    /// <summary>It waits for a packet by which playing can begin.</summary>
    Waiting,

    /// <summary>It gets each packet.</summary>
    Playing,

    /// <summary>It was too slow, and waits for the next key frame.</summary>
    Skipping,
}

/// <summary>
/// One who plays a stream. Holds no media: what it was offered is a few runs of the shared ring, read again by offset until acknowledged.
/// Offsets are of the viewer's own bytes, of which the first is 0.
/// </summary>
public sealed class Viewer(ViewerSink sink)
{
    private const int MaxSegments = 8;

    private struct Segment
    {
        public long Start;
        public long Length;
        public long Wire;
        public WireForm Form;
        public Prologue? Prologue;

        public readonly long End => Start + Length;
    }

    private readonly Segment[] _segments = new Segment[MaxSegments];
    private int _first;
    private int _count;
    private WireForm _form;
    private bool _catchesUp;
    private LiveStream? _stream;
    private long _next;
    private long _base;
    private long _offered;
    private long _acknowledged;
    private long _hint;

    /// <summary>What it is doing.</summary>
    public ViewerState State { get; private set; }

    /// <summary>Bytes offered that the peer has not acknowledged.</summary>
    public long Backlog => _offered - _acknowledged;

    /// <summary>Where it is in the stream's list.</summary>
    internal int Position { get; set; }

    /// <summary>The connection beneath.</summary>
    internal ViewerSink Sink => sink;

    /// <summary>How packets are put on the wire for it.</summary>
    internal FramingKind Kind => _form.Kind;

    /// <summary>Begins to play. False when the stream has as many viewers as it may.</summary>
    /// <param name="stream">What to play.</param>
    /// <param name="kind">How packets are put on the wire.</param>
    /// <param name="catchesUp">Whether it goes without pictures that no other needs while it is behind, and skips sooner.</param>
    public bool TryBegin(LiveStream stream, FramingKind kind, bool catchesUp = false)
    {
        if (!stream.TryAdd(this)) return false;
        _stream = stream;
        _form = new WireForm(kind, catchesUp);
        _catchesUp = catchesUp;
        _first = _count = 0;
        _offered = _acknowledged = _hint = 0;
        State = ViewerState.Waiting;
        Advance();
        return true;
    }

    /// <summary>Stops playing: the connection has ended, or shall.</summary>
    public void Leave()
    {
        if (_stream == null) return;
        while (_count > 0) RemoveFirst();
        _stream.Remove(this);
        _stream = null;
        State = ViewerState.Idle;
    }

    /// <summary>Reads offered bytes. Returns how many, or -1 when they are gone because the viewer was too slow.</summary>
    public int Read(long offset, Span<byte> destination)
    {
        int written = 0;
        for (int i = 0; i < _count && written < destination.Length; i++)
        {
            ref Segment segment = ref At(i);
            long into = offset + written - segment.Start;
            if (into >= segment.Length) continue;
            Span<byte> room = destination.Slice(written, (int)Math.Min(destination.Length - written, segment.Length - into));
            if (segment.Prologue != null) segment.Prologue.Bytes(segment.Form.Kind).Slice((int)into, room.Length).CopyTo(room);
            else if (!TryReadMedia(in segment, segment.Wire + into, room)) return -1;
            written += room.Length;
        }

        return written;
    }

    /// <summary>The peer has everything below <paramref name="offset"/>.</summary>
    public void Acknowledged(long offset)
    {
        long before = _acknowledged;
        _acknowledged = Math.Max(_acknowledged, Math.Min(offset, _offered));
        if (_stream != null) _stream.Counters.BytesOut += _acknowledged - before;
        // The last one stays, since it may grow.
        while (_count > 1 && At(0).End <= _acknowledged) RemoveFirst();
    }

    /// <summary>Offers what the stream has had since the last time.</summary>
    internal void Advance()
    {
        LiveStream stream = _stream!;
        if (IsOverrun(stream.Ring))
        {
            stream.CountCut();
            sink.Cut();
            return;
        }

        if (State == ViewerState.Waiting) Start(stream);
        else if (State == ViewerState.Skipping) Resume(stream);
        if (State != ViewerState.Playing) return;
        if (Backlog > (_catchesUp ? stream.GroupLimit : stream.QueueLimit))
        {
            Skip(stream);
            return;
        }

        if (_catchesUp) ChooseForm(stream);
        OfferTo(stream.Ring.Head, stream.Ring);
    }

    /// <summary>Lean from half a second behind on, whole again when hardly anything is left.</summary>
    private void ChooseForm(LiveStream stream)
    {
        long behind = stream.BytesPerSecond / 2;
        bool isLean = _form.IsLean ? Backlog > behind / 4 : Backlog > behind;
        if (isLean != _form.IsLean) _form = new WireForm(_form.Kind, isLean);
    }

    private void Skip(LiveStream stream)
    {
        State = ViewerState.Skipping;
        stream.CountDrop();
    }

    private void Start(LiveStream stream)
    {
        long start = stream.FindStart();
        if (start < 0) return;
        Prologue? prologue = stream.TakePrologue();
        if (prologue == null) return;
        int length = prologue.Bytes(_form.Kind).Length;
        AddSegment(new Segment { Length = length, Form = _form, Prologue = prologue });
        _next = start;
        _base = start < stream.Ring.Head ? stream.Ring[start].Timestamp : stream.Ring.End.Timestamp;
        State = ViewerState.Playing;
        sink.Offer(length);
    }

    private void Resume(LiveStream stream)
    {
        if (stream.LatestKey < _next || Backlog > stream.QueueLimit / 2 || MaxSegments - _count < 4) return;
        State = ViewerState.Playing;
        // Configurations that it has missed, which come before the key frame.
        OfferMissed(stream, stream.LatestVideoHeader);
        OfferMissed(stream, stream.LatestAudioHeader);
        _next = stream.LatestKey;
    }

    private void OfferMissed(LiveStream stream, long index)
    {
        if (index < Math.Max(_next, stream.Ring.Tail) || index >= stream.LatestKey) return;
        _next = index;
        OfferTo(index + 1, stream.Ring);
    }

    /// <summary>Offers the packets up to number <paramref name="end"/>, with extended timestamps from the first on that needs one.</summary>
    private void OfferTo(long end, MediaRing ring)
    {
        if (_form.Kind == FramingKind.Rtmp && ring.End.Timestamp - _base >= Framing.ExtendedFrom)
        {
            long split = _next;
            while (split < end && ring[split].Timestamp - _base < Framing.ExtendedFrom) split++;
            OfferRun(split, ring);
            if (split == end) return;
            _form = new WireForm(FramingKind.RtmpExtended, _form.IsLean);
        }

        OfferRun(end, ring);
    }

    private void OfferRun(long end, MediaRing ring)
    {
        if (end == _next) return;
        ref readonly MediaEntry first = ref ring[_next];
        ref readonly MediaEntry behind = ref ring[end];
        long wire = Framing.OffsetOf(_form, in first);
        long length = Framing.OffsetOf(_form, in behind) - wire;
        if (_form.IsLean) _stream!.Counters.LeftOut += behind.All.Packets - first.All.Packets - (behind.Lean.Packets - first.Lean.Packets);
        ref Segment last = ref At(_count - 1);
        if (last.Prologue == null && last.Form.Is(_form) && last.Wire + last.Length == wire)
        {
            last.Length += length;
            _offered += length;
        }
        else if (!AddSegment(new Segment { Length = length, Wire = wire, Form = _form }))
        {
            Skip(_stream!);
            return;
        }

        _next = end;
        if (length > 0) sink.Offer(length);
    }

    private bool TryReadMedia(in Segment segment, long wire, Span<byte> destination)
    {
        MediaRing ring = _stream!.Ring;
        if (wire < Framing.OffsetOf(segment.Form, in ring[ring.Tail])) return false;
        long index = Find(ring, segment.Form, wire);
        int written = 0;
        while (written < destination.Length)
        {
            ref readonly MediaEntry entry = ref ring[index];
            index++;
            if (segment.Form.IsLean && entry.IsDisposable) continue;
            uint timestamp = (uint)Math.Max(0, entry.Timestamp - _base);
            long into = wire + written - Framing.OffsetOf(segment.Form, in entry);
            written += Framing.Read(segment.Form.Kind, ring, in entry, timestamp, into, destination[written..]);
        }

        _hint = index - 1;
        return true;
    }

    /// <summary>The packet that a wire offset lies in. Mostly it is where reading left off, or the packet after it.</summary>
    private long Find(MediaRing ring, WireForm form, long wire)
    {
        long low = ring.Tail;
        long high = ring.Head - 1;
        if (_hint >= low && _hint <= high && Framing.OffsetOf(form, in ring[_hint]) <= wire)
        {
            low = _hint;
            if (Framing.OffsetOf(form, in ring[low + 1]) > wire) return low;
            low++;
            if (low < high && Framing.OffsetOf(form, in ring[low + 1]) > wire) return low;
        }

        // Where packets take nothing in this form, the last at that offset is the one that does.
        while (low < high)
        {
            long middle = low + (high - low + 1) / 2;
            if (Framing.OffsetOf(form, in ring[middle]) <= wire) low = middle;
            else high = middle - 1;
        }

        return low;
    }

    /// <summary>Whether the ring no longer has what the peer has yet to acknowledge.</summary>
    private bool IsOverrun(MediaRing ring)
    {
        if (Backlog == 0) return false;
        for (int i = 0; i < _count; i++)
        {
            ref Segment segment = ref At(i);
            if (segment.Prologue != null || segment.End <= _acknowledged) continue;
            long wire = segment.Wire + Math.Max(0, _acknowledged - segment.Start);
            return wire < Framing.OffsetOf(segment.Form, in ring[ring.Tail]);
        }

        return false;
    }

    private ref Segment At(int index) => ref _segments[(_first + index) % MaxSegments];

    private bool AddSegment(in Segment segment)
    {
        if (_count == MaxSegments) return false;
        ref Segment added = ref At(_count++);
        added = segment;
        added.Start = _offered;
        _offered += segment.Length;
        return true;
    }

    private void RemoveFirst()
    {
        ref Segment segment = ref At(0);
        if (segment.Prologue != null) segment.Prologue.References--;
        segment.Prologue = null;
        _first = (_first + 1) % MaxSegments;
        _count--;
    }
}
