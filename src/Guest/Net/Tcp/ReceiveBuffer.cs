// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Net.Tcp;

/// <summary>
/// The buffers that connections borrow while they hold bytes that are unread or out of order. All are one array that is touched as it is used, so that a
/// buffer never borrowed costs nothing; but where there are many connections, the memory of the first few is taken as they come, so that the first loss takes none.
/// </summary>
internal sealed class ReceiveBufferPool(int buffers, int size)
{
    private const int ConnectionsToOne = 256;
    private const int PageSize = 4096;

    private readonly byte[] _bytes = new byte[(long)buffers * size];
    private readonly int[] _holders = new int[buffers];
    private Lending _lending = new(buffers);

    /// <summary>Bytes of a buffer.</summary>
    public int Size { get; } = size;

    /// <summary>Buffers in use.</summary>
    public int InUse => _lending.InUse;

    /// <summary>Buffers whose memory has been taken before anybody needed them.</summary>
    public int Ready { get; private set; }

    /// <summary>Takes the memory of one buffer for each <see cref="ConnectionsToOne"/> connections.</summary>
    public void Prepare(int connections)
    {
        // A machine gives a page when it is first written to. What was ever lent may hold something.
        for (; Ready < Math.Min(connections / ConnectionsToOne, Count); Ready++)
        {
            if (Ready < _lending.EverTaken) continue;
            Span<byte> bytes = Bytes(Ready);
            for (int at = 0; at < bytes.Length; at += PageSize) bytes[at] = 0;
        }
    }

    /// <summary>How many there are.</summary>
    public int Count => _holders.Length;

    /// <summary>The index of the connection that borrowed a buffer last. While all are in use, that is the one that has it.</summary>
    public int Holder(int buffer) => _holders[buffer];

    public bool TryTake(int holder, out int buffer)
    {
        if (!_lending.TryTake(out buffer)) return false;
        _holders[buffer] = holder;
        return true;
    }

    public void Return(int buffer) => _lending.Return(buffer);

    public Span<byte> Bytes(int buffer) => _bytes.AsSpan(buffer * Size, Size);
}

/// <summary>
/// What a connection received and could not hand over yet: unread bytes in order, then, after a hole, bytes out of order. It borrows a buffer from the pool
/// only while there are any. What is stored lies within the window that was announced, hence within the capacity.
/// </summary>
internal struct ReceiveBuffer
{
    private readonly ReceiveBufferPool _pool;
    private readonly int _holder;

    private int _buffer;
    private int _head;
    private RangeSet _outOfOrder;

    public ReceiveBuffer(int holder, ReceiveBufferPool pool, RangePool ranges)
    {
        _holder = holder;
        _pool = pool;
        _buffer = -1;
        _outOfOrder = new RangeSet(ranges);
    }

    /// <summary>Whether a buffer is borrowed.</summary>
    public readonly bool IsUsed => _buffer >= 0;

    /// <summary>Bytes in order that wait to be consumed.</summary>
    public int UnreadLength { get; private set; }

    /// <summary>Bytes that may be held, unread and out of order together.</summary>
    public readonly int Capacity => _pool.Size;

    /// <summary>The unread bytes in one piece.</summary>
    public readonly ReadOnlySpan<byte> Unread => IsUsed ? _pool.Bytes(_buffer).Slice(_head, UnreadLength) : default;

    /// <summary>Ranges out of order, as offsets of the incoming stream, for SACK.</summary>
    public readonly int OutOfOrderCount => _outOfOrder.Count;

    /// <summary>A range out of order, lowest first.</summary>
    public readonly OffsetRange OutOfOrder(int index) => _outOfOrder[index];

    /// <summary>
    /// Stores bytes in order, the first of which has offset <paramref name="next"/> in the stream. Returns how many bytes are in order by that, those included
    /// whose hole it filled; 0 when there is no buffer to be had.
    /// </summary>
    public int Append(long next, ReadOnlySpan<byte> data)
    {
        if (!TryWrite(next, 0, data)) return 0;
        long end = next + data.Length;
        if (_outOfOrder.Count > 0 && _outOfOrder[0].Start <= end)
        {
            end = Math.Max(end, _outOfOrder[0].End);
            _outOfOrder.RemoveBelow(end);
        }

        UnreadLength += (int)(end - next);
        return (int)(end - next);
    }

    /// <summary>
    /// Stores bytes that begin <paramref name="distance"/> after the next expected one, which has offset <paramref name="next"/>. False when there is no room
    /// for them.
    /// </summary>
    public bool StoreOutOfOrder(long next, int distance, ReadOnlySpan<byte> data)
    {
        if (!TryWrite(next, distance, data)) return false;
        bool noted = _outOfOrder.Add(next + distance, next + distance + data.Length);
        if (!noted) ReleaseIfEmpty();
        return noted;
    }

    /// <summary>The application took bytes off the front.</summary>
    public void Consume(int count)
    {
        _head += count;
        UnreadLength -= count;
        ReleaseIfEmpty();
    }

    /// <summary>Gives the buffer back, if one is borrowed.</summary>
    public void Release()
    {
        _outOfOrder.Clear();
        UnreadLength = 0;
        ReleaseIfEmpty();
    }

    private bool TryWrite(long next, int distance, ReadOnlySpan<byte> data)
    {
        if (!IsUsed)
        {
            if (!_pool.TryTake(_holder, out _buffer)) return false;
            _head = 0;
        }

        Span<byte> bytes = _pool.Bytes(_buffer);
        int position = _head + UnreadLength + distance;
        if (position + data.Length > bytes.Length)
        {
            // Everything slides to the front; what lies between ranges slides with it, which costs less than to tell it apart.
            int used = UnreadLength + (int)Math.Max(0, _outOfOrder.Highest - next);
            bytes.Slice(_head, used).CopyTo(bytes);
            position -= _head;
            _head = 0;
        }

        data.CopyTo(bytes[position..]);
        return true;
    }

    private void ReleaseIfEmpty()
    {
        if (!IsUsed || UnreadLength > 0 || _outOfOrder.Count > 0) return;
        _pool.Return(_buffer);
        _buffer = -1;
    }
}
