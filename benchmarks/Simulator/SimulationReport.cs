// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;

namespace Uaas.Simulator;

/// <summary>What a simulation found.</summary>
/// <param name="FillPlacements">Instances placed while the empty cluster filled.</param>
/// <param name="FillSeconds">Processor time of the scheduler for it, in seconds.</param>
/// <param name="ChurnPlacements">Instances placed while the full cluster was disturbed.</param>
/// <param name="ChurnSeconds">Processor time of the scheduler for it, in seconds: all it does, not placement alone.</param>
/// <param name="Observations">Observations told to the scheduler during that.</param>
/// <param name="Actions">Actions it asked for, all in all.</param>
/// <param name="Instances">Instances when the cluster was full.</param>
/// <param name="MeanUse">Share of memory set aside when the cluster was full, over the nodes.</param>
/// <param name="MostUse">The same of the fullest node.</param>
/// <param name="UseDeviation">The standard deviation of that share.</param>
/// <param name="LongestRunMilliseconds">The longest single run of the reconciler while disturbed.</param>
/// <param name="Undone">Rollouts that were undone.</param>
/// <param name="Violations">Promises that were broken, the first hundred.</param>
public sealed record SimulationReport(
    int FillPlacements,
    double FillSeconds,
    int ChurnPlacements,
    double ChurnSeconds,
    long Observations,
    long Actions,
    int Instances,
    double MeanUse,
    double MostUse,
    double UseDeviation,
    double LongestRunMilliseconds,
    int Undone,
    IReadOnlyList<string> Violations)
{
    /// <summary>Placements a second while the cluster filled.</summary>
    public double FillRate => FillPlacements / FillSeconds;

    /// <summary>Placements a second while the cluster was disturbed, with everything else that the scheduler does meanwhile.</summary>
    public double ChurnRate => ChurnPlacements / ChurnSeconds;
}
