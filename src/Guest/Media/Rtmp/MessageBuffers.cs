// SPDX-License-Identifier: Apache-2.0

using Uaas.Net;

namespace Uaas.Media.Rtmp;

/// <summary>
/// Memory for messages that are under way, of two sizes: small ones for commands and sound, large ones for pictures. Made when first needed, never more than
/// the bounds.
/// </summary>
public sealed class MessageBuffers(int smallCount, int largeCount, int largeSize)
{
    /// <summary>Bytes of a small buffer.</summary>
    public const int SmallSize = 4096;

    private const int Overhead = 32;

    private readonly byte[][] _small = new byte[smallCount][];
    private readonly byte[][] _large = new byte[largeCount][];
    private int _smallFree;
    private int _smallMade;
    private int _largeFree;
    private int _largeMade;

    /// <summary>Bytes of a large buffer, and so of a message at most.</summary>
    public int LargeSize { get; } = largeSize;

    /// <summary>Bytes of all buffers together, were they all made.</summary>
    public long MemoryAtBounds => (long)_small.Length * (SmallSize + Overhead) + (long)_large.Length * (LargeSize + Overhead);

    /// <summary>Buffers handed out.</summary>
    public int InUse => _smallMade - _smallFree + _largeMade - _largeFree;

    /// <summary>A buffer of <paramref name="length"/> bytes or more, or null when all are in use.</summary>
    public byte[]? TryTake(int length)
    {
        if (length <= SmallSize) return TryTake(_small, ref _smallFree, ref _smallMade, SmallSize);
        return length <= LargeSize ? TryTake(_large, ref _largeFree, ref _largeMade, LargeSize) : null;
    }

    /// <summary>Gives a buffer back.</summary>
    public void Give(byte[] buffer)
    {
        if (buffer.Length == SmallSize) _small[_smallFree++] = buffer;
        else _large[_largeFree++] = buffer;
    }

    private static byte[]? TryTake(byte[][] free, ref int freeCount, ref int made, int size)
    {
        int before = made;
        if (freeCount == 0) made = PoolGrowth.Next(before, free.Length);
        for (int i = before; i < made; i++) free[freeCount++] = new byte[size];
        return freeCount > 0 ? free[--freeCount] : null;
    }
}
