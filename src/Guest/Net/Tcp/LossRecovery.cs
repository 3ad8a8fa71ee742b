// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Net.Tcp;

/// <summary>Whether lost data is being sent again, and how that was found.</summary>
internal enum RecoveryPhase : byte
{
    /// <summary>Nothing known to be lost.</summary>
    None,

    /// <summary>By duplicate acknowledgments or SACK: data still flows.</summary>
    Fast,

    /// <summary>By the retransmission timeout.</summary>
    Timeout,
}

/// <summary>
/// Which of the bytes that are under way are lost, which were sent again, and how many are thought to be in the network: RFC 6675 where the peer does SACK,
/// RFC 6582
/// (NewReno) where it does not. All positions are stream offsets.
/// </summary>
internal struct LossRecovery(RangePool ranges)
{
    /// <summary>So many duplicates, or so much received beyond a hole, mean loss (RFC 5681, RFC 6675).</summary>
    private const int DuplicateThreshold = 3;

    private RangeSet _sacked = new(ranges);

    // Bytes below that are neither acknowledged nor SACKed are lost; of them, those below _resentBelow have been sent again.
    private long _lostBelow;
    private long _resentBelow;
    private long _recoveryPoint;
    private int _duplicates;

    /// <summary>How recovery began, if it is on.</summary>
    public RecoveryPhase Phase { get; private set; }

    /// <summary>Whether the next lost segment goes out however much is under way: the first of a recovery (RFC 6675, 5, step 4.3), and the one that a partial
    /// acknowledgment asks for (RFC 6582, 3.2, step 3).</summary>
    public bool ResendRegardless { get; private set; }

    /// <summary>Forgets everything: a new connection.</summary>
    public void Reset()
    {
        _sacked.Clear();
        _lostBelow = 0;
        _resentBelow = 0;
        _recoveryPoint = 0;
        _duplicates = 0;
        Phase = RecoveryPhase.None;
    }

    /// <summary>Notes a SACK block, which lies within what is under way. A block that finds no room is forgotten: the worst is that it is sent again.</summary>
    public void AddSacked(long start, long end) => _sacked.Add(start, end);

    /// <summary>Notes a duplicate acknowledgment of a peer without SACK; no more of them than there are segments under way mean anything.</summary>
    public void AddDuplicate(long outstanding, int segmentSize)
    {
        if ((long)_duplicates * segmentSize < outstanding) _duplicates++;
    }

    /// <summary>Bytes thought to be in the network (the pipe of RFC 6675).</summary>
    public readonly long InFlight(long unacknowledged, long next, int segmentSize)
    {
        long outstanding = next - unacknowledged;
        if (Phase == RecoveryPhase.None && _sacked.Count == 0 && _duplicates == 0) return outstanding;

        long arrived = _sacked.CountWithin(unacknowledged, next) + (long)_duplicates * segmentSize;
        long resent = Math.Max(_resentBelow, unacknowledged);
        long lost = resent < _lostBelow ? _lostBelow - resent - _sacked.CountWithin(resent, _lostBelow) : 0;
        return Math.Max(0, outstanding - arrived - lost);
    }

    /// <summary>The next lost bytes to send again; false when there are none.</summary>
    public readonly bool TryNextLost(long unacknowledged, out long start, out long end)
    {
        start = end = 0;
        if (Phase == RecoveryPhase.None) return false;
        start = _sacked.NextHole(Math.Max(_resentBelow, unacknowledged), out end);
        end = Math.Min(end, _lostBelow);
        return start < end;
    }

    /// <summary>Notes that lost bytes up to <paramref name="end"/> were sent again.</summary>
    public void Resent(long end)
    {
        _resentBelow = Math.Max(_resentBelow, end);
        ResendRegardless = false;
    }

    /// <summary>Looks at what is known after an acknowledgment that acknowledged nothing new. True when recovery begins now.</summary>
    public bool DetectLoss(long unacknowledged, long next, int segmentSize)
    {
        long lostBelow = _duplicates >= DuplicateThreshold ? unacknowledged + segmentSize : LostBySack(segmentSize);
        if (lostBelow <= unacknowledged) return false;
        if (Phase == RecoveryPhase.Timeout || (Phase == RecoveryPhase.None && unacknowledged < _recoveryPoint)) return false;
        bool begins = Phase == RecoveryPhase.None;
        if (begins)
        {
            Phase = RecoveryPhase.Fast;
            ResendRegardless = true;
            _recoveryPoint = next;
            _resentBelow = unacknowledged;
            _lostBelow = lostBelow;
        }
        else
        {
            _lostBelow = Math.Max(_lostBelow, lostBelow);
        }

        return begins;
    }

    /// <summary>New data up to <paramref name="unacknowledged"/> was acknowledged. True when that completes recovery.</summary>
    public bool Acknowledged(long unacknowledged, long bytes, int segmentSize)
    {
        _sacked.RemoveBelow(unacknowledged);
        if (Phase == RecoveryPhase.None)
        {
            _duplicates = 0;
            return false;
        }

        if (unacknowledged >= _recoveryPoint)
        {
            Phase = RecoveryPhase.None;
            _duplicates = 0;
            return true;
        }

        // Of the bytes acknowledged, all but the segment that filled the hole had been told of by duplicates.
        _duplicates = Math.Max(0, _duplicates - (int)Math.Min(bytes / segmentSize, int.MaxValue) + 1);
        if (Phase == RecoveryPhase.Fast)
        {
            // A partial acknowledgment: what follows it is lost too (RFC 6582, 3.2, step 3), whatever SACK says beyond.
            _resentBelow = Math.Max(_resentBelow, unacknowledged);
            long lostBelow = Math.Max(_lostBelow, LostBySack(segmentSize));
            if (_resentBelow == unacknowledged && lostBelow <= unacknowledged)
            {
                lostBelow = unacknowledged + segmentSize;
                ResendRegardless = true;
            }

            _lostBelow = Math.Min(lostBelow, _recoveryPoint);
        }

        return false;
    }

    /// <summary>A retransmission timeout: all that is under way counts as lost, and SACK is not believed (RFC 2018, 8).</summary>
    public void TimedOut(long unacknowledged, long next)
    {
        Phase = RecoveryPhase.Timeout;
        SendAllAgain(unacknowledged, next);
    }

    /// <summary>All that is under way was too large for the path (RFC 1191): send it again, smaller. That is no sign of congestion.</summary>
    public void PathNarrowed(long unacknowledged, long next)
    {
        if (Phase == RecoveryPhase.None) Phase = RecoveryPhase.Fast;
        SendAllAgain(unacknowledged, next);
    }

    private void SendAllAgain(long unacknowledged, long next)
    {
        _sacked.Clear();
        _duplicates = 0;
        _lostBelow = next;
        _resentBelow = unacknowledged;
        _recoveryPoint = next;
        ResendRegardless = true;
    }

    // RFC 6675, IsLost: a byte is lost when three ranges, or more than two segments' bytes, were received above it.
    private readonly long LostBySack(int segmentSize)
    {
        long above = 0;
        for (int i = _sacked.Count - 1; i >= 0; i--)
        {
            above += _sacked[i].End - _sacked[i].Start;
            if (_sacked.Count - i >= DuplicateThreshold || above > (DuplicateThreshold - 1) * segmentSize) return _sacked[i].Start;
        }

        return 0;
    }
}
