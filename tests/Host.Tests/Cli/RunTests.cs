// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Threading.Tasks;
using Xunit;

namespace Uaas.Host.Tests.Cli;

/// <summary><c>uaas run http</c> with real unikernels: it serves, it says what went wrong, and it leaves nothing behind however it ends.</summary>
[Trait("Needs", "namespaces, the http image")]
public sealed class RunTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-test-").FullName;
    private readonly string _content;
    private readonly string _temporary;
    private readonly HttpClient _client = new() { Timeout = Patience };

    public RunTests()
    {
        _content = Directory.CreateDirectory(Path.Combine(_folder, "content")).FullName;
        _temporary = Directory.CreateDirectory(Path.Combine(_folder, "tmp")).FullName;
        File.WriteAllText(Path.Combine(_content, "index.html"), "<p>first light");
        byte[] large = new byte[3_000_000];
        new Random(1).NextBytes(large);
        File.WriteAllBytes(Path.Combine(_content, "large.bin"), large);
    }

    public void Dispose()
    {
        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [ServiceFact]
    public Task Serves_on_spt() => ServesAsync("spt");

    [QemuServiceFact]
    public Task Serves_on_qemu() => ServesAsync("qemu");

    [ServiceFact]
    public async Task Video_and_all_in_one_need_no_volume()
    {
        foreach (string[] service in new string[][] { ["flv"], ["combined", "--content", _content] })
        {
            using var command = Command.Start(Environment, ["run", .. service, "--port", "0", "--rtmp-port", "0", "--vmm", "spt"]);
            var url = new Uri(Url(await command.FirstLine));
            Assert.Equal(System.Net.HttpStatusCode.NotFound, (await _client.GetAsync(new Uri(url, "nothing.html"))).StatusCode);
            command.Signal("INT");
            Assert.Equal(0, await command.EndAsync());
        }
    }

    [ServiceFact]
    public async Task An_image_is_built_and_run_and_refused_once_it_is_altered()
    {
        (int code, string output, string errors) = await Command.RunAsync(Environment, "build", _content, "-t", "site:1");
        Assert.True(code == 0 && output.StartsWith("built site:1 sha256:", StringComparison.Ordinal), errors);
        using (Command command = Command.Start(Environment, "run", "site:1", "--port", "0", "--vmm", "spt"))
        {
            Assert.Equal("<p>first light", await _client.GetStringAsync(Url(await command.FirstLine)));
            Assert.Equal(27, (await Command.RunAsync(Environment, "rm", "site:1")).Code);
            command.Signal("INT");
            Assert.Equal(0, await command.EndAsync());
        }
        string content = Directory.GetFiles(Path.Combine(_folder, "store", "blobs", "sha256")).MaxBy(file => new FileInfo(file).Length)!;
        using (FileStream file = File.OpenWrite(content))
            file.SetLength(file.Length - 512);
        (code, _, errors) = await Command.RunAsync(Environment, "run", "site:1", "--port", "0", "--vmm", "spt");
        Assert.Equal(21, code);
        Assert.Contains($"content (sha256:{Path.GetFileName(content)})", errors, StringComparison.Ordinal);
    }

    [ServiceFact]
    public Task Ctrl_C_leaves_nothing_behind() => LeavesNothingAsync("INT", 0);

    [ServiceFact]
    public Task SIGTERM_leaves_nothing_behind() => LeavesNothingAsync("TERM", 0);

    [ServiceFact]
    public Task SIGKILL_leaves_nothing_behind() => LeavesNothingAsync("KILL", 137);

    [ServiceFact]
    public async Task The_management_port_is_served_where_that_is_asked_for()
    {
        using Command command = Start("--vmm", "spt", "--management-port", "0");
        await command.FirstLine;
        string line = await command.LineAsync("management ").WaitAsync(Patience);
        string metrics = await _client.GetStringAsync(line["management ".Length..] + "metrics");
        Assert.Contains("http_requests_total", metrics, StringComparison.Ordinal);
    }

    [ServiceFact]
    public async Task A_second_Ctrl_C_ends_at_once_what_would_take_long_and_is_no_failure()
    {
        using Command command = Start("--vmm", "spt");
        string url = Url(await command.FirstLine);
        List<KnownProcess> processes = ProcessTree.Below(command.Id);
        // An answer that nobody reads to its end keeps the node from ending in order.
        using Stream unread = await _client.GetStreamAsync(url + "large.bin");
        command.Signal("INT");
        command.Signal("INT");
        Assert.Equal(0, await command.EndAsync());
        Assert.DoesNotContain("was killed", command.Errors, StringComparison.Ordinal);
        Assert.Empty(await ProcessTree.LeftAsync(processes));
    }

    [ServiceFact]
    public async Task A_node_that_is_killed_is_reported_and_leaves_nothing_behind()
    {
        using Command command = Start("--vmm", "spt");
        await command.FirstLine;
        List<KnownProcess> processes = ProcessTree.Below(command.Id);
        KnownProcess node = processes.Single(process => process.Name == "uaas");
        Kill(node);
        Assert.Equal(19, await command.EndAsync());
        Assert.Empty(await ProcessTree.LeftAsync(processes));
    }

    [ServiceFact]
    public async Task An_instance_that_dies_is_missed_only_when_it_was_the_last()
    {
        using Command command = Start("--vmm", "spt", "--instances", "2");
        string url = Url(await command.FirstLine);
        List<KnownProcess> tenders = [.. ProcessTree.Below(command.Id).Where(process => process.Name == "uaas-spt")];
        Assert.Equal(2, tenders.Count);
        Kill(tenders[0]);
        for (int i = 0; i < 10; i++)
            Assert.Equal("<p>first light", await _client.GetStringAsync(url));
        Kill(tenders[1]);
        Assert.Equal(18, await command.EndAsync());
        Assert.Contains("has ended: killed (SIGKILL)", command.Errors, StringComparison.Ordinal);
        Assert.Contains("no instance is left", command.Errors, StringComparison.Ordinal);
    }

    [ServiceFact]
    public async Task Too_little_memory_for_the_guest_is_code_15_with_the_reason()
    {
        (int code, string output, string errors) = await Command.RunAsync(Environment, Arguments("--vmm", "spt", "--mem", "12"));
        Assert.Equal(15, code);
        Assert.Contains("too_little_memory", errors, StringComparison.Ordinal);
        Assert.Contains("http-1 ended before it served", errors, StringComparison.Ordinal);
        Assert.Contains("http-1 | ", errors, StringComparison.Ordinal);
        Assert.Empty(output);
    }

    [ServiceFact]
    public async Task A_wrong_configuration_is_code_10_and_named()
    {
        File.WriteAllText(Path.Combine(_content, "uaas-site.yaml"), "no-such-key: 1\n");
        (int code, _, string errors) = await Command.RunAsync(Environment, Arguments("--vmm", "spt"));
        Assert.Equal(10, code);
        Assert.Contains("no-such-key", errors, StringComparison.Ordinal);
    }

    [ServiceFact]
    public async Task A_temporary_folder_that_is_not_there_is_code_10()
    {
        Dictionary<string, string> environment = Environment;
        environment["TMPDIR"] = Path.Combine(_folder, "missing");
        (int code, _, string errors) = await Command.RunAsync(environment, Arguments("--vmm", "spt"));
        Assert.Equal(10, code);
        Assert.Contains("set TMPDIR", errors, StringComparison.Ordinal);
    }

    [ServiceFact]
    public async Task An_empty_directory_is_served_with_a_warning()
    {
        File.Delete(Path.Combine(_content, "index.html"));
        File.Delete(Path.Combine(_content, "large.bin"));
        using Command command = Start("--vmm", "spt");
        using HttpResponseMessage response = await _client.GetAsync(Url(await command.FirstLine));
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains($"there are no files in {_content}", command.Errors, StringComparison.Ordinal);
        command.Signal("INT");
        Assert.Equal(0, await command.EndAsync());
    }

    [ServiceFact(Privilege.OwnRoot)]
    public async Task A_full_disk_is_code_17_and_leaves_nothing_behind()
    {
        Run("mount", "-t", "tmpfs", "-o", "size=256k", "none", _temporary);
        try
        {
            (int code, _, string errors) = await Command.RunAsync(Environment, Arguments("--vmm", "spt"));
            Assert.Equal(17, code);
            Assert.Contains("no space left", errors, StringComparison.OrdinalIgnoreCase);
            Assert.Empty(Directory.GetFileSystemEntries(_temporary));
        }
        finally
        {
            Run("umount", _temporary);
        }
    }

    private Dictionary<string, string> Environment => new()
    {
        ["TMPDIR"] = _temporary,
        ["XDG_CACHE_HOME"] = Path.Combine(_folder, "cache"),
        ["UAAS_STORE"] = Path.Combine(_folder, "store"),
    };

    private async Task ServesAsync(string monitor)
    {
        using Command command = Start("--vmm", monitor);
        string url = Url(await command.FirstLine);
        Assert.Equal("<p>first light", await _client.GetStringAsync(url));
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(_content, "large.bin")), await _client.GetByteArrayAsync(url + "large.bin"));
        using HttpResponseMessage missing = await _client.GetAsync(url + "missing");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        command.Signal("INT");
        Assert.Equal(0, await command.EndAsync());
        Assert.Equal($"ready {url}", command.Output);
    }

    private async Task LeavesNothingAsync(string signal, int expectedCode)
    {
        using Command command = Start("--vmm", "spt", "--instances", "2");
        string url = Url(await command.FirstLine);
        List<KnownProcess> processes = ProcessTree.Below(command.Id);
        Assert.Contains(processes, process => process.Name == "uaas-spt");
        command.Signal(signal);
        Assert.Equal(expectedCode, await command.EndAsync());
        Assert.Empty(await ProcessTree.LeftAsync(processes));
        Assert.Empty(Directory.GetFileSystemEntries(_temporary));
        await Assert.ThrowsAsync<HttpRequestException>(() => _client.GetStringAsync(url));
    }

    private Command Start(params string[] arguments) => Command.Start(Environment, Arguments(arguments));

    private string[] Arguments(params string[] more) => ["run", "http", "--content", _content, "--port", "0", .. more];

    private static string Url(string line)
    {
        Assert.StartsWith("ready http://127.0.0.1:", line, StringComparison.Ordinal);
        return line["ready ".Length..];
    }

    private static void Kill(KnownProcess process) => Run("kill", "-KILL", $"{process.Id}");

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
