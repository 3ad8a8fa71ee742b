// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Net.Tcp;

/// <summary>The first eight bytes of a segment of ours as an ICMP error quotes them (RFC 792).</summary>
internal static class TcpQuote
{
    /// <summary>
    /// No link is taken to be narrower than this, whatever a message claims: the least that IPv4 hosts must take (RFC 791), so that a forged one costs
    /// little.
    /// </summary>
    public const int LeastMtu = 576;

    /// <summary>Reads ports and sequence number; false when fewer bytes are quoted.</summary>
    public static bool TryRead(ReadOnlySpan<byte> quoted, out ushort localPort, out ushort remotePort, out SequenceNumber sequence)
    {
        localPort = remotePort = 0;
        sequence = default;
        if (quoted.Length < 8) return false;
        localPort = BinaryPrimitives.ReadUInt16BigEndian(quoted);
        remotePort = BinaryPrimitives.ReadUInt16BigEndian(quoted[2..]);
        sequence = new SequenceNumber(BinaryPrimitives.ReadUInt32BigEndian(quoted[4..]));
        return true;
    }
}
