// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Spectre.Console;
using Uaas.Bench;
using Uaas.Bench.Clients;
using Uaas.Bench.Machine;
using Uaas.Bench.Results;
using Uaas.Bench.Scenarios;
using Uaas.Bench.Scenarios.Master;
using Uaas.Linux;

if (args is [LinkPeer.Verb, ..])
    return LinkPeer.Run(args.AsSpan(1));

Command[] suites =
[
    Suite("http", "The http service against nginx and a Linux microVM, side by side in one run.",
        [new ImageSize(), new ProcessStart(), new Throughput(), new IdleMemory(), new MachineStart(), new MachineThroughput(), new Soak()]),
    Suite("flv", "The flv service against nginx with its RTMP module, side by side in one run.", [new ServiceImageSize("flv", largest: 400), new VideoFanOut(), new VideoJoin(), new VideoSoak()]),
    Suite("img", "The img service against nginx's image filter and vipsthumbnail, side by side in one run.", [new ServiceImageSize("img", largest: 1500), new ImageResize()]),
    Suite("front", "nginx with the module against nginx without, cold starts through it, and reloads.", [new FrontWarm(), new FrontCold(), new FrontReload()]),
    Suite("master", "What the issue of the master asks for: cold starts, idle instances, the front, scaling, updates, deaths.", [new MasterCold(), new MasterResident(), new MasterIdle(), new MasterGateway(), new MasterScale(), new MasterRollout(), new MasterChaos()]),
    Suite("localhost", "One unikernel to another over a link against two processes over a veth pair, side by side in one run.", [new LinkPair()]),
    Suite("approaches", "A site, pictures and video in services of their own and all in one, under the same mixed load, side by side.", [new Approaches()]),
    Suite("scheduler", "The master's scheduler in a simulated cluster, with its promises checked.", [new SchedulerSimulation()]),
];
var root = new RootCommand("Measures uaas beside its peers on this machine.");
foreach (Command suite in suites)
    root.Add(suite);
return root.Parse(args).Invoke();

static Command Suite(string service, string description, Scenario[] scenarios)
{
    var json = new Option<FileInfo?>("--json") { Description = "Also write the report as JSON to this file.", HelpName = "FILE" };
    var markdown = new Option<FileInfo?>("--markdown") { Description = "Also write the report as Markdown to this file.", HelpName = "FILE" };
    var quick = new Option<bool>("--quick") { Description = "Few and short rounds: to see that everything works, not to quote." };
    var only = new Option<string[]>("--only") { Description = $"Run these alone: {string.Join(", ", scenarios.Select(scenario => scenario.Name))}.", HelpName = "NAME", AllowMultipleArgumentsPerToken = true };
    only.AcceptOnlyFromAmong([.. scenarios.Select(scenario => scenario.Name)]);

    var command = new Command(service, description) { json, markdown, quick, only };
    command.SetAction(result => Run(scenarios, result.GetValue(json), result.GetValue(markdown), result.GetValue(quick), result.GetValue(only) ?? []));
    return command;
}

static int Run(Scenario[] scenarios, FileInfo? jsonFile, FileInfo? markdownFile, bool quickly, string[] names)
{
    try
    {
        Prerequisites.Install(Say);
        IReadOnlyDictionary<string, string> machine = MachineDescription.Read(Processors.Choose());
        Processors.Favour();
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => EndAtOnce());
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => EndAtOnce());
        using var bench = new Workbench(new BenchOptions(quickly), Say);
        foreach (Scenario scenario in scenarios.Where(scenario => names.Length == 0 || names.Contains(scenario.Name)))
        {
            Say($"{scenario.Name}: {scenario.Summary}");
            scenario.Run(bench);
        }
        ReportTable.Write(Terminal(), bench.Report);
        if (jsonFile is not null)
            File.WriteAllText(jsonFile.FullName, ReportJson.Serialize(bench.Report, machine));
        if (markdownFile is not null)
            File.WriteAllText(markdownFile.FullName, ReportMarkdown.Render(bench.Report, machine));
        return 0;
    }
    catch (UaasException e)
    {
        Console.Error.WriteLine($"uaas bench: {e.Message}{(e.Remedy is null ? "" : $"; {e.Remedy}")}");
        return 1;
    }
    catch (Exception e) when (e is SystemCallException or IOException)
    {
        Console.Error.WriteLine($"uaas bench: {e.Message}");
        return 1;
    }
}

// Leaves nothing behind: no process, and with those no namespace, tap or route; no file.
static void EndAtOnce()
{
    const int interruptedCode = 130;
    Children.EndAll();
    Workbench.RemoveFolder();
    Environment.Exit(interruptedCode);
}

// A file or a pipe gets plain text in full width.
static IAnsiConsole Terminal()
{
    const int fullWidth = 180;
    bool plain = Console.IsOutputRedirected;
    IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = plain ? AnsiSupport.No : AnsiSupport.Detect });
    if (plain)
        console.Profile.Width = fullWidth;
    return console;
}

static void Say(string line) => Console.Error.WriteLine(line);
