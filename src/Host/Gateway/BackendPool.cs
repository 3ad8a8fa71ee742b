// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Net;
using System.Threading;

namespace Uaas.Gateway;

/// <summary>The instances that share a service's requests.</summary>
/// <param name="clock">The clock that their health is judged by.</param>
public sealed class BackendPool(TimeProvider clock)
{
    private ImmutableArray<Backend> _backends = [];
    private uint _turn;

    /// <summary>How many there are.</summary>
    public int Count => _backends.Length;

    /// <summary>Takes an instance in.</summary>
    public void Add(IPEndPoint server) => ImmutableInterlocked.Update(ref _backends, (all, added) => all.Add(added), new Backend(server, clock));

    /// <summary>Sends an instance no further requests; those that it is answering go on.</summary>
    public void Remove(IPEndPoint server) =>
        ImmutableInterlocked.Update(ref _backends, (all, gone) => all.RemoveAll(backend => backend.Server.Equals(gone)), server);

    /// <summary>
    /// The instance with the least requests in flight among those that have not failed lately and are not in <paramref name="tried"/>; equals take
    /// turns. Where all have failed lately, the one whose pause ends first: to try is better than to refuse. Null where none is left.
    /// </summary>
    internal Backend? Pick(List<Backend> tried)
    {
        ImmutableArray<Backend> backends = _backends;
        DateTimeOffset now = clock.GetUtcNow();
        uint turn = Interlocked.Increment(ref _turn);
        Backend? best = null;
        var bestRank = (Avoided: DateTimeOffset.MaxValue, InFlight: int.MaxValue);
        for (int i = 0; i < backends.Length; i++)
        {
            Backend candidate = backends[(int)((turn + (uint)i) % (uint)backends.Length)];
            if (tried.Contains(candidate))
                continue;
            DateTimeOffset avoid = candidate.AvoidUntil;
            var rank = (Avoided: avoid <= now ? DateTimeOffset.MinValue : avoid, candidate.InFlight);
            if (best is null || rank.CompareTo(bestRank) < 0)
                (best, bestRank) = (candidate, rank);
        }
        return best;
    }
}
