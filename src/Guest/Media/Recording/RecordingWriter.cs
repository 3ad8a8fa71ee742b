// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Media.Recording;

/// <summary>
/// Puts the tags of one recording on the device, page by page. What comes is copied into a bounded buffer, and written from there in steps of at most
/// one segment's end and one run of pages, each when the caller says so. Pages are written once, when they are full: nothing that has reached the device is written again.
/// </summary>
/// <param name="volume">Where it is recorded to.</param>
internal sealed class RecordingWriter(RecordingVolume volume)
{
    /// <summary>Pages that wait to be written at most.</summary>
    internal const int BufferPages = 16;

    private const int None = -1;
    private const long Unknown = -1;

    private readonly byte[] _pages = new byte[BufferPages * RecordingFormat.PageSize];
    private readonly KeyIndex _keys = new(RecordingFormat.MaxKeys);
    private KeyIndex _segmentKeys = new(RecordingFormat.MaxFooterKeys);
    private KeyIndex _nextSegmentKeys = new(RecordingFormat.MaxFooterKeys);
    private int _slot = None;
    private long _length;
    private long _writtenPages;
    private long _segmentEnd;
    private long _sequence;
    private long _tagEnd;
    private long _firstTagBehind;
    private long _lastTagEnd;
    private long _lastTagEndInSegment;

    /// <summary>The recording; -1 while there is none.</summary>
    internal int Slot => _slot;

    /// <summary>Bytes of tags so far.</summary>
    internal long Length => _length;

    /// <summary>Milliseconds of the newest tag.</summary>
    internal long LastTime { get; private set; }

    /// <summary>Room in the page that is being filled; none while the buffer is full.</summary>
    internal Span<byte> Room
    {
        get
        {
            long page = _length / RecordingFormat.PayloadSize - _writtenPages;
            int into = (int)(_length % RecordingFormat.PayloadSize);
            return page >= BufferPages ? default : _pages.AsSpan((int)page * RecordingFormat.PageSize + into, RecordingFormat.PayloadSize - into);
        }
    }

    /// <summary>Pages that could be written.</summary>
    internal int FullPages => (int)(_length / RecordingFormat.PayloadSize - _writtenPages);

    /// <summary>Begins a recording.</summary>
    internal WriteResult Begin(ReadOnlySpan<byte> name, long start, int prologue, byte flags, ReadOnlySpan<byte> metadata)
    {
        WriteResult result = volume.Begin(name, start, prologue, flags, metadata, out int slot);
        if (result != WriteResult.Ok) return result;
        _slot = slot;
        _length = _writtenPages = _sequence = _tagEnd = _lastTagEnd = _lastTagEndInSegment = 0;
        _firstTagBehind = Unknown;
        LastTime = 0;
        _segmentEnd = volume.Layout.BytesBefore(1);
        _keys.Clear();
        _segmentKeys.Clear();
        _nextSegmentKeys.Clear();
        return WriteResult.Ok;
    }

    /// <summary>Begins a tag of so many bytes.</summary>
    internal void BeginTag(int size)
    {
        if (_length >= _segmentEnd && _firstTagBehind == Unknown) _firstTagBehind = _length;
        _tagEnd = _length + size;
    }

    /// <summary>The tag that begins here is one that playing can begin with.</summary>
    internal void MarkKey(long time)
    {
        _keys.Add(time, _length);
        (_length < _segmentEnd ? _segmentKeys : _nextSegmentKeys).Add(time, _length);
    }

    /// <summary>So many bytes were put into <see cref="Room"/>.</summary>
    internal void Advance(int count) => _length += count;

    /// <summary>The tag is whole.</summary>
    internal void EndTag(long time)
    {
        LastTime = Math.Max(LastTime, time);
        _lastTagEnd = _length;
        if (_length <= _segmentEnd) _lastTagEndInSegment = _length;
    }

