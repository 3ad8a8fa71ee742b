// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.Linq;

namespace Uaas.Bench.Results;

/// <summary>Everything that a run found.</summary>
internal sealed class Report
{
    private readonly List<Comparison> _comparisons = [];
    private readonly List<string> _notes = [];

    /// <summary>The comparisons, in the order measured.</summary>
    internal IReadOnlyList<Comparison> Comparisons => _comparisons;

    /// <summary>What a reader should know beside the figures.</summary>
    internal IReadOnlyList<string> Notes => _notes;

    /// <summary>How many bars were measured and missed.</summary>
    internal int MissedGoals => _comparisons.Sum(comparison => comparison.Goals.Count(goal => goal.IsMet(comparison) == false));

    /// <summary>Adds a comparison.</summary>
    internal void Add(Comparison comparison) => _comparisons.Add(comparison);

    /// <summary>Adds a note.</summary>
    internal void Note(string note) => _notes.Add(note);
}
