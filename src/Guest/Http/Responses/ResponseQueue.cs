// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http;

/// <summary>
/// What a connection has to send and the peer has not acknowledged: a ring of parts in stream order. The bytes of heads and small contents lie in a response
/// buffer, itself used as a ring, which is taken from the pool for the first of them and given back when the last is acknowledged.
/// </summary>
internal sealed class ResponseQueue(BufferPool pool)
{
    /// <summary>Parts at most; a power of two.</summary>
    public const int Capacity = 16;

    /// <summary>Parts that one response may need at once: interim response, head, content, end.</summary>
    private const int PartsPerResponse = 4;

    private readonly ResponsePart[] _parts = new ResponsePart[Capacity];
    private int _first;
    private int _count;

    private byte[]? _buffer;
    private bool _writing;
    private int _bufferedParts;
    private int _bufferStart;
    private int _bufferEnd;

    /// <summary>Length of the stream so far.</summary>
    public long End { get; private set; }

    /// <summary>Everything below has been acknowledged.</summary>
    public long AcknowledgedOffset { get; private set; }

    /// <summary>Whether all was acknowledged.</summary>
    public bool IsEmpty => _count == 0;

    /// <summary>Parts that can be added.</summary>
    public int FreeParts => Capacity - _count;

    /// <summary>Whether another response, with at most <paramref name="room"/> buffered bytes, can be begun.</summary>
    public bool CanBegin(int room) => FreeParts >= PartsPerResponse && ContiguousRoom(out _) >= room;

    /// <summary>The buffer in which <see cref="Reserve"/> found room.</summary>
    public byte[] Buffer => _buffer!;

    /// <summary>
    /// Lends the longest run of free bytes of the buffer, from the returned offset to <paramref name="limit"/>, until <see cref="AddBuffered"/> takes
    /// some of it or <see cref="Unreserve"/> none.
    /// </summary>
    public int Reserve(out int limit)
    {
        _buffer ??= pool.Take();
        _writing = true;
        int room = ContiguousRoom(out int start);
        limit = start + room;
        return start;
    }

    /// <summary>Appends <paramref name="count"/> bytes that were written at <paramref name="start"/> of the buffer, where <see cref="Reserve"/> said.</summary>
    public void AddBuffered(int start, int count)
    {
        ref ResponsePart part = ref Add(ResponsePartKind.Buffered, count);
        part.Source = start;
        _writing = false;
        if (_bufferedParts++ == 0) _bufferStart = start;
        _bufferEnd = start + count;
    }

    /// <summary>Appends <paramref name="count"/> bytes of a body, which is released with them.</summary>
    public void AddBody(ResponseBody body, long offset, long count, bool endsBody)
    {
        ref ResponsePart part = ref Add(ResponsePartKind.Body, count);
        part.Source = offset;
        part.BodyLength = count;
        part.Body = body;
        part.EndsBody = endsBody;
    }

    /// <summary>Has a body whose runs were appended released with the last of them; at once if none is left.</summary>
    public void EndBody(ResponseBody body)
    {
        if (_count > 0 && ReferenceEquals(At(_count - 1).Body, body)) At(_count - 1).EndsBody = true;
        else body.Release();
    }

    /// <summary>Appends a chunk of <paramref name="count"/> bytes of a body.</summary>
    public void AddChunk(ResponseBody body, long offset, long count)
    {
        ref ResponsePart part = ref Add(ResponsePartKind.Chunk, ResponsePart.ChunkHeaderLength(count) + count + 2);
        part.Source = offset;
        part.BodyLength = count;
        part.Body = body;
    }

    /// <summary>Appends the last chunk; the body is released with it.</summary>
    public void AddLastChunk(ResponseBody body)
    {
        ref ResponsePart part = ref Add(ResponsePartKind.LastChunk, ResponsePart.LastChunk.Length);
        part.Body = body;
        part.EndsBody = true;
    }