    /// <summary>Writes pages that are full, as many as are at hand; the end of a segment and the beginning of the next where that is due.</summary>
    internal WriteResult Step()
    {
        if (FullPages == 0) return WriteResult.Ok;
        long left = _segmentEnd / RecordingFormat.PayloadSize - _writtenPages;
        if (left == 0)
        {
            WriteResult extended = Extend();
            if (extended != WriteResult.Ok) return extended;
            left = volume.Layout.BodyPages(_sequence);
        }

        int count = (int)Math.Min(left, FullPages);
        WriteResult result = volume.Write(_slot, _writtenPages, _pages.AsSpan(0, count * RecordingFormat.PageSize));
        if (result != WriteResult.Ok) return result;
        _writtenPages += count;
        // What has not been written, a part of a page among it, comes to the front.
        int rest = (BufferPages - count) * RecordingFormat.PageSize;
        _pages.AsSpan(count * RecordingFormat.PageSize, rest).CopyTo(_pages);
        return WriteResult.Ok;
    }

    /// <summary>
    /// Ends the recording at its last whole tag, or, where the device is full, at the last that is on it. All at once: what is buffered, the end of the segment, the head.
    /// </summary>
    /// <param name="canExtend">Whether it may take further segments for what is buffered.</param>
    internal WriteResult Finish(bool canExtend)
    {
        WriteResult result = PadPage();
        while (result == WriteResult.Ok && FullPages > 0)
        {
            if (!canExtend && _segmentEnd / RecordingFormat.PayloadSize == _writtenPages) break;
            result = Step();
        }

        if (result == WriteResult.Full) result = WriteResult.Ok;
        long body = Math.Min(_lastTagEnd, _writtenPages * RecordingFormat.PayloadSize) == _lastTagEnd ? _lastTagEnd : _lastTagEndInSegment;
        if (result == WriteResult.Ok && body <= volume[_slot].Prologue) result = volume.Remove(_slot) ? WriteResult.Ok : WriteResult.DeviceError;
        else if (result == WriteResult.Ok) result = Complete(body);
        if (result != WriteResult.Ok) volume.Break(_slot);
        _slot = None;
        return result;
    }

    private WriteResult Complete(long body)
    {
        _keys.CutAt(body);
        long bytes = _writtenPages * RecordingFormat.PayloadSize - volume.Layout.BytesBefore(_sequence);
        WriteResult result = volume.Close(_slot, bytes, body, LastTime, _segmentKeys);
        return result == WriteResult.Ok ? volume.Finish(_slot, body, LastTime, _keys, isRecovered: false) : result;
    }

    /// <summary>Fills the last page with zeros, which are behind the end.</summary>
    private WriteResult PadPage()
    {
        if (_length % RecordingFormat.PayloadSize == 0) return WriteResult.Ok;
        if (Room.IsEmpty)
        {
            WriteResult result = Step();
            if (result != WriteResult.Ok) return result;
        }

        Span<byte> room = Room;
        room.Clear();
        _length += room.Length;
        return WriteResult.Ok;
    }

    private WriteResult Extend()
    {
        // No segment is so short that two of its ends are within what is buffered.
        WriteResult result = volume.Close(_slot, _segmentEnd - volume.Layout.BytesBefore(_sequence), _lastTagEndInSegment, LastTime, _segmentKeys);
        if (result != WriteResult.Ok) return result;
        long nextEnd = volume.Layout.BytesBefore(_sequence + 2);
        long first = _firstTagBehind != Unknown ? _firstTagBehind : Math.Max(_tagEnd, _segmentEnd);
        result = volume.Extend(_slot, first < nextEnd ? (uint)(first - _segmentEnd) : SegmentHeader.NoTag);
        if (result != WriteResult.Ok) return result;
        _sequence++;
        _segmentEnd = nextEnd;
        _firstTagBehind = Unknown;
        _lastTagEndInSegment = _lastTagEnd;
        (_segmentKeys, _nextSegmentKeys) = (_nextSegmentKeys, _segmentKeys);
        _nextSegmentKeys.Clear();
        return WriteResult.Ok;
    }
}
