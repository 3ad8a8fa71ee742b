// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Platform;

/// <summary>
/// The heap of the C libraries: one stretch of memory that is theirs alone, which may be emptied at once. Blocks lie one behind the other; a free one is found by
/// looking from where the last was found, and grows into the free ones behind it. Libraries ask seldom, and for large blocks.
/// </summary>
public sealed unsafe class CHeap
{
    private const nuint Alignment = 32;
    private const nuint HeaderSize = Alignment;

    private readonly byte* _start;
    private readonly byte* _end;
    private byte* _next;

    /// <summary>A heap in memory that never moves.</summary>
    public CHeap(byte* memory, nuint size)
    {
        _start = (byte*)(((nuint)memory + Alignment - 1) & ~(Alignment - 1));
        _end = (byte*)(((nuint)memory + size) & ~(Alignment - 1));
        Reset();
    }

    /// <summary>Bytes in use, with what belongs to each block.</summary>
    public nuint Used { get; private set; }

    /// <summary>The most that was in use since the heap was made.</summary>
    public nuint Peak { get; private set; }

    /// <summary>Frees all blocks.</summary>
    public void Reset()
    {
        *(Header*)_start = new Header { Size = (nuint)(_end - _start), IsFree = true };
        _next = _start;
        Used = 0;
    }

    /// <summary>A block of at least <paramref name="size"/> bytes; null where there is none.</summary>
    public void* Allocate(nuint size)
    {
        if (size > (nuint)(_end - _start)) return null;
        nuint wanted = ((size + Alignment - 1) & ~(Alignment - 1)) + HeaderSize;
        byte* found = FindFree(_next, _end, wanted);
        if (found == null)
        {
            _next = _start; // the block there may be made one with those before it
            found = FindFree(_start, _end, wanted);
        }

        if (found == null) return null;
        Header* header = (Header*)found;
        if (header->Size > wanted)
        {
            *(Header*)(found + wanted) = new Header { Size = header->Size - wanted, IsFree = true };
            header->Size = wanted;
        }

        header->IsFree = false;
        _next = found + wanted == _end ? _start : found + wanted;
        Used += wanted;
        if (Used > Peak) Peak = Used;
        return found + HeaderSize;
    }

    /// <summary>Frees a block; null is none.</summary>
    public void Free(void* block)
    {
        if (block == null) return;
        Header* header = HeaderOf(block);
        header->IsFree = true;
        Used -= header->Size;
        if ((byte*)header < _next) _next = (byte*)header;
    }

    /// <summary>A block of another size with the same contents as far as both reach; null, and the block as it was, where there is none.</summary>
    public void* Resize(void* block, nuint size)
    {
        if (block == null) return Allocate(size);
        nuint room = HeaderOf(block)->Size - HeaderSize;
        if (size <= room) return block;
        void* larger = Allocate(size);
        if (larger == null) return null;
        new ReadOnlySpan<byte>(block, (int)room).CopyTo(new Span<byte>(larger, (int)room));
        Free(block);
        return larger;
    }

    // The first free block from a block on, with the free ones behind it made one with it.
    private byte* FindFree(byte* from, byte* to, nuint wanted)
    {
        for (byte* place = from; place < to; place += ((Header*)place)->Size)
        {
            Header* header = (Header*)place;
            if (!header->IsFree) continue;
            byte* behind = place + header->Size;
            while (behind < _end && ((Header*)behind)->IsFree)
            {
                header->Size += ((Header*)behind)->Size;
                behind = place + header->Size;
            }

            if (header->Size >= wanted) return place;
        }

        return null;
    }

    private static Header* HeaderOf(void* block)
    {
        Header* header = (Header*)((byte*)block - HeaderSize);
        if (header->IsFree || header->Size < HeaderSize) Environment.FailFast("a C library has overrun its memory");
        return header;
    }

    private struct Header
    {
        internal nuint Size;
        internal bool IsFree;
    }
}
