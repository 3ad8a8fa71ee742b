// SPDX-License-Identifier: Apache-2.0

// The split virtqueue (virtio 1.2, 2.7). Three areas that driver and device share:
//
//   descriptors   one for each piece of a buffer: where, how long, which way; pieces chain by index
//   available     the driver's ring of chain heads for the device to take
//   used          the device's ring of chain heads that it is done with, and how many bytes it wrote
//
// Both ring indices run free, modulo 65,536. The driver never reads back what it wrote to shared memory, where the device could have changed it: chains and
// the free list are kept in private arrays. Each value from the device is read once and checked; a wrong one breaks the queue for good.

using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace Uaas.Devices.Virtio;

/// <summary>A piece of memory in a chain.</summary>
/// <param name="address">Where it begins, as the device sees it.</param>
/// <param name="length">Bytes.</param>
/// <param name="deviceWrites">Whether the device writes it; otherwise it reads it.</param>
public readonly struct VirtBuffer(ulong address, uint length, bool deviceWrites)
{
    /// <summary>Where it begins, as the device sees it.</summary>
    public ulong Address { get; } = address;

    /// <summary>Bytes.</summary>
    public uint Length { get; } = length;

    /// <summary>Whether the device writes it; otherwise it reads it.</summary>
    public bool DeviceWrites { get; } = deviceWrites;
}

/// <summary>The driver's side of a split virtqueue.</summary>
public sealed unsafe class VirtQueue
{
    /// <summary>Pieces a chain may have at most.</summary>
    public const int ChainLengthMax = 4;

    private const ushort DescriptorHasNext = 1;
    private const ushort DescriptorDeviceWrites = 2;
    private const ushort AvailableNoInterrupt = 1;
    private const ushort UsedNoNotify = 1;
    private const int RingHeaderBytes = 4; // flags, index

    private readonly Descriptor* _descriptors;
    private readonly ushort* _availableFlags;
    private readonly ushort* _availableIndexShared;
    private readonly ushort* _availableRing;
    private readonly ushort* _usedEvent; // at the end of the available ring: interrupt once the used index passes this
    private readonly ushort* _usedFlags;
    private readonly ushort* _usedIndexShared;
    private readonly UsedElement* _usedRing;
    private readonly ushort* _availableEvent; // at the end of the used ring: notify once the available index passes this
    private readonly bool _eventIndex;

    private readonly ushort[] _next; // free list in order of return, and links within chains
    private readonly byte[] _chainLength; // by head; 0: not with the device
    private readonly uint[] _writable; // by head: bytes the device may write
    private ushort _freeHead;
    private ushort _freeTail;
    private ushort _available; // our index
    private ushort _notified; // our index when the device was last notified, or needed not to be
    private ushort _used; // completions taken

    /// <summary>Makes a queue.</summary>
    /// <param name="size">Entries: a power of two from 1 to 32,768.</param>
    /// <param name="rings"><see cref="GetRingBytes"/> of zeroed memory, aligned to 16.</param>
    /// <param name="eventIndex">Whether <see cref="VirtioFeature.EventIndex"/> was agreed.</param>
    public VirtQueue(int size, byte* rings, bool eventIndex)
    {
        Size = size;
        FreeCount = size;
        _eventIndex = eventIndex;
        _descriptors = (Descriptor*)rings;

        byte* available = rings + (size * sizeof(Descriptor));
        _availableFlags = (ushort*)available;
        _availableIndexShared = (ushort*)(available + 2);
        _availableRing = (ushort*)(available + RingHeaderBytes);
        _usedEvent = _availableRing + size;

        byte* used = available + GetAvailableBytes(size);
        _usedFlags = (ushort*)used;
        _usedIndexShared = (ushort*)(used + 2);
        _usedRing = (UsedElement*)(used + RingHeaderBytes);
        _availableEvent = (ushort*)(_usedRing + size);

        _next = new ushort[size];
        _chainLength = new byte[size];
        _writable = new uint[size];
        for (int i = 0; i < size; i++)
        {
            _next[i] = (ushort)(i + 1); // the last one's is never followed
        }

        _freeTail = (ushort)(size - 1);
        DisarmInterrupt();
    }

    /// <summary>Entries.</summary>
    public int Size { get; }

    /// <summary>Descriptors that are free for <see cref="TryAdd(VirtBuffer, out ushort)"/>.</summary>
    public int FreeCount { get; private set; }

    /// <summary>Chains the device has not handed back.</summary>
    public int OutstandingCount { get; private set; }

    /// <summary>The device broke the rules; nothing it says is believed any more.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Where the descriptor area is.</summary>
    public ulong DescriptorsAddress => (ulong)_descriptors;

    /// <summary>Where the driver area (available ring) is.</summary>
    public ulong AvailableAddress => (ulong)_availableFlags;

    /// <summary>Where the device area (used ring) is.</summary>
    public ulong UsedAddress => (ulong)_usedFlags;

    /// <summary>Bytes of shared memory that a queue of <paramref name="size"/> entries takes.</summary>
    public static int GetRingBytes(int size) =>
        (size * sizeof(Descriptor)) + GetAvailableBytes(size) + RingHeaderBytes + (size * sizeof(UsedElement)) + sizeof(ushort);

    /// <summary>Hands the device a chain of one piece; false when there is no free descriptor. It is seen after <see cref="Publish"/>.</summary>
    public bool TryAdd(VirtBuffer buffer, out ushort head) => TryAdd(new ReadOnlySpan<VirtBuffer>(in buffer), out head);

