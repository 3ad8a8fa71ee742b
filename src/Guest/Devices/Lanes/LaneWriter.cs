// SPDX-License-Identifier: Apache-2.0

using System;
using System.Threading;

namespace Uaas.Devices.Lanes;

/// <summary>The sending end of one direction of a lane.</summary>
/// <param name="direction">Its header and ring: <see cref="LaneLayout.DirectionSize"/> bytes that the reader can write too.</param>
internal sealed unsafe class LaneWriter(byte* direction)
{
    private readonly byte* _ring = direction + LaneLayout.HeaderSize;
    private uint _produced;
    private uint _pending;
    private bool _isBroken;
    private bool _isFull;

    private ref uint State => ref *(uint*)(direction + LaneLayout.StateOffset);

    /// <summary>Begins anew, with another reader: the direction is all zeros.</summary>
    internal void Reset()
    {
        _produced = 0;
        _isBroken = false;
        _isFull = false;
    }

    /// <summary>
    /// Lends room for a frame. False where it must go over the network device: nobody reads here; or who does sleeps, and is woken by this frame; or the ring is full,
    /// and then until all of it has been read, so that frames arrive in the order that they were sent.
    /// </summary>
    internal bool TryBegin(int length, out Span<byte> room)
    {
        room = default;
        if (_isBroken || Volatile.Read(ref State) == ReaderState.Absent || CallsSleeper()) return false;
        uint used = _produced - Volatile.Read(ref *(uint*)(direction + LaneLayout.ConsumedOffset));
        _isBroken = used > LaneLayout.RingSize;
        if (_isBroken || (_isFull && used != 0)) return false;

        uint size = (uint)(LaneLayout.RecordHeaderSize + length + LaneLayout.RecordAlignment - 1) & ~(uint)(LaneLayout.RecordAlignment - 1);
        uint at = _produced & (LaneLayout.RingSize - 1);
        uint skipped = LaneLayout.RingSize - at < size ? LaneLayout.RingSize - at : 0;
        _isFull = LaneLayout.RingSize - used < skipped + size;
        if (_isFull) return false;

        if (skipped != 0)
        {
            *(ulong*)(_ring + at) = 0;
            at = 0;
        }

        *(ulong*)(_ring + at) = (uint)length;
        _pending = skipped + size;
        room = new Span<byte>(_ring + at + LaneLayout.RecordHeaderSize, length);
        return true;
    }

    /// <summary>Sends what the room last lent holds. False where the reader has fallen asleep, perhaps before it saw the frame: then it must go over the network device as well, to wake it.</summary>
    internal bool End()
    {
        _produced += _pending;
        Volatile.Write(ref *(uint*)(direction + LaneLayout.ProducedOffset), _produced);
        Interlocked.MemoryBarrier();
        return !CallsSleeper();
    }

    /// <summary>Whether the reader sleeps and has not been called. It is from now on.</summary>
    private bool CallsSleeper()
    {
        if (Volatile.Read(ref State) != ReaderState.Asleep) return false;
        Volatile.Write(ref State, ReaderState.Called);
        return true;
    }
}
