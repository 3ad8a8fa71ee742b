// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Devices.Virtio;

/// <summary>
/// Room for frames on their way out: a ring of bytes from which frames of any size are cut in order, so that one large segment or many
/// small frames fit in the same memory. Frames may come back in any order; room is free again when all older frames are back.
/// </summary>
internal sealed unsafe class TransmitArena
{
    private const int Alignment = 64; // a cache line

    private readonly byte* _memory;
    private readonly int _capacity;
    private readonly int[] _ends; // by slot: where the frame's room ends
    private readonly bool[] _returned;
    private int _oldest; // slot
    private int _count; // slots in use
    private int _head; // next byte to lend
    private int _tail; // first byte in use
    private int _reserved; // where the reserved room begins

    /// <summary>Makes an arena.</summary>
    /// <param name="memory">Its bytes.</param>
    /// <param name="capacity">How many.</param>
    /// <param name="slots">Frames at most, a power of two.</param>
    public TransmitArena(byte* memory, int capacity, int slots)
    {
        _memory = memory;
        _capacity = capacity;
        _ends = new int[slots];
        _returned = new bool[slots];
    }

    /// <summary>Lends <paramref name="size"/> contiguous bytes, to be committed before the next call or forgotten; null when there is no such room.</summary>
    public byte* Reserve(int size)
    {
        if (_count == _ends.Length)
        {
            return null;
        }

        bool wrapped = _head < _tail;
        if (wrapped ? _tail - _head > size : _capacity - _head >= size)
        {
            _reserved = _head;
        }
        else if (!wrapped && _tail > size)
        {
            _reserved = 0; // strictly more, here and above: a head that reaches the tail would say "empty"
        }
        else
        {
            return null;
        }

        return _memory + _reserved;
    }

    /// <summary>Keeps the first <paramref name="size"/> bytes of the room last lent, until the slot that is returned comes back.</summary>
    public int Commit(int size)
    {
        int slot = (_oldest + _count) & (_ends.Length - 1);
        int end = (_reserved + size + Alignment - 1) & -Alignment;
        _head = end < _capacity ? end : _capacity;
        if (_reserved < _tail && _head > _tail - 1)
        {
            _head = _tail - 1; // rounding up must not make a full ring look empty
        }

        _ends[slot] = _head;
        _returned[slot] = false;
        _count++;
        return slot;
    }

    /// <summary>Takes back what <see cref="Commit"/> kept.</summary>
    public void Return(int slot)
    {
        _returned[slot] = true;
        while (_count > 0 && _returned[_oldest])
        {
            _tail = _ends[_oldest];
            _oldest = (_oldest + 1) & (_ends.Length - 1);
            _count--;
        }

        if (_count == 0)
        {
            _head = 0;
            _tail = 0;
        }
    }
}