    /// <summary>
    /// Hands the device a chain of 1 to <see cref="ChainLengthMax"/> pieces, those it reads before those it writes; false when there are too few free
    /// descriptors. It is seen after <see cref="Publish"/>.
    /// </summary>
    public bool TryAdd(ReadOnlySpan<VirtBuffer> chain, out ushort head)
    {
        head = _freeHead;
        if (IsBroken || chain.Length == 0 || chain.Length > ChainLengthMax || chain.Length > FreeCount)
        {
            return false;
        }

        uint writable = 0;
        ushort index = head;
        for (int i = 0; i < chain.Length; i++)
        {
            index = i == 0 ? head : _next[index];
            bool last = i == chain.Length - 1;
            Descriptor* descriptor = _descriptors + index;
            descriptor->Address = chain[i].Address;
            descriptor->Length = chain[i].Length;
            descriptor->Flags = (ushort)((last ? 0 : DescriptorHasNext) | (chain[i].DeviceWrites ? DescriptorDeviceWrites : 0));
            descriptor->Next = last ? (ushort)0 : _next[index];
            writable += chain[i].DeviceWrites ? chain[i].Length : 0;
        }

        _freeHead = _next[index];
        FreeCount -= chain.Length;
        _chainLength[head] = (byte)chain.Length;
        _writable[head] = writable;
        OutstandingCount++;
        _availableRing[_available & (Size - 1)] = head;
        _available++;
        return true;
    }

    /// <summary>Lets the device see what was added. It may be asleep: see <see cref="NeedsNotification"/>.</summary>
    public void Publish() => Volatile.Write(ref *_availableIndexShared, _available);

    /// <summary>Whether the device asks to be notified of what was published since it was last asked.</summary>
    public bool NeedsNotification()
    {
        if (_notified == _available)
        {
            return false;
        }

        Interlocked.MemoryBarrier(); // our index must be out before we look whether the device still watches it
        ushort before = _notified;
        _notified = _available;
        return _eventIndex
            ? Passes(Volatile.Read(ref *_availableEvent), before, _available)
            : (Volatile.Read(ref *_usedFlags) & UsedNoNotify) == 0;
    }

    /// <summary>Takes a chain that the device is done with; false when there is none (or the queue is broken).</summary>
    /// <param name="head">What <see cref="TryAdd(ReadOnlySpan{VirtBuffer}, out ushort)"/> gave.</param>
    /// <param name="written">Bytes that the device says it wrote, no more than it was given.</param>
    public bool TryTake(out ushort head, out uint written)
    {
        head = 0;
        written = 0;
        ushort ready = (ushort)(Volatile.Read(ref *_usedIndexShared) - _used);
        if (ready == 0 || IsBroken)
        {
            return false;
        }

        UsedElement* element = _usedRing + (_used & (Size - 1));
        uint id = Volatile.Read(ref element->Head);
        written = Volatile.Read(ref element->Written);
        if (ready > OutstandingCount || id >= (uint)Size || _chainLength[id] == 0 || written > _writable[id])
        {
            IsBroken = true;
            return false;
        }

        head = (ushort)id;
        _used++;
        Free(head);
        return true;
    }

    /// <summary>How many chains the device says are waiting in <see cref="TryTake"/>.</summary>
    public int ReadyCount => IsBroken ? 0 : (ushort)(Volatile.Read(ref *_usedIndexShared) - _used);

    /// <summary>Believes the device no more, for a reason that its driver has found.</summary>
    public void Break() => IsBroken = true;

    /// <summary>Asks for an interrupt when the device is done with the next chain; false when one is waiting already, so that there is nothing to wait for.</summary>
    public bool ArmInterrupt()
    {
        if (_eventIndex)
        {
            Volatile.Write(ref *_usedEvent, _used);
        }
        else
        {
            Volatile.Write(ref *_availableFlags, 0);
        }

        Interlocked.MemoryBarrier(); // the device must know before we look for the last time
        return ReadyCount == 0;
    }

    /// <summary>Asks for no interrupt.</summary>
    public void DisarmInterrupt()
    {
        if (_eventIndex)
        {
            Volatile.Write(ref *_usedEvent, (ushort)(_used - 1)); // behind the device: passed in 65,535 completions at the earliest
        }
        else
        {
            Volatile.Write(ref *_availableFlags, AvailableNoInterrupt);
        }
    }

    /// <summary>Whether an index that went from <paramref name="before"/> to <paramref name="after"/> went past <paramref name="watched"/> (2.7.7.2).</summary>
    private static bool Passes(ushort watched, ushort before, ushort after) =>
        (ushort)(after - watched - 1) < (ushort)(after - before);

    // Padded so that the used ring which follows is aligned to 4 bytes, and begins a cache line in all but the smallest queues.
    private static int GetAvailableBytes(int size) => (RingHeaderBytes + (size * sizeof(ushort)) + sizeof(ushort) + 63) & ~63;

    private void Free(ushort head)
    {
        ushort last = head;
        for (int i = 1; i < _chainLength[head]; i++)
        {
            last = _next[last];
        }

        if (FreeCount == 0)
        {
            _freeHead = head;
        }
        else
        {
            _next[_freeTail] = head;
        }

        _freeTail = last;
        FreeCount += _chainLength[head];
        _chainLength[head] = 0;
        OutstandingCount--;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Descriptor
    {
        public ulong Address;
        public uint Length;
        public ushort Flags;
        public ushort Next;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct UsedElement
    {
        public uint Head;
        public uint Written;
    }
}
