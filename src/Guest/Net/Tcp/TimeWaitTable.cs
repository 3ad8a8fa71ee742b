// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Net.Tcp;

/// <summary>What is remembered of a connection that is over (TIME-WAIT, RFC 9293, 3.6.1).</summary>
internal struct TimeWaitEntry
{
    public ulong Key;
    public SequenceNumber SendNext;
    public SequenceNumber ReceiveNext;
    public uint RecentTimestamp;
    public uint TimestampOffset;
    public bool HasTimestamps;
}

/// <summary>
/// Connections in TIME-WAIT, each 56 bytes instead of a control block. All wait equally long, so a ring in order of arrival is also in order of expiry. When
/// it is full
/// the oldest is forgotten before its time: a straggler of it would then meet a RST instead of an ACK, and a new connection from the same port is told from it
/// only by its initial sequence number, which grows with time (RFC 6528). Expiry needs no timer: it is looked at when an entry is.
/// </summary>
internal sealed class TimeWaitTable
{
    private struct Slot
    {
        public TimeWaitEntry Entry;
        public long ExpiresAt;
        public int NextInBucket;
        public bool InUse;
    }

    private readonly Slot[] _ring;

    // One more than the slot; 0 ends a chain.
    private readonly int[] _buckets;
    private readonly KeyHash _hash;
    private readonly long _duration;
    private int _oldest;
    private int _length;

    public TimeWaitTable(int entries, long duration, ulong hashKey)
    {
        _ring = new Slot[entries];
        _hash = new KeyHash(hashKey, entries);
        _buckets = new int[_hash.Buckets];
        _duration = duration;
    }

    /// <summary>Entries that are remembered.</summary>
    public int Count { get; private set; }

    /// <summary>Remembers a connection; true when an older one was forgotten for it before its time.</summary>
    public bool Add(in TimeWaitEntry entry, long now)
    {
        if (_ring.Length == 0) return true;
        RemoveExpired(now);
        Remove(entry.Key);
        bool evicted = false;
        if (_length == _ring.Length)
        {
            evicted = _ring[_oldest].InUse;
            DropOldest();
        }

        int place = _oldest + _length;
        if (place >= _ring.Length) place -= _ring.Length;
        _length++;
        int bucket = _hash.Bucket(entry.Key);
        _ring[place] = new Slot { Entry = entry, ExpiresAt = now + _duration, NextInBucket = _buckets[bucket], InUse = true };
        _buckets[bucket] = place + 1;
        Count++;
        return evicted;
    }

    /// <summary>Looks a connection up.</summary>
    public bool TryFind(ulong key, long now, out TimeWaitEntry entry)
    {
        entry = default;
        if (Count == 0) return false;
        RemoveExpired(now);
        for (int place = _buckets[_hash.Bucket(key)] - 1; place >= 0; place = _ring[place].NextInBucket - 1)
        {
            if (_ring[place].Entry.Key != key) continue;
            entry = _ring[place].Entry;
            return true;
        }

        return false;
    }

    /// <summary>Forgets a connection.</summary>
    public void Remove(ulong key)
    {
        if (Count == 0) return;
        int bucket = _hash.Bucket(key);
        int previous = -1;
        for (int place = _buckets[bucket] - 1; place >= 0; place = _ring[place].NextInBucket - 1)
        {
            if (_ring[place].Entry.Key == key)
            {
                // The slot stays in the ring, empty, until its turn to leave comes.
                if (previous < 0) _buckets[bucket] = _ring[place].NextInBucket;
                else _ring[previous].NextInBucket = _ring[place].NextInBucket;
                _ring[place].InUse = false;
                Count--;
                return;
            }

            previous = place;
        }
    }

    private void RemoveExpired(long now)
    {
        while (_length > 0 && (!_ring[_oldest].InUse || _ring[_oldest].ExpiresAt <= now)) DropOldest();
    }

    private void DropOldest()
    {
        if (_ring[_oldest].InUse) Remove(_ring[_oldest].Entry.Key);
        _oldest = _oldest + 1 == _ring.Length ? 0 : _oldest + 1;
        _length--;
    }
}
