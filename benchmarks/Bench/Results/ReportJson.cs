// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Uaas.Bench.Results;

/// <summary>The report for a program.</summary>
internal static class ReportJson
{
    /// <summary>The report as JSON text.</summary>
    internal static string Serialize(Report report, IReadOnlyDictionary<string, string> machine) =>
        JsonSerializer.Serialize(new Document(machine, [.. report.Comparisons.Select(Convert)], report.Notes, report.MissedGoals), JsonModel.Default.Document);

    private static Entry Convert(Comparison comparison) => new(
        comparison.Scenario,
        comparison.Quantity,
        comparison.Unit,
        comparison.Better == Better.More ? "more" : "less",
        comparison.Ours,
        comparison.Missing,
        [.. comparison.Peers.Select(peer => new PeerEntry(peer.Contender, peer.Summary, comparison.RatioTo(peer.Contender)))],
        [.. comparison.Goals.Select(goal => new GoalEntry(goal.Describe(comparison), goal.IsMet(comparison)))]);

    internal sealed record Document(IReadOnlyDictionary<string, string> Machine, IReadOnlyList<Entry> Results, IReadOnlyList<string> Notes, int MissedBars);

    internal sealed record Entry(
        string Scenario, string Quantity, string Unit, string Better, Result? Ours, string? Missing, IReadOnlyList<PeerEntry> Peers, IReadOnlyList<GoalEntry> Bars);

    internal sealed record PeerEntry(string Contender, Summary Summary, double? OursDividedByPeer);

    internal sealed record GoalEntry(string Bar, bool? Met);
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ReportJson.Document))]
internal sealed partial class JsonModel : JsonSerializerContext;
