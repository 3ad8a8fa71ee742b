// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Spectre.Console;

namespace Uaas.Bench.Results;

/// <summary>The report for a person: one table, one row a quantity.</summary>
internal static class ReportTable
{
    /// <summary>Writes the table and the notes.</summary>
    internal static void Write(IAnsiConsole console, Report report)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumns("what", "unit", "ours", "peer", "peer's", "ours ÷ peer", "bar");
        foreach (Comparison comparison in report.Comparisons)
            AddRows(table, comparison);
        console.Write(table);
        foreach (string reason in report.Comparisons.Select(comparison => comparison.Missing).OfType<string>().Distinct())
            console.MarkupLineInterpolated($"[yellow]not measured: {reason}[/]");
        foreach (string note in report.Notes)
            console.MarkupLineInterpolated($"[grey]{note}[/]");
        int missed = report.MissedGoals;
        console.MarkupLine(missed == 0 ? "[green]every bar that was measured is reached[/]" : $"[red]{missed} bars are missed[/]");
    }

    /// <summary>A figure with four significant digits and no exponent.</summary>
    internal static string Figure(double value) => value switch
    {
        0 => "0",
        >= 1000 or <= -1000 => value.ToString("N0", CultureInfo.InvariantCulture),
        >= 100 or <= -100 => value.ToString("0", CultureInfo.InvariantCulture),
        >= 10 or <= -10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("0.000", CultureInfo.InvariantCulture),
    };

    private static void AddRows(Table table, Comparison comparison)
    {
        string quantity = Markup.Escape($"{comparison.Scenario}: {comparison.Quantity}");
        string ours = comparison.Ours is { } result ? $"[bold]{Spread(result.Summary)}[/]" : "[yellow]not measured[/]";
        string bars = string.Join("\n", comparison.Goals.Select(goal => Bar(comparison, goal)));
        if (comparison.Peers.Count == 0)
            table.AddRow(quantity, comparison.Unit, ours, "", "", "", bars);
        foreach ((int index, Result peer) in comparison.Peers.Index())
        {
            bool first = index == 0;
            string ratio = comparison.RatioTo(peer.Contender) is { } value ? value.ToString("0.00", CultureInfo.InvariantCulture) : "";
            table.AddRow(first ? quantity : "", first ? comparison.Unit : "", first ? ours : "", Markup.Escape(peer.Contender), Spread(peer.Summary), ratio, first ? bars : "");
        }
    }

    private static string Spread(Summary summary) =>
        summary.Count == 1 ? Figure(summary.Median) : $"{Figure(summary.Median)} [grey]({Figure(summary.Least)}–{Figure(summary.Greatest)})[/]";

    private static string Bar(Comparison comparison, Goal goal)
    {
        string text = Markup.Escape(goal.Describe(comparison));
        return goal.IsMet(comparison) switch { true => $"[green]{text}[/]", false => $"[red]{text} missed[/]", null => $"[yellow]{text}[/]" };
    }
}
