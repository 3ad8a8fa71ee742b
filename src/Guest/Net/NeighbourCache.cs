// SPDX-License-Identifier: Apache-2.0

using Uaas.Wire;

namespace Uaas.Net;

/// <summary>What the cache says of a neighbour.</summary>
internal enum NeighbourState
{
    /// <summary>The station is known.</summary>
    Known,

    /// <summary>The station is known; ask whether it still is there.</summary>
    KnownButAsk,

    /// <summary>Not known: ask.</summary>
    Ask,

    /// <summary>Not known, and asked a moment ago.</summary>
    Asked,
}

/// <summary>
/// Which station has which address on the link (RFC 826). Four-way associative and bounded: in a full set the entry longest unconfirmed gives way.
/// Nothing here runs by a timer: an entry is asked about only when it is used.
/// </summary>
internal sealed class NeighbourCache(int size)
{
    private const int Ways = 4;
    private const int MaxAsks = 3;
    private const long StaleAfter = 30 * Nanoseconds.PerSecond;
    private const long AskInterval = Nanoseconds.PerSecond;
    private const uint HashMultiplier = 0x9E37_79B1;

    private struct Entry
    {
        public Ipv4Address Address;
        public MacAddress Station;
        public bool InUse;
        public bool Known;
        public int Asks;
        public long ConfirmedAt;
        public long NextAskAt;
    }

    private readonly Entry[] _entries = new Entry[size];
    private readonly uint _setMask = (uint)(size / Ways) - 1;

    /// <summary>The station of an address. When the answer says to ask, the caller does.</summary>
    public NeighbourState Resolve(Ipv4Address address, long now, out MacAddress station)
    {
        ref Entry entry = ref _entries[FindOrClaim(address, now)];
        station = entry.Station;
        if (entry.Known && now - entry.ConfirmedAt < StaleAfter) return NeighbourState.Known;
        if (now < entry.NextAskAt) return entry.Known ? NeighbourState.Known : NeighbourState.Asked;
        if (entry.Asks == MaxAsks) entry.Known = false;
        else entry.Asks++;
        entry.NextAskAt = now + AskInterval;
        return entry.Known ? NeighbourState.KnownButAsk : NeighbourState.Ask;
    }

    /// <summary>
    /// Notes that a station spoke for an address. An address that nobody asked for is noted only if <paramref name="create"/>. True when the station is news,
    /// so
    /// that what waited for it can go out.
    /// </summary>
    public bool Confirm(Ipv4Address address, MacAddress station, long now, bool create)
    {
        int index = Find(address);
        if (index < 0 && !create) return false;
        ref Entry entry = ref _entries[index >= 0 ? index : FindOrClaim(address, now)];
        bool news = !entry.Known || entry.Station != station;
        entry.Station = station;
        entry.Known = true;
        entry.Asks = 0;
        entry.ConfirmedAt = now;
        return news;
    }

    private int SetOf(Ipv4Address address) => (int)(((address.Value * HashMultiplier) >> 16) & _setMask) * Ways;

    private int Find(Ipv4Address address)
    {
        int first = SetOf(address);
        for (int i = first; i < first + Ways; i++)
        {
            if (_entries[i].InUse && _entries[i].Address == address) return i;
        }

        return -1;
    }

    private int FindOrClaim(Ipv4Address address, long now)
    {
        int index = Find(address);
        if (index >= 0) return index;

        int first = SetOf(address);
        index = first;
        for (int i = first; i < first + Ways; i++)
        {
            if (!_entries[i].InUse)
            {
                index = i;
                break;
            }

            if (_entries[i].ConfirmedAt < _entries[index].ConfirmedAt) index = i;
        }

        _entries[index] = new Entry { Address = address, InUse = true, ConfirmedAt = now, NextAskAt = now };
        return index;
    }
}
