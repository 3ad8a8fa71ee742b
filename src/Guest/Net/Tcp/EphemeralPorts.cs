// SPDX-License-Identifier: Apache-2.0

using Uaas.Wire;

namespace Uaas.Net.Tcp;

/// <summary>Chooses the ports of connections opened from here so that nobody can guess them: the double-hash algorithm of RFC 6056, 3.3.4.</summary>
internal struct EphemeralPorts(SipHash hash)
{
    /// <summary>The first port of the range (RFC 6335, 6: dynamic ports).</summary>
    public const int First = 49_152;

    /// <summary>How many ports there are.</summary>
    public const int Count = 65_536 - First;

    private const int CounterCount = 16;
    private const ulong OffsetPurpose = 3;
    private const ulong CounterPurpose = 4;

    private readonly SipHash _hash = hash;
    private readonly ushort[] _counters = new ushort[CounterCount];

    /// <summary>
    /// The next port to try for a destination: ports go round the whole range from a place that only the key tells, so that one is used again as late as can
    /// be.
    /// </summary>
    public readonly ushort Next(Ipv4Address remote, ushort remotePort)
    {
        ulong destination = (ulong)remote.Value << 16 | remotePort;
        int counter = (int)(_hash.Hash(destination, CounterPurpose) % CounterCount);
        uint offset = (uint)_hash.Hash(destination, OffsetPurpose);
        return (ushort)(First + (offset + _counters[counter]++) % Count);
    }
}
