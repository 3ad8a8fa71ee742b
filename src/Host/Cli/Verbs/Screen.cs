// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace Uaas.Cli.Verbs;

/// <summary>Shows things to people as tables, and to programs as JSON.</summary>
internal static class Screen
{
    private const int WidthForPrograms = 400;

    /// <summary>Shows rows under headings.</summary>
    internal static void Table(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        IAnsiConsole console = AnsiConsole.Console;
        // What is piped is not cut to a screen that is not there.
        if (System.Console.IsOutputRedirected)
            console.Profile.Width = WidthForPrograms;
        var table = new Table { Border = TableBorder.None, ShowHeaders = true };
        foreach (string heading in headings)
            table.AddColumn(new TableColumn(new Text(heading, new Style(decoration: Decoration.Bold))) { NoWrap = true, Padding = new Padding(0, 0, 2, 0) });
        foreach (IReadOnlyList<string> row in rows)
            table.AddRow(row.Select(cell => new Text(cell)));
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
}
