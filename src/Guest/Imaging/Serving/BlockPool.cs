// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Imaging.Serving;

/// <summary>Memory in blocks of one size, chained: what is stored can grow byte by byte, and leaves no gaps when it goes.</summary>
internal sealed class BlockPool
{
    /// <summary>Bytes of a block.</summary>
    internal const int BlockSize = 4096;

    /// <summary>The end of a chain.</summary>
    internal const int None = -1;

    private readonly byte[] _memory;
    private readonly int[] _next;
    private int _free = None;
    private int _touched;

    internal BlockPool(int bytes)
    {
        Count = Math.Max(bytes / BlockSize, 1);
        _memory = new byte[Count * BlockSize];
        _next = new int[Count];
    }

    /// <summary>Blocks in all.</summary>
    internal int Count { get; }

    /// <summary>Blocks in use.</summary>
    internal int InUse { get; private set; }

    /// <summary>Takes a block, and appends it to the one before. <see cref="None"/> where there is none left.</summary>
    internal int Take(int before)
    {
        int block = _free;
        if (block != None) _free = _next[block];
        else if (_touched < Count) block = _touched++; // memory that was never used costs nothing
        else return None;
        _next[block] = None;
        if (before != None) _next[before] = block;
        InUse++;
        return block;
    }

    /// <summary>Gives a chain back.</summary>
    internal void Give(int first)
    {
        while (first != None)
        {
            int next = _next[first];
            _next[first] = _free;
            _free = first;
            first = next;
            InUse--;
        }
    }

    /// <summary>The block behind a block.</summary>
    internal int Next(int block) => _next[block];

    /// <summary>A block's bytes.</summary>
    internal Span<byte> Bytes(int block) => _memory.AsSpan(block * BlockSize, BlockSize);
}
