// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;

namespace Uaas.Bench.Results;

/// <summary>Which way a figure is better.</summary>
internal enum Better
{
    /// <summary>The greater, the better: requests per second.</summary>
    More,

    /// <summary>The smaller, the better: time, memory, size.</summary>
    Less,
}

/// <summary>What one contender reached.</summary>
/// <param name="Contender">Who.</param>
/// <param name="Summary">Its figures.</param>
internal sealed record Result(string Contender, Summary Summary);

/// <summary>One quantity, ours beside its peers', measured in the same run.</summary>
/// <param name="Scenario">The scenario that measured it.</param>
/// <param name="Quantity">What was measured.</param>
/// <param name="Unit">In what.</param>
/// <param name="Better">Which way is better.</param>
internal sealed record Comparison(string Scenario, string Quantity, string Unit, Better Better)
{
    private readonly List<Result> _peers = [];
    private readonly List<Goal> _goals = [];

    /// <summary>Ours; null where it could not be measured, for the reason in <see cref="Missing"/>.</summary>
    internal Result? Ours { get; private set; }

    /// <summary>Why ours is not there.</summary>
    internal string? Missing { get; private set; }

    /// <summary>The peers'.</summary>
    internal IReadOnlyList<Result> Peers => _peers;

    /// <summary>What ours has to reach.</summary>
    internal IReadOnlyList<Goal> Goals => _goals;

    /// <summary>Sets ours.</summary>
    internal Comparison WithOurs(string contender, IEnumerable<double> samples)
    {
        Ours = new Result(contender, Summary.Of(samples));
        return this;
    }

    /// <summary>Says why ours is not there.</summary>
    internal Comparison WithoutOurs(string reason)
    {
        Missing = reason;
        return this;
    }

    /// <summary>Adds a peer.</summary>
    internal Comparison WithPeer(string contender, IEnumerable<double> samples)
    {
        _peers.Add(new Result(contender, Summary.Of(samples)));
        return this;
    }

    /// <summary>Adds a bar that ours has to reach.</summary>
    internal Comparison WithGoal(Goal goal)
    {
        _goals.Add(goal);
        return this;
    }

    /// <summary>Ours divided by the peer's, of the medians; null where one is missing.</summary>
    internal double? RatioTo(string peer)
    {
        Result? other = _peers.FirstOrDefault(result => string.Equals(result.Contender, peer, StringComparison.Ordinal));
        return Ours is null || other is null || other.Summary.Median == 0 ? null : Ours.Summary.Median / other.Summary.Median;
    }
}
