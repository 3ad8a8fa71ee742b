// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.InteropServices;

namespace Uaas.Imaging;

/// <summary>A run of bytes of a <see cref="Workspace"/>.</summary>
internal readonly struct Block(int start, int length)
{
    internal int Start { get; } = start;

    internal int Length { get; } = length;
}

/// <summary>
/// The memory of the job at hand: given out from the front, and taken back all at once when the job is over. What was never used was never touched, so a
/// workspace of the largest job's size costs no more than the largest job there was.
/// </summary>
internal sealed class Workspace(int capacity)
{
    private const int Alignment = 64;

    private readonly byte[] _bytes = new byte[capacity];
    private int _taken;

    /// <summary>Bytes in all.</summary>
    internal int Capacity => _bytes.Length;

    /// <summary>Bytes given out.</summary>
    internal int Taken => _taken;

    /// <summary>Gives out bytes, whose contents are whatever they are; false where there are not so many.</summary>
    internal bool TryTake(long length, out Block block)
    {
        block = default;
        if (length < 0 || length > _bytes.Length - _taken) return false;
        block = new Block(_taken, (int)length);
        _taken = (int)Math.Min(((long)_taken + length + Alignment - 1) / Alignment * Alignment, _bytes.Length);
        return true;
    }

    /// <summary>Takes all back.</summary>
    internal void Reset() => _taken = 0;

    /// <summary>Takes back what was given out since <see cref="Taken"/> was <paramref name="mark"/>.</summary>
    internal void ResetTo(int mark) => _taken = mark;

    internal Span<byte> Bytes(Block block) => _bytes.AsSpan(block.Start, block.Length);

    internal Span<short> Shorts(Block block) => MemoryMarshal.Cast<byte, short>(Bytes(block));

    internal Span<int> Ints(Block block) => MemoryMarshal.Cast<byte, int>(Bytes(block));
}
