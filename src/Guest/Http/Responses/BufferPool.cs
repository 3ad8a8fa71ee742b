// SPDX-License-Identifier: Apache-2.0

using Uaas.Net;
using Uaas.Platform;

namespace Uaas.Http;

/// <summary>
/// Response buffers, shared by all connections of a server. There are never more than connections, so a connection that needs one gets one, whatever
/// the others hold. They are made when first needed: memory that was never used costs nothing.
/// </summary>
public sealed class BufferPool(int size, int capacity)
{
    private readonly byte[][] _free = new byte[capacity][];
    private int _freeCount;

    /// <summary>Bytes of each buffer.</summary>
    public int Size { get; } = size;

    /// <summary>Buffers made so far.</summary>
    public int Made { get; private set; }

    /// <summary>Buffers handed out.</summary>
    public int InUse => Made - _freeCount;

    /// <summary>Takes a buffer. Its contents are undefined.</summary>
    public byte[] Take()
    {
        if (_freeCount == 0) Grow();
        return _free[--_freeCount];
    }

    private void Grow()
    {
        int before = Made;
        Made = PoolGrowth.Next(before, _free.Length);
        // A handler's `new` may take from an arena of its own; the pool outlives it.
        using (Arena.EnterHeap())
        {
            for (int i = before; i < Made; i++) _free[_freeCount++] = new byte[Size];
        }
    }

    /// <summary>Gives a buffer back.</summary>
    public void Give(byte[] buffer) => _free[_freeCount++] = buffer;
}
