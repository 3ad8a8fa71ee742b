// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Threading;

namespace Uaas.Devices.Lanes;

/// <summary>A lane that an instance can have, with whichever peer its entry of the directory names at the time.</summary>
internal sealed unsafe class Lane
{
    private readonly byte* _entry;
    private readonly LaneRules _rules = new();
    private readonly LaneReader[] _readers = new LaneReader[2];
    private readonly LaneWriter[] _writers = new LaneWriter[2];
    private uint _generation;
    private uint _retired;
    private bool _isOver;
    private int _side;

    /// <param name="entry">Its entry in the directory.</param>
    /// <param name="memory">Its memory.</param>
    internal Lane(byte* entry, byte* memory)
    {
        _entry = entry;
        for (int i = 0; i < 2; i++)
        {
            _readers[i] = new LaneReader(memory + i * LaneLayout.DirectionSize);
            _writers[i] = new LaneWriter(memory + i * LaneLayout.DirectionSize);
        }
    }

    /// <summary>Whether there is a peer, or something to read of one that has gone.</summary>
    internal bool IsActive => _generation != 0;

    /// <summary>Whether there is a peer to send to.</summary>
    internal bool HasPeer => _generation != 0 && !_isOver;

    internal LaneReader Reader => _readers[1 - _side];

    internal LaneWriter Writer => _writers[_side];

    internal LaneRules Rules => _rules;

    /// <summary>Does as the entry says now: takes up with another peer, or sends no more to the one that has gone.</summary>
    internal void Refresh()
    {
        uint generation = Volatile.Read(ref *(uint*)(_entry + LaneLayout.GenerationOffset));
        var entry = new ReadOnlySpan<byte>(_entry, LaneLayout.EntrySize);
        if (generation == 0)
        {
            _retired = BinaryPrimitives.ReadUInt32LittleEndian(entry[LaneLayout.RetiredOffset..]);
            _isOver = true;
            LeaveIfRead();
        }
        else if (generation != _generation)
        {
            _generation = generation;
            _isOver = false;
            _side = entry[LaneLayout.SideOffset] & 1;
            _rules.Follow(entry);
            Writer.Reset();
            Reader.Reset();
        }
    }

    /// <summary>Takes the next frame. A peer that has gone is given up when all that it sent has been read.</summary>
    internal bool TryRead(Span<byte> destination, out int length)
    {
        bool isRead = Reader.TryRead(destination, out length);
        if (_isOver) LeaveIfRead();
        return isRead;
    }

    /// <summary>The node waits for this before it gives the lane to others.</summary>
    private void LeaveIfRead()
    {
        if (_generation != 0 && Reader.HasFrame) return;
        _generation = 0;
        if (_retired != 0) Reader.Leave(_retired);
    }
}
