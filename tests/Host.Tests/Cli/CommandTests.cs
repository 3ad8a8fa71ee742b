// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Uaas.Host.Tests.Cli;

/// <summary>What the command says, and the code it ends with, when it cannot do what it was asked for.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-test-").FullName;
    private readonly Dictionary<string, string> _nothingBuilt;

    public CommandTests()
    {
        File.WriteAllText(Path.Combine(_folder, "index.html"), "hello");
        _nothingBuilt = new() { ["UAAS_HOME"] = Path.Combine(_folder, "none"), ["XDG_CACHE_HOME"] = Path.Combine(_folder, "cache"), ["UAAS_STORE"] = Path.Combine(_folder, "store") };
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("--help", "run")]
    [InlineData("run --help", "--content")]
    [InlineData("doctor --help", "--json")]
    public async Task Help_lists_what_there_is(string arguments, string expected)
    {
        (int code, string output, _) = await Command.RunAsync(null, arguments.Split(' '));
        Assert.Equal(0, code);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "Required command")]
    [InlineData("rum http", "there is no verb 'rum': did you mean 'run'?")]
    [InlineData("run http --contnet .", "there is no option '--contnet': did you mean '--content'?")]
    [InlineData("doctor now", "there is no further word 'now'")]
    [InlineData("run http", "--content")]
    [InlineData("run htp --content .", "there is no service htp (did you mean http?); there are: http, ")]
    [InlineData("run wordpress --content .", "there is no service wordpress; there are: http, ")]
    [InlineData("run flv --instances 2", "a stream lives where it is published")]
    [InlineData("run http --content . --rtmp-port 1935", "http takes no --rtmp-port")]
    [InlineData("run http --content . --vmm xen", "there is no monitor 'xen'. --vmm takes auto (the best that works here), spt (")]
    [InlineData("run http --content . --vmm htv", "there is no monitor 'htv'. Did you mean 'hvt'?")]
    [InlineData("run http --content . --instances 0", "--instances is from 1 to 1000, not 0")]
    [InlineData("run http --content . --port 70000", "--port is from 0 to 65535, not 70000")]
    [InlineData("run http --content . --port x", "--port takes a number, not 'x'")]
    [InlineData("run http --content . --mem 1", "--mem is from 2 to 4096, not 1")]
    [InlineData("run http --content . --listen nowhere", "'nowhere'")]
    [InlineData("run http --content . --colour red", "'--colour'")]
    public async Task A_wrong_command_line_is_code_2_and_names_the_word(string arguments, string expected)
    {
        (int code, string output, string errors) = await Command.RunAsync(_nothingBuilt, arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(2, code);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("ready", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Content_that_is_not_there_is_code_10() =>
        await FailsAsync(10, $"there is no directory {_folder}/missing", "run", "http", "--content", $"{_folder}/missing");

    [Theory]
    [InlineData("localhost:5000/shop:1")]
    [InlineData("shop:1")]
    [InlineData("./shop.elf")]
    public async Task An_image_that_is_not_there_is_code_21(string word) =>
        await FailsAsync(21, $"there is no image {word} on this machine, nor a file or directory of that name", "run", word);

    [Fact]
    public async Task Content_that_is_a_file_is_code_10() =>
        await FailsAsync(10, "is a file, not a directory", "run", "http", "--content", $"{_folder}/index.html");

    [Fact]
    public async Task A_configuration_that_is_not_there_is_code_10() =>
        await FailsAsync(10, "there is no configuration", "run", "http", "--content", _folder, "--config", $"{_folder}/site.yaml");

    [Fact]
    public async Task A_file_that_cannot_be_booted_is_code_21() =>
        await FailsAsync(21, "index.html is nothing that can be booted here", "run", $"{_folder}/index.html");

    [Theory]
    [InlineData(21, "there is no image site:1 on this machine", "inspect", "site:1")]
    [InlineData(21, "there is no image site:1 on this machine", "rm", "site:1")]
    [InlineData(21, "there is no image site:1 on this machine", "push", "site:1", "localhost:1/site:1")]
    [InlineData(22, "no connection with localhost:1", "pull", "localhost:1/site:1")]
    [InlineData(2, "site:1 names no registry", "pull", "site:1")]
    [InlineData(2, "'Site' cannot name an image", "pull", "Site")]
    public async Task Images_that_are_not_there_are_said(int code, string message, params string[] arguments) => await FailsAsync(code, message, arguments);

    [Fact]
    public async Task A_port_in_use_is_code_11()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        await FailsAsync(11, $"port {port} of 127.0.0.1 is in use", "run", "http", "--content", _folder, "--port", port);
    }

    [Fact]
    public async Task An_address_that_is_not_ours_is_code_11() =>
        await FailsAsync(11, "192.0.2.1 is not an address of this machine", "run", "http", "--content", _folder, "--listen", "192.0.2.1");

    [ServiceFact]
    public async Task A_monitor_that_does_not_work_is_code_13() =>
        await FailsAsync(13, "spt does not work here", "run", "http", "--content", _folder, "--port", "0", "--vmm", "spt");

    [Fact]
    public async Task Doctor_speaks_JSON_and_says_what_to_do()
    {
        (int code, string output, _) = await Command.RunAsync(_nothingBuilt, "doctor", "--json");
        Assert.Equal(13, code);
        using var json = JsonDocument.Parse(output);
        JsonElement monitors = json.RootElement.GetProperty("monitors");
        Assert.Equal(4, monitors.GetArrayLength());
        foreach (JsonElement monitor in monitors.EnumerateArray())
        {
            Assert.False(monitor.GetProperty("usable").GetBoolean());
            Assert.NotEmpty(monitor.GetProperty("detail").GetString()!);
            Assert.NotEmpty(monitor.GetProperty("remedy").GetString()!);
        }
    }

    [Fact]
    public async Task Doctor_shows_people_a_table()
    {
        (_, string output, _) = await Command.RunAsync(_nothingBuilt, "doctor");
        Assert.Contains("qemu-tcg", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', output);
    }

    [Fact]
    public async Task The_nodes_own_command_refuses_to_touch_the_hosts_network()
    {
        string host = Uaas.Networking.NodeNetwork.CurrentNamespace();
        string options = $$"""{"hostNamespace":"{{host}}","listener":0,"lifeline":0,"started":0,"url":"","service":"http","image":"","monitor":"spt","content":".","instances":1,"memoryMebibytes":8}""";
        await FailsAsync(12, "a node must have a network namespace of its own", "node", options);
    }

    private async Task FailsAsync(int expectedCode, string message, params string[] arguments)
    {
        (int code, string output, string errors) = await Command.RunAsync(_nothingBuilt, arguments);
        Assert.Equal(expectedCode, code);
        Assert.Contains(message, errors, StringComparison.Ordinal);
        Assert.Contains("→", errors, StringComparison.Ordinal);
        Assert.Empty(output);
    }
}
