// SPDX-License-Identifier: Apache-2.0

using System;
using System.Threading;

namespace Uaas.Devices.Lanes;

/// <summary>The receiving end of one direction of a lane.</summary>
/// <param name="direction">Its header and ring: <see cref="LaneLayout.DirectionSize"/> bytes that the writer can write too.</param>
internal sealed unsafe class LaneReader(byte* direction)
{
    private readonly byte* _ring = direction + LaneLayout.HeaderSize;
    private uint _consumed;
    private bool _isBroken;

    /// <summary>Whether there is something to read.</summary>
    internal bool HasFrame => !_isBroken && Produced != _consumed;

    private uint Produced => Volatile.Read(ref *(uint*)(direction + LaneLayout.ProducedOffset));

    /// <summary>Begins anew, with another writer: the direction is all zeros.</summary>
    internal void Reset()
    {
        _consumed = 0;
        _isBroken = false;
        SetAwake(true);
    }

    /// <summary>Copies the next frame to <paramref name="destination"/>, where nobody else can change it. A frame that does not fit, and every other thing that no writer of ours does, ends it for good.</summary>
    internal bool TryRead(Span<byte> destination, out int length)
    {
        length = 0;
        uint available = Produced - _consumed;
        if (_isBroken || available == 0) return false;
        uint at = _consumed & (LaneLayout.RingSize - 1);
        uint size = Volatile.Read(ref *(uint*)(_ring + at));
        if (available <= LaneLayout.RingSize && size == 0 && available > LaneLayout.RingSize - at)
        {
            _consumed += LaneLayout.RingSize - at;
            available -= LaneLayout.RingSize - at;
            at = 0;
            size = Volatile.Read(ref *(uint*)_ring);
        }

        uint taken = (LaneLayout.RecordHeaderSize + size + LaneLayout.RecordAlignment - 1) & ~(uint)(LaneLayout.RecordAlignment - 1);
        if (available > LaneLayout.RingSize || size == 0 || size > (uint)destination.Length || taken > available || taken > LaneLayout.RingSize - at)
        {
            _isBroken = true;
            Announce(ReaderState.Absent);
            return false;
        }

        length = (int)size;
        new ReadOnlySpan<byte>(_ring + at + LaneLayout.RecordHeaderSize, length).CopyTo(destination);
        _consumed += taken;
        Volatile.Write(ref *(uint*)(direction + LaneLayout.ConsumedOffset), _consumed);
        return true;
    }

    /// <summary>Says that nobody reads any more what was agreed as that generation.</summary>
    internal void Leave(uint generation) => Volatile.Write(ref *(uint*)(direction + LaneLayout.LeftOffset), generation);

    /// <summary>Says that it looks here from now on, or that it sleeps.</summary>
    internal void SetAwake(bool isAwake)
    {
        if (!_isBroken) Announce(isAwake ? ReaderState.Awake : ReaderState.Asleep);
    }

    private void Announce(uint state) => Volatile.Write(ref *(uint*)(direction + LaneLayout.StateOffset), state);
}
