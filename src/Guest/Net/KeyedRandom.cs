// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Net;

/// <summary>Random numbers from a seed: SipHash of a counter. What it gave says nothing of what it will give to one who has not the seed.</summary>
public sealed class KeyedRandom(ulong seed0, ulong seed1)
{
    private readonly SipHash _hash = new(seed0, seed1);
    private ulong _counter;

    /// <summary>The next 64 bits.</summary>
    public ulong NextUInt64() => _hash.Hash(_counter++, 0);

    /// <summary>The next 32 bits.</summary>
    public uint NextUInt32() => (uint)NextUInt64();

    /// <summary>A number from 0 to <paramref name="bound"/> - 1; the bound is far below 2^32, so that the bias is none to speak of.</summary>
    public int NextBelow(int bound) => (int)(NextUInt64() % (uint)bound);
}
