// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Uaas.Cli;
using Uaas.Host.Tests;
using Uaas.Host.Tests.Cli;
using Uaas.Master.Control;

namespace Uaas.Serve.Tests;

/// <summary>The verbs over the API, as a person types them, against a daemon with real unikernels.</summary>
[Trait("Needs", "namespaces, the http image")]
public sealed class VerbTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [ServiceFact]
    public async Task What_runs_is_listed_described_and_measured()
    {
        await using Served served = await StartAsync("min: 2, max: 2", 2);
        string name = (await served.InstancesAsync())[0].Name;

        using JsonDocument listed = JsonDocument.Parse(await OutputAsync(served, "ps", "--json"));
        Assert.All(listed.RootElement.EnumerateArray(), one => Assert.Equal("running", one.GetProperty("state").GetString()));
        string[] table = (await OutputAsync(served, "ps", "site")).Split('\n');
        Assert.StartsWith("INSTANCE  SERVICE", table[0], StringComparison.Ordinal);
        Assert.Equal(3, table.Length);
        Assert.All(table, line => Assert.True(!line.Contains('\x1b', StringComparison.Ordinal) && line.TrimEnd() == line));
        Assert.Contains("2/2 (2-2)", await OutputAsync(served, "services"), StringComparison.Ordinal);

        string described = await OutputAsync(served, "describe", "site");
        Assert.Contains("monitor  spt: uaas-spt, process ", described, StringComparison.Ordinal);
        Assert.Contains("booted   http.spt, unikernel of ours", described, StringComparison.Ordinal);
        Assert.Contains("devices  net service 02:", described, StringComparison.Ordinal);
        Assert.Contains("boot     info ready service=http platform=spt", described, StringComparison.Ordinal);
        using JsonDocument service = JsonDocument.Parse(await OutputAsync(served, "describe", "site", "--json"));
        Assert.Equal("running", service.RootElement.GetProperty("state").GetString());
        Assert.Equal(2, service.RootElement.GetProperty("instances").GetArrayLength());
        Assert.Contains("console  | info ready service=http", await OutputAsync(served, "describe", name), StringComparison.Ordinal);

        Assert.Equal(2, (await OutputAsync(served, "logs", "site")).Split('\n').Count(line => line.Contains("| info ready ", StringComparison.Ordinal)));
        Assert.Contains("\ninfo ready ", await OutputAsync(served, "logs", name), StringComparison.Ordinal);
        using JsonDocument costs = JsonDocument.Parse(await OutputAsync(served, "top", "--json"));
        Assert.All(costs.RootElement.EnumerateArray(), one => Assert.True(one.GetProperty("memoryBytes").GetInt64() > 0));
        Assert.Contains("MEMORY MiB", await OutputAsync(served, "top", "--once"), StringComparison.Ordinal);
    }

    [ServiceFact]
    public async Task What_is_wanted_is_changed_and_taken_back()
    {
        await using Served served = await StartAsync("min: 1, max: 1", 1);

        // What is scaled stays what it is, whatever has become of the directory that it came from.
        System.IO.File.Move(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(served.State)!, "site", "index.html"), System.IO.Path.Combine(System.IO.Path.GetDirectoryName(served.State)!, "index.html"));
        Assert.Contains("site: 2 to 2 instances", await OutputAsync(served, "scale", "site", "2"), StringComparison.Ordinal);
        Assert.Equal(1, (await served.ServiceAsync("site")).Wanted);
        Assert.Equal("<p>from zero", await served.Client.GetStringAsync(served.Url));
        IReadOnlyList<InstanceView> two = await served.UntilAsync(instances => instances.Count(one => one.State == "running") == 2);
        await OutputAsync(served, "stop", two[0].Name);
        await served.UntilAsync(instances => instances.All(one => one.Name != two[0].Name) && instances.Count(one => one.State == "running") == 2);
        Assert.Contains("site: 1 to 3 instances", await OutputAsync(served, "scale", "site", "1-3"), StringComparison.Ordinal);

        await OutputAsync(served, "restart", "site", "--wait");
        Assert.Equal(2, (await served.ServiceAsync("site")).Revision);
        Assert.Contains("revision 3", await OutputAsync(served, "rollout", "undo", "site", "--wait"), StringComparison.Ordinal);
        Assert.Contains("3 *", await OutputAsync(served, "rollout", "status", "site"), StringComparison.Ordinal);
        Assert.Equal("complete", (await served.ServiceAsync("site")).Revisions.Last().State);

        await OutputAsync(served, "delete", "site");
        await served.UntilAsync(instances => instances.Count == 0);
        Assert.DoesNotContain("site", await OutputAsync(served, "services"), StringComparison.Ordinal);
    }

    [ServiceFact]
    public async Task What_is_asked_wrongly_is_told_with_its_code()
    {
        await using Served served = await StartAsync("min: 1", 1);
        string instance = (await served.InstancesAsync())[0].Name;
        await AssertFailsAsync(served, ExitCode.NotFound, "no service nothing", "describe", "nothing");
        await AssertFailsAsync(served, ExitCode.NotFound, "no service nothing", "ps", "nothing");
        await AssertFailsAsync(served, ExitCode.NotFound, "no service nothing", "delete", "nothing");
        await AssertFailsAsync(served, ExitCode.NotFound, "is a service, not an instance", "stop", "site");
        await AssertFailsAsync(served, ExitCode.NotFound, "is an instance, not a service", "restart", instance);
        await AssertFailsAsync(served, ExitCode.NotFound, "no instance site-99", "console", "site-99");
        await AssertFailsAsync(served, ExitCode.NotFound, "such a revision", "rollout", "undo", "site", "--to", "7");
        await AssertFailsAsync(served, ExitCode.Usage, "uaas delete site", "scale", "site", "0");
        await AssertFailsAsync(served, ExitCode.Usage, "neither a number nor MIN-MAX", "scale", "site", "many");
        await AssertFailsAsync(served, ExitCode.Usage, "it is not said how many", "scale", "site");
        await AssertFailsAsync(served, ExitCode.Configuration, "the node has", "scale", "site", "--min", "100000", "--max", "100000");
        await AssertFailsAsync(served, ExitCode.Usage, "did you mean 'describe'", "descirbe", "site");
        (int code, _, string errors) = await Command.RunAsync(null, "ps", "--state", served.State + "-of-nobody");
        Assert.Equal((ExitCode.Daemon, true), (code, errors.Contains("there is no such socket", StringComparison.Ordinal)));
    }

    [ServiceFact]
    public async Task What_is_followed_goes_on_through_the_death_of_the_master_and_ends_well_with_Ctrl_C()
    {
        await using Served served = await StartAsync("min: 1", 1);
        string name = (await served.InstancesAsync())[0].Name;
        using Command events = served.Follow("events", "-f");
        using Command logs = served.Follow("logs", "site", "-f");
        using Command console = served.Follow("console", name);
        await events.LineAsync("").WaitAsync(Patience);
        await logs.LineAsync("").WaitAsync(Patience);
        Assert.StartsWith("info ", await console.LineAsync("info ready").WaitAsync(Patience), StringComparison.Ordinal);
        Served.Kill(await served.ProcessAsync("serve-master"));
        await served.RunAsync("restart", "site", "--wait");
        string next = (await served.UntilAsync(instances => instances.Count == 1 && instances[0].Name != name))[0].Name;
        await UntilAsync(() => events.Output.Contains($"{next}  ready", StringComparison.Ordinal), events);
        await UntilAsync(() => logs.Output.Contains($"{next} | info ready", StringComparison.Ordinal), logs);
        Assert.Equal(logs.Output.Split('\n').Distinct().Count(), logs.Output.Split('\n').Length);
        Assert.DoesNotContain(next, console.Output, StringComparison.Ordinal);
        foreach (Command one in new[] { events, logs, console })
        {
            one.Signal("INT");
            Assert.Equal(ExitCode.Ok, await one.EndAsync());
        }
    }

    [ServiceFact]
    public async Task A_second_up_tells_the_daemon_that_runs_and_follows_it()
    {
        await using Served served = await StartAsync("min: 1", 1);
        string file = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(served.State)!, "uaas.yaml");
        string output = await OutputAsync(served, "up", "-d", "-f", file);
        Assert.Contains("unchanged site", output, StringComparison.Ordinal);
        Assert.Contains($"ready {served.Url}", output, StringComparison.Ordinal);
        foreach (string[] options in new string[][] { ["--https-port", "8443"], ["--access-log", "-"], ["--log-format", "json"], ["--api", "127.0.0.1:7070"], ["--port", "1"], ["--listen", "127.0.0.9"] })
            await AssertFailsAsync(served, ExitCode.Usage, $"{options[0]} would change nothing of it", ["up", "-d", "-f", file, .. options]);
        Assert.Contains("unchanged site", await OutputAsync(served, "up", "-d", "-f", file, "--port", $"{served.Url.Port}", "--listen", "127.0.0.1"), StringComparison.Ordinal);
        using Command second = served.Follow("up", "-f", file);
        await second.LineAsync("ready ").WaitAsync(Patience);
        second.Signal("INT");
        Assert.Equal(ExitCode.Ok, await second.EndAsync());
        Assert.Equal("<p>from zero", await served.Client.GetStringAsync(served.Url));
    }

    [ServiceFact]
    public async Task Ctrl_C_while_a_daemon_begins_ends_it_without_a_word_of_what_that_broke()
    {
        string folder = System.IO.Directory.CreateTempSubdirectory("uaas-begin-").FullName;
        System.IO.Directory.CreateDirectory(System.IO.Path.Combine(folder, "site"));
        await System.IO.File.WriteAllTextAsync(System.IO.Path.Combine(folder, "site", "index.html"), "begin");
        await System.IO.File.WriteAllTextAsync(System.IO.Path.Combine(folder, "uaas.yaml"), "services: { site: { image: http, content: ./site, vmm: spt, scale: 2 } }");
        foreach (int wait in new[] { 0, 80, 200 })
        {
            string state = System.IO.Path.Combine(folder, "state");
            using Command command = Command.Start(null, "up", "-f", System.IO.Path.Combine(folder, "uaas.yaml"), "--state", state, "--port", "0");

            // As soon as its sockets are there it has begun, and takes the signal itself.
            await UntilAsync(() => System.IO.File.Exists(System.IO.Path.Combine(state, "node.pid")), command);
            await Task.Delay(wait);
            List<KnownProcess> processes = ProcessTree.Below(command.Id);
            command.Signal("INT");
            Assert.Contains(await command.EndAsync(), new[] { ExitCode.Ok, ExitCode.Interrupted });
            Assert.DoesNotContain("unexpected", command.Errors, StringComparison.Ordinal);
            Assert.Empty(await ProcessTree.LeftAsync(processes));
            System.IO.Directory.Delete(state, recursive: true);
        }
        System.IO.Directory.Delete(folder, recursive: true);
    }

    [ServiceFact]
    public async Task Bash_completes_verbs_options_and_names()
    {
        await using Served served = await StartAsync("min: 1", 1);
        string script = $$"""
            uaas() { {{Command.Executable}} "$@"; }
            export UAAS_STATE={{served.State}}
            source <(uaas completion bash)
            try() { COMP_LINE=$1 COMP_POINT=${#1} COMP_WORDS=($1); [[ $1 != *' ' ]] || COMP_WORDS+=(''); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _uaas; echo "$1:${COMPREPLY[*]}"; }
            try 'uaas serv'; try 'uaas describe '; try 'uaas scale site --mi'
            """;
        using var bash = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/bin/bash", ["-c", script]) { RedirectStandardOutput = true })!;
        string[] said = (await bash.StandardOutput.ReadToEndAsync()).Split('\n');
        Assert.Equal("uaas serv:serve services", said[0]);
        Assert.Equal("uaas describe :site site-1", said[1]);
        Assert.Equal("uaas scale site --mi:--min", said[2]);
        foreach (string shell in new[] { "zsh", "fish" })
            Assert.Contains("[suggest:", (await Command.RunAsync(null, "completion", shell)).Output, StringComparison.Ordinal);
    }

    private static async Task<Served> StartAsync(string scale, int running)
    {
        Served served = await Served.StartAsync(scale);
        await served.UntilAsync(instances => instances.Count(one => one.State == "running") == running);
        return served;
    }

    private static async Task<string> OutputAsync(Served served, params string[] arguments)
    {
        (int code, string output, string errors) = await served.RunAsync(arguments);
        Assert.True(code == ExitCode.Ok, $"{string.Join(' ', arguments)} ended with {code}: {errors}");
        return output;
    }

    private static async Task AssertFailsAsync(Served served, int code, string message, params string[] arguments)
    {
        (int ended, _, string errors) = await served.RunAsync(arguments);
        Assert.True(ended == code && errors.Contains(message, StringComparison.Ordinal), $"{string.Join(' ', arguments)} ended with {ended}: {errors}");
    }

    private static async Task UntilAsync(Func<bool> wanted, Command command)
    {
        for (DateTime end = DateTime.UtcNow + Patience; !wanted(); await Task.Delay(20))
            Assert.True(DateTime.UtcNow < end, $"not in time; it said: {command.Output}\n{command.Errors}");
    }
}
