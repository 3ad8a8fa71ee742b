// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Uaas.Wire;

/// <summary>
/// The Internet checksum (RFC 1071): the one's complement of the one's complement sum of 16-bit big-endian words. Partial sums are plain 16-bit values, so
/// that pieces of even length (but for the last) are summed apart and combined.
/// </summary>
public static class InternetChecksum
{
    /// <summary>The sum of <paramref name="bytes"/>, not complemented; an odd last byte counts as the high half of a word.</summary>
    public static ushort Sum(ReadOnlySpan<byte> bytes)
    {
        // The sum is independent of byte order (RFC 1071, 2.B): words are added as the processor reads them and swapped once at the end. Eight bytes at a
        // time, with the carry brought around; adding the two halves of 32 bits apart would cost a second addition.
        ulong sum = 0;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        for (int i = 0; i < words.Length; i++)
        {
            ulong word = words[i];
            sum += word;
            sum += sum < word ? 1UL : 0UL;
        }

        ReadOnlySpan<byte> tail = bytes[(words.Length * 8)..];
        ulong last = 0;
        for (int i = 0; i < tail.Length; i++) last |= (ulong)tail[i] << (8 * i);
        sum += last;
        sum += sum < last ? 1UL : 0UL;
        return BinaryPrimitives.ReverseEndianness(Fold(sum));
    }

    /// <summary>The sum of the IPv4 pseudo-header of TCP and UDP (RFC 9293, 3.1).</summary>
    /// <param name="source">Source address.</param>
    /// <param name="destination">Destination address.</param>
    /// <param name="protocol">Transport protocol.</param>
    /// <param name="length">Bytes of transport header and payload.</param>
    public static ushort PseudoHeader(Ipv4Address source, Ipv4Address destination, IpProtocol protocol, int length) =>
        Fold((ulong)source.Value + destination.Value + (byte)protocol + (uint)length);

    /// <summary>Combines two partial sums.</summary>
    public static ushort Add(ushort left, ushort right) => Fold((ulong)left + right);

    /// <summary>The checksum that belongs into the field: the complement of the sum.</summary>
    public static ushort Complete(ushort sum) => (ushort)~sum;

    /// <summary>Whether a sum over data with its checksum field says that nothing was altered.</summary>
    public static bool IsValid(ushort sum) => sum == 0xFFFF;

    private static ushort Fold(ulong sum)
    {
        sum = (sum & 0xFFFF_FFFF) + (sum >> 32);
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)((sum & 0xFFFF) + (sum >> 16));
    }
}