    /// <summary>Appends the interim response 100 (Continue).</summary>
    public void AddContinue() => Add(ResponsePartKind.Continue, ResponsePart.ContinueLine.Length);

    /// <summary>
    /// Writes the stream's bytes from <paramref name="offset"/> on. Returns how many were at hand, or -1 when a body failed: then the stream cannot go on.
    /// </summary>
    public int Supply(long offset, Span<byte> destination)
    {
        int written = 0;
        for (int i = 0; i < _count && written < destination.Length; i++)
        {
            ref ResponsePart part = ref At(i);
            if (part.End <= offset) continue;
            int wanted = (int)Math.Min(part.End - offset, destination.Length - written);
            int read = part.Read(offset - part.Start, destination.Slice(written, wanted), _buffer);
            if (read < 0) return read;
            written += read;
            offset += read;
            if (read < wanted) break;
        }

        return written;
    }

    /// <summary>Lets go of what lies below <paramref name="offset"/>.</summary>
    public void Acknowledge(long offset)
    {
        AcknowledgedOffset = offset;
        while (_count > 0 && At(0).End <= offset) RemoveFirst();
        if (_count == 0) return;
        ref ResponsePart part = ref At(0);
        if (part.BodyLength == 0 || offset <= part.Start) return;
        long header = part.Kind == ResponsePartKind.Chunk ? ResponsePart.ChunkHeaderLength(part.BodyLength) : 0;
        long inBody = Math.Min(offset - part.Start - header, part.BodyLength);
        if (inBody > 0) part.Body!.Acknowledged(part.Source + inBody);
    }

    /// <summary>Lets go of everything and starts the stream anew.</summary>
    public void Clear()
    {
        while (_count > 0)
        {
            ref ResponsePart part = ref At(0);
            if (part.EndsBody) part.Body!.Release();
            part.Body = null;
            Step();
        }

        _bufferedParts = 0;
        Unreserve();
        _first = 0;
        End = 0;
        AcknowledgedOffset = 0;
    }

    /// <summary>Takes back what <see cref="Reserve"/> lent.</summary>
    public void Unreserve()
    {
        _writing = false;
        GiveUnusedBuffer();
    }

    private ref ResponsePart At(int index) => ref _parts[(_first + index) & (Capacity - 1)];

    private ref ResponsePart Add(ResponsePartKind kind, long length)
    {
        ref ResponsePart part = ref At(_count++);
        End += length;
        part = new ResponsePart { Kind = kind, Length = length, End = End };
        return ref part;
    }

    private void RemoveFirst()
    {
        ref ResponsePart part = ref At(0);
        ResponseBody? body = part.Body;
        if (body is not null)
        {
            if (part.BodyLength > 0) body.Acknowledged(part.Source + part.BodyLength);
            if (part.EndsBody) body.Release();
            part.Body = null;
        }

        if (part.Kind == ResponsePartKind.Buffered)
        {
            _bufferStart = (int)(part.Source + part.Length);
            _bufferedParts--;
            GiveUnusedBuffer();
        }

        Step();
    }

    private void Step()
    {
        _first = (_first + 1) & (Capacity - 1);
        _count--;
    }

    private void GiveUnusedBuffer()
    {
        if (_buffer is null || _writing || _bufferedParts > 0) return;
        pool.Give(_buffer);
        _buffer = null;
    }

    /// <summary>The used bytes lie from _bufferStart to _bufferEnd, around the end of the buffer if that is not behind.</summary>
    private int ContiguousRoom(out int start)
    {
        start = 0;
        if (_bufferedParts == 0) return pool.Size;
        if (_bufferEnd <= _bufferStart)
        {
            start = _bufferEnd;
            return _bufferStart - _bufferEnd;
        }

        int behind = pool.Size - _bufferEnd;
        if (behind < _bufferStart) return _bufferStart;
        start = _bufferEnd;
        return behind;
    }
}
