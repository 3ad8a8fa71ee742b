// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Threading.Tasks;
using Spectre.Console;

namespace Uaas.Cli;

/// <summary><c>uaas doctor</c>: says which monitors work here, and what to do about those that do not.</summary>
internal static class DoctorCommand
{
    private const int WidthOfFile = 160;

    private static readonly Option<bool> Json = new("--json") { Description = "For programs" };

    internal static Command Create()
    {
        var command = new Command("doctor", "Boots a tiny guest on each monitor and says which work here") { Json };
        command.SetAction((arguments, _) => RunAsync(arguments.GetValue(Json)));
        return command;
    }

    private static async Task<int> RunAsync(bool json)
    {
        var locations = Locations.Find();
        DoctorReport report = await Doctor.ForThisMachine(locations).ExamineAllAsync().ConfigureAwait(false);
        if (report.Chosen is { } chosen)
            DoctorCache.ForThisUser().Write(DoctorCache.KeyFor(locations), chosen);
        if (json)
            Console.Out.WriteLine(JsonSerializer.Serialize(report, CliJson.Default.DoctorReport));
        else
            Show(report);
        return report.Chosen is null ? ExitCode.Monitor : report.Privilege is null ? ExitCode.Ok : ExitCode.Privilege;
    }

    private static void Show(DoctorReport report)
    {
        var settings = new AnsiConsoleSettings { Ansi = Console.IsOutputRedirected ? AnsiSupport.No : AnsiSupport.Detect };
        IAnsiConsole console = AnsiConsole.Create(settings);
        if (Console.IsOutputRedirected)
            console.Profile.Width = WidthOfFile;
        var table = new Table().RoundedBorder().AddColumns("Monitor", "Works here", "Boot to end");
        table.AddColumn("What was found");
        foreach (MonitorReport monitor in report.Monitors)
        {
            string time = monitor.BootMilliseconds is { } milliseconds ? string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.0} ms") : "";
            string found = $"{monitor.Title}: {monitor.Detail}".EscapeMarkup() + (monitor.Remedy is { } remedy ? $"\n[yellow]→ {remedy.EscapeMarkup()}[/]" : "");
            table.AddRow($"[bold]{monitor.Monitor}[/]", monitor.Usable ? "[green]yes[/]" : "[red]no[/]", time, found);
        }
        console.Write(table);
        ShowIsolation(console, report.Isolation);
        console.MarkupLine(report.Chosen is { } chosen ? $"--vmm auto takes [bold]{chosen}[/]" : "[red]no monitor works here[/]");
        if (report.Privilege is { } lacking)
            console.MarkupLine($"[red]uaas run cannot work as this user: {lacking.EscapeMarkup()}[/]\n[yellow]→ {report.PrivilegeRemedy?.EscapeMarkup()}[/]");
    }

    private static void ShowIsolation(IAnsiConsole console, IReadOnlyList<IsolationReport> isolation)
    {
        var table = new Table().RoundedBorder().AddColumns("Isolation", "Works here", "What was found");
        foreach (IsolationReport part in isolation)
            table.AddRow($"[bold]{part.What}[/]", part.Works ? "[green]yes[/]" : "[red]no[/]", part.Detail.EscapeMarkup() + (part.Remedy is { } remedy ? $"\n[yellow]→ {remedy.EscapeMarkup()}[/]" : ""));
        console.Write(table);
    }
}
