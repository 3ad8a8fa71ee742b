// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Uaas.Cli.Verbs;

/// <summary>Shows things to people as tables, and to programs as JSON.</summary>
internal static class Screen
{
    private const int Gap = 2;
    private const int LeastOfLast = 16;

    private static readonly string[] Good = ["running", "complete", "yes"];
    private static readonly string[] Bad = ["failed", "crash-loop", "no"];
    private static readonly string[] Moving = ["starting", "pending", "rolling", "progressing", "draining", "stopping"];

    /// <summary>Whether somebody looks: without a terminal what is shown is plain, and never cut.</summary>
    internal static bool IsTerminal => !System.Console.IsOutputRedirected;

    /// <summary>Shows rows under headings. On a terminal that is too narrow, the last column is broken into lines, and columns that can be missed are left out.</summary>
    /// <param name="headings">The headings.</param>
    /// <param name="rows">A cell for each heading.</param>
    /// <param name="canMiss">Headings that can be left out, that of the least use first.</param>
    internal static void Table(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows, params IReadOnlyList<string> canMiss)
    {
        List<IReadOnlyList<string>> all = [.. rows];
        if (IsTerminal)
            Draw(headings, all, canMiss, AnsiConsole.Create(new AnsiConsoleSettings { Ansi = IsPlain ? AnsiSupport.No : AnsiSupport.Detect }));
        else
            System.Console.Out.Write(Plain(headings, all));
    }

    /// <summary>Rows as plain text: columns are as wide as what is in them, and no line ends in blanks.</summary>
    internal static string Plain(IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        int[] widths = Widths(headings, rows);
        var text = new StringBuilder();
        foreach (IReadOnlyList<string> row in rows.Prepend(headings))
            text.Append(string.Concat(row.Select((cell, at) => cell.PadRight(widths[at] + Gap))).TrimEnd()).Append('\n');
        return text.ToString();
    }

    /// <summary>Shows rows on a terminal.</summary>
    internal static void Draw(IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows, IReadOnlyList<string> canMiss, IAnsiConsole console)
    {
        int[] shown = Fitting(headings, Widths(headings, rows), canMiss, console.Profile.Width);
        var table = new Table { Border = TableBorder.None, ShowHeaders = true };
        foreach (int at in shown)
            table.AddColumn(new TableColumn(new Text(headings[at], new Style(decoration: Decoration.Bold))) { NoWrap = at != shown[^1], Padding = new Padding(0, 0, at == shown[^1] ? 0 : Gap, 0) });
        foreach (IReadOnlyList<string> row in rows)
            table.AddRow(shown.Select(at => (IRenderable)new Text(row[at], StyleOf(row[at]))));
        console.Write(table);
    }

    /// <summary>Shows something as JSON.</summary>
    internal static void Json<T>(T value, JsonTypeInfo<T> type) => System.Console.Out.WriteLine(JsonSerializer.Serialize(value, type));

    internal static string Age(DateTimeOffset since)
    {
        TimeSpan age = DateTimeOffset.UtcNow - since;
        return age switch
        {
            { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, age.TotalSeconds):0}s"),
            { TotalMinutes: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{age.TotalMinutes:0}m"),
            { TotalHours: < 48 } => string.Create(CultureInfo.InvariantCulture, $"{age.TotalHours:0}h"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{age.TotalDays:0}d"),
        };
    }

    internal static string Number(double? value, string format = "0.##") => value?.ToString(format, CultureInfo.InvariantCulture) ?? "";

    internal static string Megabytes(long? bytes) => bytes is null ? "" : Number(bytes / 1048576.0, "0.00");

    // https://no-color.org: set to anything but nothing.
    private static bool IsPlain => Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };

    private static int[] Widths(IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows) =>
        [.. headings.Select((heading, at) => rows.Select(row => row[at].Length).Append(heading.Length).Max())];

    private static int[] Fitting(IReadOnlyList<string> headings, int[] widths, IReadOnlyList<string> canMiss, int width)
    {
        List<int> shown = [.. Enumerable.Range(0, headings.Count)];
        foreach (string missed in canMiss)
        {
            int last = Math.Min(widths[shown[^1]], LeastOfLast);
            if (shown.SkipLast(1).Sum(at => widths[at] + Gap) + last <= width)
                break;
            shown.RemoveAll(at => headings[at] == missed);
        }
        return [.. shown];
    }

    private static Style StyleOf(string cell) =>
        Array.IndexOf(Good, cell) >= 0 ? new Style(Color.Green) : Array.IndexOf(Bad, cell) >= 0 ? new Style(Color.Red) : Array.IndexOf(Moving, cell) >= 0 ? new Style(Color.Yellow) : Style.Plain;
}
