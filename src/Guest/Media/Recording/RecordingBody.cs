// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;

namespace Uaas.Media.Recording;

/// <summary>A recording as a file: its head, the configurations, and its tags from one on. When it is removed meanwhile, the response ends.</summary>
internal sealed class RecordingBody(RecordingBodyPool pool) : ResponseBody
{
    private RecordingVolume? _volume;
    private ReadingPlace _place;
    private ulong _key;
    private int _slot;
    private long _head;
    private long _prologue;
    private long _start;
    private long _end;

    /// <summary>The next one in the pool.</summary>
    internal RecordingBody? Next { get; set; }

    public override long Length => _head + _prologue + _end - _start;

    /// <summary>Says which recording it is from now on, and where its tags begin behind the configurations.</summary>
    internal void Set(RecordingVolume volume, int slot, long start)
    {
        ref readonly RecordingEntry entry = ref volume[slot];
        _volume = volume;
        _slot = slot;
        _key = entry.Key;
        _head = entry.HeadLength;
        _prologue = entry.Prologue;
        _start = start;
        _end = entry.BodyLength;
        _place = new ReadingPlace { Segment = -1 };
    }

    public override int Read(long offset, Span<byte> destination)
    {
        if (!_volume!.Holds(_slot, _key)) return -1;
        int length = destination.Length;
        int fromHead = Part(offset, _head, destination.Length);
        if (fromHead > 0 && !_volume.TryReadHead(_slot, offset, destination[..fromHead])) return -1;
        destination = destination[fromHead..];
        offset += fromHead - _head;
        int fromPrologue = Part(offset, _prologue, destination.Length);
        if (fromPrologue > 0 && !_volume.TryReadBody(_slot, ref _place, offset, destination[..fromPrologue])) return -1;
        destination = destination[fromPrologue..];
        offset += fromPrologue - _prologue;
        return destination.IsEmpty || _volume.TryReadBody(_slot, ref _place, _start + offset, destination) ? length : -1;
    }

    public override void Release() => pool.Return(this);

    private static int Part(long offset, long end, int most) => (int)Math.Min(Math.Max(end - offset, 0), most);
}

/// <summary>Bodies that are not in use. There are as many as responses were ever under way at a time.</summary>
internal sealed class RecordingBodyPool
{
    private RecordingBody? _first;

    /// <summary>A body for a recording.</summary>
    internal RecordingBody Take(RecordingVolume volume, int slot, long start)
    {
        RecordingBody body = _first ?? new RecordingBody(this);
        _first = body.Next;
        body.Next = null;
        body.Set(volume, slot, start);
        return body;
    }

    /// <summary>Takes a body back.</summary>
    internal void Return(RecordingBody body)
    {
        body.Next = _first;
        _first = body;
    }
}
