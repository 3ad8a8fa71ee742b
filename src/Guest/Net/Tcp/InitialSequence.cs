// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Net.Tcp;

/// <summary>
/// Initial sequence numbers (RFC 6528): a clock of 4 µs plus a keyed hash of the connection, so that they grow for one pair of ports and tell nothing of
/// another. Timestamps
/// start at an offset made the same way (RFC 7323, 7.1), one for each connection.
/// </summary>
internal readonly struct InitialSequence(SipHash hash)
{
    private const long Tick = 4 * Nanoseconds.PerMicrosecond;
    private const ulong SequencePurpose = 1;
    private const ulong TimestampPurpose = 2;

    private readonly SipHash _hash = hash;

    /// <summary>The initial sequence number of a connection opened now.</summary>
    public SequenceNumber Next(ulong key, long now) => new((uint)(now / Tick) + (uint)_hash.Hash(key, SequencePurpose));

    /// <summary>The offset of a connection's timestamps.</summary>
    public uint TimestampOffset(ulong key) => (uint)_hash.Hash(key, TimestampPurpose);
}
