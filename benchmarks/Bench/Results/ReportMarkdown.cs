// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Uaas.Bench.Results;

/// <summary>The report for a document: the machine, then one row a quantity.</summary>
internal static class ReportMarkdown
{
    /// <summary>The report as Markdown text.</summary>
    internal static string Render(Report report, IReadOnlyDictionary<string, string> machine)
    {
        var text = new StringBuilder();
        foreach ((string name, string value) in machine)
            text.Append(CultureInfo.InvariantCulture, $"- {name}: {value}\n");
        text.Append("\n| what | ours | peers | bar |\n|---|---|---|---|\n");
        foreach (Comparison comparison in report.Comparisons)
            text.Append(CultureInfo.InvariantCulture, $"| {comparison.Scenario}: {comparison.Quantity} | {Ours(comparison)} | {Peers(comparison)} | {Bars(comparison)} |\n");
        text.Append('\n');
        foreach (string note in report.Notes)
            text.Append(CultureInfo.InvariantCulture, $"- {note}\n");
        return text.ToString();
    }

    private static string Ours(Comparison comparison) =>
        comparison.Ours is { } ours ? $"**{ReportTable.Figure(ours.Summary.Median)}** {comparison.Unit}" : $"not measured: {comparison.Missing}";

    private static string Peers(Comparison comparison) => string.Join("<br>", comparison.Peers.Select(peer =>
        $"{peer.Contender}: {ReportTable.Figure(peer.Summary.Median)}{(comparison.RatioTo(peer.Contender) is { } ratio ? string.Create(CultureInfo.InvariantCulture, $" ({ratio:0.00} ×)") : "")}"));

    private static string Bars(Comparison comparison) => string.Join("<br>", comparison.Goals.Select(goal =>
        $"{goal.Describe(comparison)}: {goal.IsMet(comparison) switch { true => "reached", false => "**missed**", null => "not measured" }}"));
}
