// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Threading;

namespace Uaas.Devices.Virtio.Tests;

/// <summary>A piece of a chain, as the device finds it in shared memory.</summary>
internal readonly record struct PeerBuffer(ulong Address, uint Length, bool DeviceWrites)
{
    public unsafe Span<byte> Bytes => new((byte*)Address, checked((int)Length));
}

/// <summary>A chain that the device has taken.</summary>
internal sealed record PeerChain(ushort Head, IReadOnlyList<PeerBuffer> Buffers);

/// <summary>The device's side of a split virtqueue, written from the specification (virtio 1.2, 2.7), by offsets: shares no code with the driver's.</summary>
internal sealed unsafe class PeerQueue(int size, ulong descriptors, ulong available, ulong used, bool eventIndex)
{
    private ushort _lastAvailable;
    private ushort _usedIndex;
    private ushort _signalled;

    public int Size => size;

    /// <summary>Chains that the driver has published and the device has not taken.</summary>
    public int PendingCount => (ushort)(AvailableIndex - _lastAvailable);

    /// <summary>What the driver has published, ever, modulo 65,536.</summary>
    public ushort AvailableIndex => Volatile.Read(ref *(ushort*)(available + 2));

    public PeerChain? Take()
    {
        if (PendingCount == 0)
        {
            return null;
        }

        if (PendingCount > size)
        {
            throw new InvalidOperationException("more chains available than descriptors");
        }

        ushort head = *(ushort*)(available + 4 + (2 * (ulong)(_lastAvailable % size)));
        _lastAvailable++;
        if (eventIndex)
        {
            *(ushort*)(used + 4 + (8 * (ulong)size)) = _lastAvailable; // avail_event: notify at the next one
        }

        var buffers = new List<PeerBuffer>();
        ushort index = head;
        while (true)
        {
            if (index >= size || buffers.Count > size)
            {
                throw new InvalidOperationException("a chain that leaves the table or never ends");
            }

            byte* descriptor = (byte*)descriptors + (16 * index);
            ushort flags = *(ushort*)(descriptor + 12);
            bool deviceWrites = (flags & 2) != 0;
            if (!deviceWrites && buffers.Exists(b => b.DeviceWrites))
            {
                throw new InvalidOperationException("a piece to read after a piece to write");
            }

            buffers.Add(new PeerBuffer(*(ulong*)descriptor, *(uint*)(descriptor + 8), deviceWrites));
            if ((flags & 1) == 0)
            {
                return new PeerChain(head, buffers);
            }

            index = *(ushort*)(descriptor + 14);
        }
    }

    /// <summary>Hands a chain back; seen by the driver after <see cref="PublishUsed"/>.</summary>
    public void Return(uint head, uint written)
    {
        byte* element = (byte*)used + 4 + (8 * (_usedIndex % size));
        *(uint*)element = head;
        *(uint*)(element + 4) = written;
        _usedIndex++;
    }

    /// <summary>Publishes what was returned. True when the driver wants an interrupt for it.</summary>
    public bool PublishUsed()
    {
        Volatile.Write(ref *(ushort*)(used + 2), _usedIndex);
        Interlocked.MemoryBarrier();
        ushort old = _signalled;
        _signalled = _usedIndex;
        if (!eventIndex)
        {
            return old != _usedIndex && (*(ushort*)available & 1) == 0;
        }

        ushort usedEvent = *(ushort*)(available + 4 + (2 * (ulong)size));
        return (ushort)(_usedIndex - usedEvent - 1) < (ushort)(_usedIndex - old);
    }

    /// <summary>Returns one chain and publishes it.</summary>
    public bool Complete(uint head, uint written)
    {
        Return(head, written);
        return PublishUsed();
    }

    /// <summary>Says (where indices do not) that no notification is wanted.</summary>
    public void SetNoNotify(bool value) => *(ushort*)used = value ? (ushort)1 : (ushort)0;

    /// <summary>Moves the used index without returning anything, as only a broken device would.</summary>
    public void ForgeUsedIndex(ushort index)
    {
        _usedIndex = index;
        Volatile.Write(ref *(ushort*)(used + 2), index);
    }
}
