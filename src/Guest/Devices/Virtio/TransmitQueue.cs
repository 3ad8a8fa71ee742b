// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Devices.Virtio;

/// <summary>The sending half of a network device: lends room for frames, hands them over, and takes the room back.</summary>
internal sealed unsafe class TransmitQueue
{
    /// <summary>Bytes of room for frames on their way: seven of the largest.</summary>
    public const int ArenaSize = 512 * 1024;

    // Frames to hand over before the device is told without waiting for the end of the batch, so that it works while we do.
    private const int NotifyBatch = 32;

    private readonly VirtioTransport _transport;
    private readonly int _index;
    private readonly VirtQueue _queue;
    private readonly TransmitArena _arena;
    private readonly int[] _slots; // of the arena, by head
    private byte* _room;
    private int _roomSize;
    private int _unnotified;

    /// <summary>Makes it over queue <paramref name="index"/>, with <see cref="ArenaSize"/> bytes of room.</summary>
    public TransmitQueue(VirtioTransport transport, int index, VirtQueue queue, byte* arena)
    {
        _transport = transport;
        _index = index;
        _queue = queue;
        _arena = new TransmitArena(arena, ArenaSize, queue.Size);
        _slots = new int[queue.Size];
    }

    /// <summary>A frame found no room since the last one that did.</summary>
    public bool IsFull { get; private set; }

    /// <summary>The device broke the rules.</summary>
    public bool IsBroken => _queue.IsBroken;

    /// <summary>Lends room for a header and a frame of <paramref name="length"/> bytes, empty when there is none.</summary>
    public Span<byte> Reserve(int length)
    {
        if (_queue.FreeCount < _queue.Size / 2)
        {
            Reclaim();
        }

        _roomSize = NetworkHeader.Size + length;
        _room = TryReserve();
        if (_room == null)
        {
            Reclaim();
            _room = TryReserve();
        }

        IsFull = _room == null;
        if (IsFull)
        {
            Flush(); // or nothing would ever come back
            return default;
        }

        return new Span<byte>(_room + NetworkHeader.Size, length);
    }

    /// <summary>Hands over the first <paramref name="length"/> bytes of the room last lent.</summary>
    public void Send(int length, in TransmitOffload offload)
    {
        byte* room = _room;
        int size = NetworkHeader.Size + length;
        _room = null;
        if (room == null || length < 0 || size > _roomSize)
        {
            return;
        }

        *(NetworkHeader*)room = NetworkHeader.For(offload);
        if (_queue.TryAdd(new VirtBuffer((ulong)room, (uint)size, deviceWrites: false), out ushort head))
        {
            _slots[head] = _arena.Commit(size);
            _queue.Publish();
            _unnotified++;
        }

        if (_unnotified >= NotifyBatch)
        {
            Flush();
        }
    }

    /// <summary>Makes sure that the device knows of all frames handed over.</summary>
    public void Flush()
    {
        if (_unnotified == 0)
        {
            return;
        }

        _unnotified = 0;
        if (_queue.NeedsNotification())
        {
            _transport.Notify(_index);
        }
    }

    /// <summary>Asks for an interrupt when there is room again, if there was none; false when there is some now.</summary>
    public bool ArmInterrupt() => !IsFull || _queue.ArmInterrupt();

    /// <summary>Asks for no interrupt.</summary>
    public void DisarmInterrupt() => _queue.DisarmInterrupt();

    private byte* TryReserve() => _queue.FreeCount > 0 ? _arena.Reserve(_roomSize) : null;

    private void Reclaim()
    {
        while (_queue.TryTake(out ushort head, out _))
        {
            _arena.Return(_slots[head]);
        }
    }
}
