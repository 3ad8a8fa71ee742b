// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Net.Tcp;

/// <summary>What a SYN asked for, as far as a cookie can carry it.</summary>
internal struct SynParameters
{
    public ushort MaximumSegmentSize;

    /// <summary>-1 for none.</summary>
    public sbyte WindowScale;
    public bool SackPermitted;
    public bool HasTimestamps;
}

/// <summary>
/// SYN cookies (RFC 4987, 3.6): when the backlog is full, what would be kept of a SYN is put into the sequence number of the answer and comes back with
/// the peer's acknowledgment. 24 bits of keyed hash over connection, peer's sequence number and minute; 5 bits of minute; 3 bits that choose an MSS. Window
/// scale and
/// SACK travel in the low bits of our timestamp, where the peer does timestamps, and are given up where it does not.
/// </summary>
internal struct SynCookies(SipHash hash)
{
    private const long CounterTick = 64 * Nanoseconds.PerSecond;
    private const long Lifetime = 2 * CounterTick;
    private const uint CounterMask = 31;
    private const uint HashMask = 0x00FF_FFFF;
    private const int TimestampBits = 6;
    private const uint TimestampMask = (1 << TimestampBits) - 1;
    private const uint NoWindowScale = 15;
    private const uint SackBit = 16;

    private readonly SipHash _hash = hash;

    // Cookies are believed only while some may be on their way: outside an overload a guess has no chance at all.
    private long _lastSentAt = -2 * Lifetime;

    private static ushort Mss(int index) => index switch
    {
        0 => 536,
        1 => 1_220,
        2 => 1_300,
        3 => 1_400,
        4 => 1_440,
        5 => 1_460,
        6 => 8_960,
        _ => 65_495,
    };

    /// <summary>The sequence number to answer a SYN with.</summary>
    public SequenceNumber Make(ulong key, SequenceNumber peerSequence, ushort maximumSegmentSize, long now)
    {
        _lastSentAt = now;
        int index = 7;
        while (index > 0 && Mss(index) > maximumSegmentSize) index--;
        uint counter = (uint)(now / CounterTick);
        return new SequenceNumber(Hash(key, peerSequence, counter) | (counter & CounterMask) << 27 | (uint)index << 24);
    }

    /// <summary>The timestamp to send with it.</summary>
    public static uint MakeTimestamp(uint clock, uint offset, in SynParameters parameters)
    {
        uint options = parameters.WindowScale < 0 ? NoWindowScale : (uint)parameters.WindowScale;
        if (parameters.SackPermitted) options |= SackBit;

        // Not later than the clock, so that what follows never goes back.
        return ((clock - TimestampMask & ~TimestampMask) | options) + offset;
    }

    /// <summary>Whether a cookie is one of ours and fresh; if so, what it carries.</summary>
    public readonly bool TryOpen(SequenceNumber cookie, ulong key, SequenceNumber peerSequence, bool hasTimestamps, uint timestampEcho, uint timestampOffset, long now,
        out SynParameters parameters)
    {
        parameters = default;
        if (now - _lastSentAt > Lifetime) return false;
        uint counter = (uint)(now / CounterTick);
        uint age = (counter - (cookie.Value >> 27)) & CounterMask;
        if (age > 1 || (cookie.Value & HashMask) != Hash(key, peerSequence, counter - age)) return false;

        uint options = timestampEcho - timestampOffset & TimestampMask;
        parameters.MaximumSegmentSize = Mss((int)(cookie.Value >> 24 & 7));
        parameters.HasTimestamps = hasTimestamps;
        parameters.SackPermitted = hasTimestamps && (options & SackBit) != 0;
        parameters.WindowScale = hasTimestamps && (options & NoWindowScale) != NoWindowScale ? (sbyte)(options & NoWindowScale) : (sbyte)-1;
        return true;
    }

    private readonly uint Hash(ulong key, SequenceNumber peerSequence, uint counter) =>
        (uint)_hash.Hash(key, (ulong)counter << 32 | peerSequence.Value) & HashMask;
}
