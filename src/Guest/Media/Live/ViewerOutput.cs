// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Media.Live;

/// <summary>
/// What a connection sends that has more to say than media: control messages, kept here until they are acknowledged, and between them runs of what its
/// <see cref="Viewer"/> has, which are kept by nobody but the stream.
/// </summary>
/// <param name="viewer">Where media comes from.</param>
/// <param name="controlSize">Bytes of control messages that may be unacknowledged.</param>
/// <param name="maxAnswer">Bytes of control messages that answer one message at most.</param>
public sealed class ViewerOutput(Viewer viewer, int controlSize, int maxAnswer)
{

    private const int MaxParts = 16;
    private const int ReservedParts = 4;

    private struct Part
    {
        public long Start;
        public long Length;
        public long Source;
        public bool IsMedia;

        public readonly long End => Start + Length;
    }

    private readonly byte[] _control = new byte[controlSize];
    private readonly Part[] _parts = new Part[MaxParts];
    private int _first;
    private int _count;
    private long _controlEnd;
    private long _controlFree;
    private long _media;

    /// <summary>Bytes of the outgoing stream so far.</summary>
    public long End { get; private set; }

    /// <summary>Whether a message may be handled that has an answer.</summary>
    public bool HasRoom => controlSize - (_controlEnd - _controlFree) >= maxAnswer && MaxParts - _count >= ReservedParts;

    /// <summary>Begins with a new connection.</summary>
    public void Reset()
    {
        _first = _count = 0;
        _controlEnd = _controlFree = _media = End = 0;
    }

    /// <summary>Adds control bytes, for which there is room.</summary>
    public void AddControl(ReadOnlySpan<byte> bytes)
    {
        int at = (int)(_controlEnd % controlSize);
        int first = Math.Min(bytes.Length, controlSize - at);
        bytes[..first].CopyTo(_control.AsSpan(at));
        bytes[first..].CopyTo(_control);
        Add(bytes.Length, _controlEnd, isMedia: false);
        _controlEnd += bytes.Length;
    }

    /// <summary>Adds what the viewer has got.</summary>
    public void AddMedia(long count)
    {
        Add(count, _media, isMedia: true);
        _media += count;
    }

    /// <summary>Media from now on is another viewer's, whose offsets begin at 0. All media before is acknowledged or given up.</summary>
    public void RestartMedia() => _media = 0;

    /// <summary>Writes bytes of the stream. Returns how many, or -1 when they are gone.</summary>
    public int Supply(long offset, Span<byte> destination)
    {
        int written = 0;
        for (int i = 0; i < _count && written < destination.Length; i++)
        {
            ref Part part = ref At(i);
            long into = offset + written - part.Start;
            if (into < 0 || into >= part.Length) continue;
            Span<byte> room = destination.Slice(written, (int)Math.Min(destination.Length - written, part.Length - into));
            if (!part.IsMedia) ReadControl(part.Source + into, room);
            else if (viewer.Read(part.Source + into, room) < room.Length) return -1;
            written += room.Length;
        }

        return written;
    }

    /// <summary>The peer has everything below <paramref name="offset"/>.</summary>
    public void Acknowledge(long offset)
    {
        while (_count > 0)
        {
            ref Part part = ref At(0);
            long reached = Math.Min(part.Length, offset - part.Start);
            if (reached > 0 && part.IsMedia) viewer.Acknowledged(part.Source + reached);
            else if (reached > 0) _controlFree = part.Source + reached;
            if (part.End > offset) return;
            _first = (_first + 1) % MaxParts;
            _count--;
        }
    }

    private void Add(long length, long source, bool isMedia)
    {
        if (length == 0) return;
        if (_count > 0 && At(_count - 1).IsMedia == isMedia)
        {
            At(_count - 1).Length += length;
        }
        else
        {
            At(_count++) = new Part { Start = End, Length = length, Source = source, IsMedia = isMedia };
        }

        End += length;
    }

    private void ReadControl(long position, Span<byte> destination)
    {
        int at = (int)(position % controlSize);
        int first = Math.Min(destination.Length, controlSize - at);
        _control.AsSpan(at, first).CopyTo(destination);
        _control.AsSpan(0, destination.Length - first).CopyTo(destination[first..]);
    }

    private ref Part At(int index) => ref _parts[(_first + index) % MaxParts];
}
