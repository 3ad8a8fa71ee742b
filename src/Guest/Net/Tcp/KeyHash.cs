// SPDX-License-Identifier: Apache-2.0

using System.Numerics;
using Uaas.Wire;

namespace Uaas.Net.Tcp;

/// <summary>
/// Spreads connections over buckets by a secret multiplier (multiply-shift hashing): a peer that cannot see the secret cannot choose ports that collide.
/// This side's address is no part of the key, as a stack has but one.
/// </summary>
internal readonly struct KeyHash(ulong secret, int entries)
{
    private readonly ulong _multiplier = secret | 1;
    private readonly ulong _addend = BitOperations.RotateLeft(secret, 29);
    private readonly int _shift = 64 - BucketBits(entries);

    /// <summary>How many buckets there are: a power of two, at least twice the entries.</summary>
    public int Buckets => 1 << (64 - _shift);

    /// <summary>The bucket of a key.</summary>
    public int Bucket(ulong key)
    {
        ulong mixed = (key ^ _addend) * _multiplier;
        return (int)(((mixed ^ mixed >> 32) * _multiplier) >> _shift);
    }

    /// <summary>What tells a connection from all others.</summary>
    public static ulong Key(Ipv4Address remote, ushort remotePort, ushort localPort) => (ulong)remote.Value << 32 | (uint)remotePort << 16 | localPort;

    private static int BucketBits(int entries) => BitOperations.Log2((uint)entries * 2) + 1;
}
