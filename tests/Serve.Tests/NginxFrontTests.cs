// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Threading.Tasks;
using Uaas.Cli;
using Uaas.Host.Tests;
using Uaas.Host.Tests.Cli;
using Uaas.Net.Testing;

namespace Uaas.Serve.Tests;

/// <summary>A test with unikernels and nginx. Skipped by name where either cannot be had.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NginxServiceFactAttribute : ServiceFactAttribute
{
    /// <summary>Decides once, when the test is found.</summary>
    /// <param name="privilege">What it does that takes more than the command.</param>
    public NginxServiceFactAttribute(Privilege privilege = Privilege.None)
        : base(privilege)
    {
        if (Skip is null && (!File.Exists("/usr/sbin/nginx") || !File.Exists("/usr/lib/nginx/modules/ngx_stream_module.so")))
            Skip = "needs nginx and libnginx-mod-stream";
        else if (Skip is null && !File.Exists(Path.Combine(Locations.Find().NginxModules, "ngx_http_uaas_module.so")))
            Skip = "needs the nginx modules built";
    }
}

/// <summary><c>uaas nginx</c> beside a daemon, with real unikernels.</summary>
[Trait("Needs", "namespaces, the http image, nginx")]
public sealed class NginxFrontTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [NginxServiceFact]
    public async Task Nginx_starts_a_service_at_zero_by_a_request_and_lets_it_go()
    {
        await using Served served = await Served.StartAsync("min: 0, idle: 1s");
        int port = FreePort.Find();
        using Command nginx = await StartAsync(served, port);
        Uri url = new($"http://127.0.0.1:{port}/");
        Assert.Equal("<p>from zero", await served.Client.GetStringAsync(url));
        Assert.Equal(8 << 20, (await served.Client.GetByteArrayAsync(new Uri(url, "large.bin"))).Length);
        await served.UntilAsync(instances => instances.Count == 0);
        Assert.Equal("<p>from zero", await served.Client.GetStringAsync(url));
        nginx.Signal("QUIT");
        Assert.Equal(0, await nginx.EndAsync().WaitAsync(s_patience));
    }

    [NginxServiceFact]
    public async Task The_socket_that_nginx_inherits_holds_no_worker_that_found_nobody_to_accept()
    {
        await using Served served = await Served.StartAsync("min: 0, idle: 1s");
        int port = FreePort.Find();
        using Command nginx = await StartAsync(served, port);
        Assert.Equal("<p>from zero", await served.Client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/")));
        string inode = (await File.ReadAllLinesAsync("/proc/net/tcp")).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Single(words => words[1].EndsWith($":{port:X4}", StringComparison.Ordinal) && words[3] == "0A")[9];
        string descriptor = Directory.GetFiles($"/proc/{nginx.Id}/fd").Single(link => File.ResolveLinkTarget(link, false)!.Name == $"socket:[{inode}]");
        string flags = (await File.ReadAllLinesAsync($"/proc/{nginx.Id}/fdinfo/{Path.GetFileName(descriptor)}")).Single(line => line.StartsWith("flags:", StringComparison.Ordinal)).Split('\t')[1];
        const int NonBlocking = 0x800; // O_NONBLOCK
        Assert.Equal(NonBlocking, Convert.ToInt32(flags, 8) & NonBlocking);
        nginx.Signal("QUIT");
        Assert.Equal(0, await nginx.EndAsync().WaitAsync(s_patience));
    }

    [NginxServiceFact]
    public async Task Its_configuration_can_be_checked_without_a_daemon_and_not_served()
    {
        string folder = Directory.CreateTempSubdirectory("uaas-nginx-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "uaas.yaml"), "services:\n  web:\n    image: http\n    content: .\n    route: /\n");
        string[] arguments = ["nginx", "-f", Path.Combine(folder, "uaas.yaml"), "--state", Path.Combine(folder, "state")];
        (int code, _, string errors) = await Command.RunAsync(null, [.. arguments, "--check"]);
        Assert.Equal(0, code);
        Assert.Contains("test is successful", errors, StringComparison.Ordinal);
        (code, _, errors) = await Command.RunAsync(null, arguments);
        Assert.Equal(ExitCode.Daemon, code);
        Assert.Contains("no daemon runs", errors, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<Command> StartAsync(Served served, int port)
    {
        Command nginx = Command.Start(null, "nginx", "-f", Path.Combine(served.State, "..", "uaas.yaml"), "--state", served.State, "--port", $"{port}");
        await nginx.LineAsync("serving ").WaitAsync(s_patience);
        return nginx;
    }
}
