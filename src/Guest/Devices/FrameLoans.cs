// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Uaas.Devices;

/// <summary>A run of bytes of a frame: in the frame's own room, or where they were lent.</summary>
public struct FramePiece
{
    /// <summary>What the bytes lie in.</summary>
    public byte[] Source;

    /// <summary>Index of the first.</summary>
    public int Start;

    /// <summary>How many.</summary>
    public int Length;
}

/// <summary>
/// Bytes that the frame under construction does not hold itself, for a device that gathers a frame from several places: whoever writes a frame may lend
/// what lies somewhere anyway, instead of copying it. What is lent must stay as it is until the frame has been sent, which is when <see cref="Frame"/> goes on.
/// </summary>
/// <param name="room">Where the device builds its frames.</param>
public sealed class FrameLoans(byte[] room)
{
    /// <summary>Runs that may be lent to one frame; more are copied.</summary>
    public const int Capacity = 8;

    /// <summary>Pieces that a frame may have.</summary>
    public const int MaxPieces = 2 * Capacity + 1;

    /// <summary>The shortest run worth lending, in bytes: less is copied sooner than gathered.</summary>
    public const int Shortest = 2_048;

    private readonly FramePiece[] _lent = new FramePiece[Capacity];
    private readonly int[] _positions = new int[Capacity];
    private int _end;

    /// <summary>Runs lent to this frame.</summary>
    public int Count { get; private set; }

    /// <summary>Number of the frame under construction.</summary>
    public long Frame { get; private set; } = 1;

    /// <summary>The device begins a frame: what was lent before is free.</summary>
    public void Begin()
    {
        Frame++;
        Count = 0;
        _end = 0;
    }

    /// <summary>
    /// Has <paramref name="source"/> from <paramref name="start"/> on sent in the place of <paramref name="destination"/>. False when it must be copied there instead:
    /// that is no room of the frame, or it is too short, or behind something that was lent already, or too much was.
    /// </summary>
    public bool TryLend(byte[] source, int start, Span<byte> destination)
    {
        if (destination.Length < Shortest || Count == Capacity) return false;
        nint position = Unsafe.ByteOffset(ref MemoryMarshal.GetArrayDataReference(room), ref MemoryMarshal.GetReference(destination));
        if (position < _end || position > room.Length - destination.Length) return false;
        _positions[Count] = (int)position;
        _lent[Count++] = new FramePiece { Source = source, Start = start, Length = destination.Length };
        _end = (int)position + destination.Length;
        return true;
    }

    /// <summary>
    /// Says what the first <paramref name="length"/> bytes of the room consist of, in order. Returns the number of pieces, at most <see cref="MaxPieces"/>.
    /// </summary>
    public int Gather(int length, Span<FramePiece> pieces)
    {
        int count = 0;
        int at = 0;
        for (int i = 0; i < Count && _positions[i] < length; i++)
        {
            if (_positions[i] > at) pieces[count++] = new FramePiece { Source = room, Start = at, Length = _positions[i] - at };
            pieces[count] = _lent[i];
            pieces[count].Length = Math.Min(_lent[i].Length, length - _positions[i]);
            at = _positions[i] + pieces[count++].Length;
        }

        if (at < length) pieces[count++] = new FramePiece { Source = room, Start = at, Length = length - at };
        return count;
    }
}
