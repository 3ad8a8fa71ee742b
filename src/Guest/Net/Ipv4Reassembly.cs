// SPDX-License-Identifier: Apache-2.0

using System;
using System.Numerics;
using Uaas.Wire;

namespace Uaas.Net;

/// <summary>
/// Puts fragments together (RFC 791, 3.2; RFC 815 in spirit), in a bounded number of slots. A packet whose fragments overlap is given up (what RFC 5722
/// demands of
/// IPv6 is as wise here); an exact repetition is ignored. When all slots are in use the oldest gives way.
/// </summary>
internal sealed class Ipv4Reassembly
{
    private const long Timeout = 30 * Nanoseconds.PerSecond;
    private const int UnitSize = 8;
    private const int MaximumPayload = Ipv4Packet.MaximumSize - Ipv4Packet.HeaderSize;
    private const int Units = (MaximumPayload + UnitSize - 1) / UnitSize;

    private sealed class Slot
    {
        public bool InUse;
        public Ipv4Address Source;
        public Ipv4Address Destination;
        public IpProtocol Protocol;
        public ushort Identification;
        public long StartedAt;
        public int UnitsPresent;
        public int Length;
        public readonly byte[] Payload = new byte[Units * UnitSize];
        public readonly ulong[] Present = new ulong[(Units + 63) / 64];
    }

    private readonly Slot[] _slots;

    public Ipv4Reassembly(int slots)
    {
        _slots = new Slot[slots];
        for (int i = 0; i < slots; i++) _slots[i] = new Slot();
    }

    /// <summary>Takes a fragment. True when its packet is whole: <paramref name="payload"/> is then valid until the next call.</summary>
    public bool Add(in Ipv4Packet packet, long now, ref NetworkCounters counters, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        ReadOnlySpan<byte> data = packet.Payload;
        int offset = packet.FragmentOffset;
        bool last = !packet.MoreFragments;
        if (_slots.Length == 0 || data.IsEmpty || offset + data.Length > MaximumPayload || (!last && data.Length % UnitSize != 0))
        {
            counters.DroppedFragments++;
            return false;
        }

        Slot slot = FindOrClaim(packet, now, ref counters);
        int end = offset + data.Length;
        int firstUnit = offset / UnitSize;
        int lastUnit = (end - 1) / UnitSize;
        int present = Count(slot.Present, firstUnit, lastUnit);
        bool repeats = present == lastUnit - firstUnit + 1 && (!last || slot.Length == end);
        if (repeats) return false;

        // The last fragment fixes the length, once; nothing may lie beyond it.
        bool overlaps = present != 0;
        bool contradicts = slot.Length != 0 && (last || end > slot.Length);
        if (overlaps || contradicts || (last && Count(slot.Present, lastUnit + 1, Units - 1) != 0))
        {
            slot.InUse = false;
            counters.DroppedFragments++;
            return false;
        }

        int length = last ? end : slot.Length;
        data.CopyTo(slot.Payload.AsSpan(offset));
        for (int unit = firstUnit; unit <= lastUnit; unit++) slot.Present[unit >> 6] |= 1UL << unit;
        slot.UnitsPresent += lastUnit - firstUnit + 1;
        slot.Length = length;
        if (length == 0 || slot.UnitsPresent != (length + UnitSize - 1) / UnitSize) return false;

        slot.InUse = false;
        payload = slot.Payload.AsSpan(0, length);
        return true;
    }

    private Slot FindOrClaim(in Ipv4Packet packet, long now, ref NetworkCounters counters)
    {
        Slot chosen = _slots[0];
        for (int i = 0; i < _slots.Length; i++)
        {
            Slot slot = _slots[i];
            if (slot.InUse && now - slot.StartedAt > Timeout)
            {
                slot.InUse = false;
                counters.DroppedFragments++;
            }

            if (slot.InUse && slot.Identification == packet.Identification && slot.Source == packet.Source && slot.Destination == packet.Destination
                && slot.Protocol == packet.Protocol)
                return slot;
            if (chosen.InUse && (!slot.InUse || slot.StartedAt < chosen.StartedAt)) chosen = slot;
        }

        if (chosen.InUse) counters.DroppedFragments++;
        chosen.InUse = true;
        chosen.Source = packet.Source;
        chosen.Destination = packet.Destination;
        chosen.Protocol = packet.Protocol;
        chosen.Identification = packet.Identification;
        chosen.StartedAt = now;
        chosen.UnitsPresent = 0;
        chosen.Length = 0;
        chosen.Present.AsSpan().Clear();
        return chosen;
    }

    private static int Count(ulong[] bits, int first, int last)
    {
        int count = 0;
        for (int unit = first; unit <= last;)
        {
            int bit = unit & 63;
            int take = Math.Min(64 - bit, last - unit + 1);
            ulong mask = take == 64 ? ulong.MaxValue : ((1UL << take) - 1) << bit;
            count += BitOperations.PopCount(bits[unit >> 6] & mask);
            unit += take;
        }

        return count;
    }
}
