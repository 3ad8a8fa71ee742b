// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Text.Json;
using System.Threading.Tasks;
using Uaas.Cli;
using Uaas.Host.Tests.Cli;
using Uaas.Linux;
using Uaas.Master.Api;
using Uaas.Master.Control;

namespace Uaas.Serve.Tests;

/// <summary>A daemon started by <c>uaas up</c> on a site of its own, as a person would.</summary>
internal sealed class Served : IAsyncDisposable
{
    // Most of it is the start of a daemon's processes beside everything else that a busy machine does.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder;
    private Command _command;

    private Served(string folder, Command command, Uri url)
    {
        _folder = folder;
        _command = command;
        Url = url;
        Api = new ApiClient(Path.Combine(folder, "state", "api.sock"));
    }

    internal Uri Url { get; private set; }

    internal ApiClient Api { get; }

    internal HttpClient Client { get; } = new() { Timeout = Patience };

    internal string State => Path.Combine(_folder, "state");

    internal string Log => _command.Output + "\n" + _command.Errors;

    /// <summary>Starts a daemon; it serves when this returns.</summary>
    /// <param name="scale">The service's <c>scale</c>.</param>
    /// <param name="rest">Further lines of the service.</param>
    /// <param name="environment">What the daemon's environment has beside this one's.</param>
    /// <param name="options">Further words of the command line.</param>
    internal static async Task<Served> StartAsync(string scale, string rest = "", IReadOnlyDictionary<string, string>? environment = null, params IReadOnlyList<string> options)
    {
        string folder = Directory.CreateTempSubdirectory("uaas-serve-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "site"));
        await File.WriteAllTextAsync(Path.Combine(folder, "site", "index.html"), "<p>from zero");
        await File.WriteAllBytesAsync(Path.Combine(folder, "site", "large.bin"), new byte[8 << 20]);
        await WriteAsync(folder, scale, rest);
        return await UpAsync(folder, environment, options, []);
    }

    /// <summary>Starts a daemon on a uaas.yaml of the test's own, beside which there is the folder <c>site</c>.</summary>
    /// <param name="yaml">Its text.</param>
    /// <param name="more">Adds to the folder before.</param>
    /// <param name="by">The command that starts the daemon's, such as nsenter(1); none for this process itself.</param>
    internal static async Task<Served> StartFileAsync(string yaml, Func<string, Task>? more = null, string[]? by = null)
    {
        string folder = Directory.CreateTempSubdirectory("uaas-serve-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "site"));
        await File.WriteAllTextAsync(Path.Combine(folder, "site", "index.html"), "<p>from zero");
        await File.WriteAllBytesAsync(Path.Combine(folder, "site", "large.bin"), new byte[8 << 20]);
        await File.WriteAllTextAsync(Path.Combine(folder, "uaas.yaml"), yaml);
        if (more is not null)
            await more(folder);
        return await UpAsync(folder, null, [], by ?? []);
    }

    private static async Task<Served> UpAsync(string folder, IReadOnlyDictionary<string, string>? environment, IReadOnlyList<string> options, string[] by)
    {
        Command command = Command.StartBy(by, environment, ["up", "-f", Path.Combine(folder, "uaas.yaml"), "--state", Path.Combine(folder, "state"), "--port", "0", .. options]);
        try
        {
            string line = await command.LineAsync("ready ").WaitAsync(Patience);
            return new Served(folder, command, new Uri(line["ready ".Length..]));
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException)
        {
            // Nobody else ends it.
            command.Dispose();
            throw;
        }
    }

    /// <summary>Ends the daemon in order, and starts another on the same directory.</summary>
    internal async Task RestartAsync()
    {
        Assert.Equal(0, await EndAsync("INT"));
        _command.Dispose();
        _command = Command.Start(null, "up", "-f", Path.Combine(_folder, "uaas.yaml"), "--state", State, "--port", "0");
        string line = await _command.LineAsync("ready ").WaitAsync(Patience);
        Url = new Uri(line["ready ".Length..]);
    }

    /// <summary>Changes uaas.yaml and, where one is given, the page, and applies both.</summary>
    internal async Task<(int Code, string Output, string Errors)> ApplyAsync(string scale, string? page, string rest = "")
    {
        if (page is not null)
            await File.WriteAllTextAsync(Path.Combine(_folder, "site", "index.html"), page);
        await WriteAsync(_folder, scale, rest);
        return await RunAsync("apply", "-f", Path.Combine(_folder, "uaas.yaml"));
    }

    /// <summary>Applies another uaas.yaml.</summary>
    internal async Task<(int Code, string Output, string Errors)> ApplyFileAsync(string yaml)
    {
        await File.WriteAllTextAsync(FilePath, yaml);
        return await RunAsync("apply", "-f", FilePath);
    }

    /// <summary>Where its uaas.yaml is.</summary>
    internal string FilePath => Path.Combine(_folder, "uaas.yaml");

    /// <summary>Asks for a path; the status and the text.</summary>
    internal async Task<(int Status, string Text)> AskAsync(string path)
    {
        using HttpResponseMessage answer = await Client.GetAsync(new Uri(Url, path));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The words that enter a process's network namespace: of an ordinary user's by way of the user namespace that it belongs to.</summary>
    internal static string[] Enter(string process) =>
        ["/usr/bin/nsenter", .. Environment.IsPrivilegedProcess ? Array.Empty<string>() : [$"--user=/proc/{process}/ns/user", "--preserve-credentials"], $"--net=/proc/{process}/ns/net", "--"];

    /// <summary>What a program in the node's network namespace prints.</summary>
    internal async Task<string> InNodeAsync(params string[] command)
    {
        string node = (await File.ReadAllTextAsync(Path.Combine(State, "node.pid"))).Trim();
        using var process = System.Diagnostics.Process.Start(new ProcessStartInfo(Enter(node)[0], [.. Enter(node)[1..], .. command]) { RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        await process.WaitForExitAsync().WaitAsync(Patience);
        return output;
    }

    /// <summary>Writes a file of the site or uaas.yaml, and tells nobody.</summary>
    internal Task EditAsync(string file, string text) => File.WriteAllTextAsync(Path.Combine(_folder, file), text);

    /// <summary>The line on standard output that begins so.</summary>
    internal Task<string> LineAsync(string start) => _command.LineAsync(start).WaitAsync(Patience);

    /// <summary>Runs a verb on this daemon.</summary>
    internal Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments) => Command.RunAsync(null, [.. arguments, "--state", State]);

    /// <summary>Applies a file of that text.</summary>
    internal async Task<(int Code, string Output, string Errors)> ApplyTextAsync(string yaml, params string[] options)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "other.yaml"), yaml);
        return await RunAsync(["apply", Path.Combine(_folder, "other.yaml"), .. options]);
    }

    /// <summary>Starts a verb on this daemon that goes on until it is told to end.</summary>
    internal Command Follow(params string[] arguments) => Command.Start(null, [.. arguments, "--state", State]);

    internal Task<ServiceView> ServiceAsync(string name) => Api.GetAsync($"namespaces/default/services/{name}", ApiJson.Default.ServiceView);

    internal Task<IReadOnlyList<InstanceView>> InstancesAsync() => Api.GetAsync("instances", ApiJson.Default.IReadOnlyListInstanceView);

    /// <summary>Waits until the instances are as wanted.</summary>
    internal async Task<IReadOnlyList<InstanceView>> UntilAsync(Func<IReadOnlyList<InstanceView>, bool> wanted)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            IReadOnlyList<InstanceView> now = await InstancesOfLivingMasterAsync();
            if (wanted(now))
                return now;
            Assert.True(watch.Elapsed < Patience, $"not in time; there are: {string.Join(", ", now.Select(one => $"{one.Name} {one.State}"))}\n{Log}");
            await Task.Delay(20);
        }
    }

    /// <summary>Waits until something holds.</summary>
    internal async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(watch.Elapsed < Patience, $"{what}\n{Log}");
            await Task.Delay(20);
        }
    }

    /// <summary>A connection to a master that was just killed breaks; the next one waits for the next master.</summary>
    private async Task<IReadOnlyList<InstanceView>> InstancesOfLivingMasterAsync()
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return await InstancesAsync();
            }
            catch (UaasException e) when (e.Failure == Failure.Daemon && attempt < 100)
            {
                await Task.Delay(20);
            }
        }
    }

    /// <summary>The daemon's process of that role; waits for one that is just being started.</summary>
    internal async Task<KnownProcess> ProcessAsync(string role)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            foreach (KnownProcess process in Processes().Where(process => process.Name == "uaas"))
            {
                if (HasRole(process, role))
                    return process;
            }
            Assert.True(watch.Elapsed < Patience, $"there is no {role}\n{Log}");
            await Task.Delay(20);
        }
    }

    private static bool HasRole(KnownProcess process, string role)
    {
        try
        {
            return File.ReadAllText($"/proc/{process.Id}/cmdline").Contains(role, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    internal List<KnownProcess> Processes() => ProcessTree.Below(_command.Id);

    /// <summary>Stops a process, or lets it go on: STOP, CONT.</summary>
    internal static void Signal(KnownProcess process, string signal)
    {
        using var kill = System.Diagnostics.Process.Start("/bin/kill", [$"-{signal}", $"{process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Ends a process at once.</summary>
    internal static void Kill(KnownProcess process)
    {
        using var victim = System.Diagnostics.Process.GetProcessById(process.Id);
        victim.Kill();
    }

    /// <summary>Ends the daemon by a signal; its exit code.</summary>
    internal Task<int> EndAsync(string signal)
    {
        _command.Signal(signal);
        return _command.EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Api.Dispose();
        List<KnownProcess> processes = Processes();
        _command.Dispose();
        Assert.Empty(await ProcessTree.LeftAsync(processes));
        Directory.Delete(_folder, recursive: true);
    }

    private static Task WriteAsync(string folder, string scale, string rest) => File.WriteAllTextAsync(Path.Combine(folder, "uaas.yaml"), $$"""
        services:
          site:
            image: http
            content: ./site
            route: /
            vmm: spt
            scale: { {{scale}} }
        {{rest}}
        """);
}
