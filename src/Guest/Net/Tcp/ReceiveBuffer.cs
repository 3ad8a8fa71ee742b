// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Net.Tcp;

/// <summary>
/// The buffers that connections borrow while they hold bytes that are unread or out of order. All are one array that is touched as it is used, so that a buffer never
/// borrowed costs nothing.
/// </summary>
internal sealed class ReceiveBufferPool
{
    /// <summary>Ranges of out-of-order bytes that one connection may hold; bytes that would make one more are dropped.</summary>
    public const int MaxRanges = 16;

    private readonly byte[] _bytes;
    private readonly OffsetRange[] _ranges;

    // Buffers given back, and how many were ever taken: what was never taken needs no entry.
    private readonly int[] _returned;
    private int _returnedCount;
    private int _everTaken;

    public ReceiveBufferPool(int buffers, int size)
    {
        Size = size;
        _bytes = new byte[(long)buffers * size];
        _ranges = new OffsetRange[buffers * MaxRanges];
        _returned = new int[buffers];
    }

    /// <summary>Bytes of a buffer.</summary>
    public int Size { get; }

    /// <summary>Buffers in use.</summary>
    public int InUse => _everTaken - _returnedCount;

    public bool TryTake(out int buffer)
    {
        buffer = -1;
        if (_returnedCount > 0) buffer = _returned[--_returnedCount];
        else if (_everTaken < _returned.Length) buffer = _everTaken++;
        return buffer >= 0;
    }

    public void Return(int buffer) => _returned[_returnedCount++] = buffer;

    public Span<byte> Bytes(int buffer) => _bytes.AsSpan(buffer * Size, Size);

    public RangeSet Ranges(int buffer) => new(_ranges, buffer * MaxRanges, MaxRanges);
}

/// <summary>
/// What a connection received and could not hand over yet: unread bytes in order, then, after a hole, bytes out of order. It borrows a buffer from the pool
/// only while there are any.
/// </summary>
internal struct ReceiveBuffer
{
    private readonly ReceiveBufferPool _pool;

    private int _buffer;
    private int _head;
    private RangeSet _outOfOrder;

    public ReceiveBuffer(ReceiveBufferPool pool)
    {
        _pool = pool;
        _buffer = -1;
    }

    /// <summary>Whether a buffer is borrowed.</summary>
    public readonly bool IsUsed => _buffer >= 0;

    /// <summary>Bytes in order that wait to be consumed.</summary>
    public int UnreadLength { get; private set; }

    /// <summary>Bytes that may be held, unread and out of order together.</summary>
    public readonly int Capacity => _pool.Size;

    /// <summary>Those bytes in one piece.</summary>
    public readonly ReadOnlySpan<byte> Unread => IsUsed ? _pool.Bytes(_buffer).Slice(_head, UnreadLength) : default;

    /// <summary>Ranges out of order, as offsets of the incoming stream, for SACK.</summary>
    public readonly int OutOfOrderCount => IsUsed ? _outOfOrder.Count : 0;

    /// <summary>A range out of order, lowest first.</summary>
    public readonly OffsetRange OutOfOrder(int index) => _outOfOrder[index];

    /// <summary>
    /// Stores bytes that begin <paramref name="distance"/> after the next expected one, whose stream offset is <paramref name="next"/>; they lie within the
    /// window, hence within the capacity. False when there is no room for them.
    /// </summary>
    public bool Store(long next, int distance, ReadOnlySpan<byte> data)
    {
        if (!IsUsed)
        {
            if (!_pool.TryTake(out _buffer)) return false;
            _head = 0;
            UnreadLength = 0;
            _outOfOrder = _pool.Ranges(_buffer);
        }

        // One range is kept for bytes in order, so that they always find room.
        if (distance > 0 && _outOfOrder.Count >= ReceiveBufferPool.MaxRanges - 1) return false;
        if (!_outOfOrder.Add(next + distance, next + distance + data.Length)) return false;
        Span<byte> bytes = _pool.Bytes(_buffer);
        int position = _head + UnreadLength + distance;
        if (position + data.Length > bytes.Length)
        {
            // Everything slides to the front; what lies between ranges slides with it, which costs less than to tell it apart.
            int used = UnreadLength + (int)(_outOfOrder.Highest - next);
            bytes.Slice(_head, Math.Min(used, bytes.Length - _head)).CopyTo(bytes);
            position -= _head;
            _head = 0;
        }

        data.CopyTo(bytes[position..]);
        return true;
    }

    /// <summary>Counts as unread what now follows the bytes in order without a hole; returns how many bytes that are.</summary>
    public int Advance(long next)
    {
        if (!IsUsed || _outOfOrder.Count == 0 || _outOfOrder[0].Start > next) return 0;
        int length = (int)(_outOfOrder[0].End - next);
        _outOfOrder.RemoveBelow(next + length);
        UnreadLength += length;
        return length;
    }

    /// <summary>The application took bytes off the front.</summary>
    public void Consume(int count)
    {
        _head += count;
        UnreadLength -= count;
        if (UnreadLength == 0 && _outOfOrder.Count == 0) Release();
    }

    /// <summary>Gives the buffer back, if one is borrowed.</summary>
    public void Release()
    {
        if (!IsUsed) return;
        _pool.Return(_buffer);
        _buffer = -1;
        UnreadLength = 0;
    }
}
