// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Threading.Tasks;
using Uaas.Cli;
using Uaas.Host.Tests;
using Uaas.Host.Tests.Cli;
using Uaas.Linux;
using Uaas.Master.Api;
using Uaas.Master.Control;
using Uaas.Net.Testing;

namespace Uaas.Serve.Tests;

/// <summary>What cannot be: it is said, with the reason, and what served goes on serving.</summary>
[Trait("Needs", "namespaces, the http image, the guests of tests")]
public sealed class TroubleTests
{
    private const string Page = "<p>from zero";

    // It has no network device: its monitor refuses it.
    private static string Unbootable => Locations.Find().ExistingImage("faults", "spt");

    [ServiceFact]
    public async Task A_revision_that_cannot_boot_is_undone_and_says_why_whatever_dies_meanwhile()
    {
        await using Served served = await Served.StartAsync("min: 1");
        await served.UntilAsync(instances => instances.Any(one => one.State == "running"));
        (int code, _, string errors) = await served.ApplyTextAsync($"services: {{ site: {{ image: {Unbootable}, scale: 1, route: / }} }}", "--wait");
        Assert.True(code == ExitCode.Boot && errors.Contains("revision 2 was given up for 1", StringComparison.Ordinal), $"{code}: {errors}");
        Assert.Equal(Page, await served.Client.GetStringAsync(served.Url));
        Served.Kill(await served.ProcessAsync("serve-master"));
        (code, string status, errors) = await served.RunAsync("rollout", "status", "site");
        Assert.Equal(ExitCode.Ok, code);
        string failed = status.Split('\n').Single(line => line.StartsWith("2 ", StringComparison.Ordinal));
        Assert.Contains("failed", failed, StringComparison.Ordinal);
        Assert.Contains("the monitor refused it", failed, StringComparison.Ordinal);
        Assert.Contains("given up for 1", (await served.RunAsync("ps")).Output, StringComparison.Ordinal);
        Assert.Equal(Page, await served.Client.GetStringAsync(served.Url));
    }

    [ServiceFact]
    public async Task A_service_that_cannot_boot_says_so_with_the_last_lines_of_its_console()
    {
        await using Served served = await Served.StartAsync("min: 1");
        (int code, _, string errors) = await served.ApplyTextAsync($"services: {{ bad: {{ image: {Unbootable}, scale: 1, restart: {{ crash-loop: 2, backoff: 50ms }} }} }}", "--wait");
        Assert.True(code == ExitCode.Boot && errors.Contains("bad does not come up", StringComparison.Ordinal), $"{code}: {errors}");
        foreach (string[] verb in new[] { new[] { "ps" }, ["services"], ["describe", "bad"] })
        {
            string output = (await served.RunAsync(verb)).Output;
            Assert.Contains("the monitor refused it (code 125)", output, StringComparison.Ordinal);
            Assert.Contains("| uaas-spt: service: the guest has no device of this name", output, StringComparison.Ordinal);
        }
        Assert.Equal("crash-loop", (await served.ServiceAsync("bad")).State);
        using HttpResponseMessage answer = await served.Client.GetAsync(served.Url);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    [ServiceFact]
    public async Task A_file_that_is_wrong_anywhere_changes_nothing()
    {
        await using Served served = await Served.StartAsync("min: 0");
        string site = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(served.State)!, "site");
        string before = (await served.ServiceAsync("site")).Etag;
        string good = $"services:\n  more: {{ image: http, content: {site}, route: /more }}\n";
        foreach ((string bad, string said) in new[]
        {
            ($"  site: {{ image: http, content: {site}, rout: / }}", "other.yaml:3:"),
            ($"  site: {{ image: http, content: {site}, scale: {{ min: many }} }}", "services.site.scale.min"),
            ($"  site: {{ image: http, content: {site}, route: /more }}", "the route /more is taken by 'more' in line 2"),
            ("  site: { image: nobodys:1 }", "other.yaml:3:11: services.site.image: "),
            ($"  site: {{ image: http, content: {site}, scale: {{ min: 900000, max: 900000 }} }}", "the node has"),
            ($"  site: {{ image: http, content: {site}/none }}", "there is no directory"),
        })
        {
            (int code, _, string errors) = await served.ApplyTextAsync(good + bad);
            Assert.True(code is ExitCode.Configuration or ExitCode.Image && errors.Contains(said, StringComparison.Ordinal), $"{bad}\n{code}: {errors}");
        }
        Assert.Equal(before, (await served.ServiceAsync("site")).Etag);
        Assert.DoesNotContain("more", (await served.RunAsync("services")).Output, StringComparison.Ordinal);
        Assert.Equal(Page, await served.Client.GetStringAsync(served.Url));
    }

    [ServiceFact]
    public async Task A_namespace_keeps_its_routes_and_its_tokens_to_itself()
    {
        int port = FreePort.Find();
        await using Served served = await Served.StartAsync("min: 1", options: ["--api", $"127.0.0.1:{port}"]);
        await served.UntilAsync(instances => instances.Any(one => one.State == "running"));
        string site = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(served.State)!, "site");
        (int code, _, string errors) = await served.ApplyTextAsync($"namespace: team\nservices: {{ web: {{ image: http, content: {site} }} }}");
        Assert.True(code == ExitCode.Configuration && errors.Contains("services.web.route: / is taken by site of namespace default", StringComparison.Ordinal), $"{code}: {errors}");
        (code, _, errors) = await served.ApplyTextAsync($"namespace: team\nservices: {{ web: {{ image: http, content: {site}, route: /team, scale: 1 }} }}");
        Assert.True(code == ExitCode.Ok, errors);
        await served.UntilAsync(instances => instances.Any(one => one is { Namespace: "team", State: "running" }));

        string token = (await served.RunAsync("token", "create", "theirs", "--role", "admin", "--namespace", "team")).Output;
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        foreach (string path in new[] { "v1/services", "v1/instances", "v1/events?count=1000" })
            Assert.DoesNotContain("site", await client.GetStringAsync(new Uri(path, UriKind.Relative)), StringComparison.Ordinal);
        Assert.Contains("web", await client.GetStringAsync(new Uri("v1/services", UriKind.Relative)), StringComparison.Ordinal);
        string theirs = (await served.InstancesAsync()).First(one => one.Namespace == "default").Name;
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(client, HttpMethod.Get, "v1/namespaces/default/services/site"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(client, HttpMethod.Delete, "v1/namespaces/default/services/site"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(client, HttpMethod.Get, "metrics"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(client, HttpMethod.Delete, $"v1/instances/{theirs}"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, HttpMethod.Get, "v1/namespaces/team/services/web"));
        Assert.Equal(HttpStatusCode.NoContent, await StatusAsync(client, HttpMethod.Delete, "v1/namespaces/team/services/web"));
        Assert.Equal("running", (await served.ServiceAsync("site")).State);
    }

    [ServiceFact]
    public async Task A_port_that_is_taken_is_told_with_what_names_it()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        string folder = System.IO.Directory.CreateTempSubdirectory("uaas-taken-").FullName;
        string file = System.IO.Path.Combine(folder, "uaas.yaml");
        const string site = "services: { web: { image: http, content: ./site } }";
        System.IO.Directory.CreateDirectory(System.IO.Path.Combine(folder, "site"));
        foreach ((string yaml, string option, string[] options) in new[]
        {
            (site, "--port", new[] { "--port", $"{port}" }),
            (site, "--api", ["--port", "0", "--api", $"127.0.0.1:{port}"]),
            (site, "--https-port", ["--port", "0", "--https-port", $"{port}"]),
            ($"services: {{ tv: {{ image: flv, ports: {{ rtmp: {{ listen: {port}, port: 1935 }} }} }} }}", "'listen' in the service's ports", ["--port", "0"]),
        })
        {
            await System.IO.File.WriteAllTextAsync(file, yaml);
            (int code, _, string errors) = await Command.RunAsync(null, ["up", "-f", file, "--state", System.IO.Path.Combine(folder, "state"), .. options]);
            Assert.True(code == ExitCode.Port && errors.Contains($"port {port} of 127.0.0.1 is in use", StringComparison.Ordinal) && errors.Contains($"choose another with {option}", StringComparison.Ordinal), $"{code}: {errors}");
        }
        System.IO.Directory.Delete(folder, recursive: true);
    }

    [ServiceFact(Privilege.OwnRoot)]
    public async Task A_full_disk_is_said_and_stops_nothing_that_runs()
    {
        const string yaml = "services: { site: { image: http, content: ./site, route: /, vmm: spt, scale: 1 } }";
        await using Served served = await Served.StartFileAsync(yaml, folder => RunAsync("/bin/sh", "-c", $"mkdir {folder}/state && mount -t tmpfs -o size=24m none {folder}/state"));
        try
        {
            await served.UntilAsync(instances => instances.Any(one => one.State == "running"));
            string fill = System.IO.Path.Combine(served.State, "fill");
            await RunAsync("/bin/sh", "-c", $"dd if=/dev/zero of={fill} bs=4k 2>/dev/null; true");
            (int code, _, string errors) = await served.RunAsync("apply", System.IO.Path.Combine(System.IO.Path.GetDirectoryName(served.State)!, "uaas.yaml"));
            Assert.True(code == ExitCode.Disk && errors.Contains("free some space", StringComparison.Ordinal), $"{code}: {errors}");
            UaasException refused = await UntilTheStoreIsFullAsync(served);
            Assert.True(refused is { Failure: Failure.Disk, Remedy: { } remedy } && remedy.Contains("free some space", StringComparison.Ordinal), refused.Message);
            Assert.Equal(Page, await served.Client.GetStringAsync(served.Url));
            Assert.Equal("running", (await served.InstancesAsync()).Single().State);
            System.IO.File.Delete(fill);
            Assert.Equal(ExitCode.Ok, (await served.RunAsync("scale", "site", "2")).Code);
            await served.UntilAsync(instances => instances.Count(one => one.State == "running") == 2);
        }
        finally
        {
            await RunAsync("/bin/umount", "-l", served.State);
        }
    }

    /// <summary>The database has some room of its own left. What it refuses then, it has not done.</summary>
    private static async Task<UaasException> UntilTheStoreIsFullAsync(Served served)
    {
        for (int max = 2; ; max = 2 + max % 100)
        {
            int before = (await served.ServiceAsync("site")).Max;
            try
            {
                await served.Api.SendAsync(HttpMethod.Patch, "namespaces/default/services/site/scale", System.Net.Http.Json.JsonContent.Create(new ScaleRequest(1, max), ApiJson.Default.ScaleRequest), ApiJson.Default.ServiceView);
            }
            catch (UaasException e)
            {
                Assert.Equal(before, (await served.ServiceAsync("site")).Max);
                return e;
            }
        }
    }

    [ServiceFact]
    public async Task An_instance_that_does_not_answer_gets_nothing_more_and_is_replaced()
    {
        await using Served served = await Served.StartAsync("min: 2, max: 2", "    health: { path: /, interval: 1s, failures: 2 }");
        string[] before = [.. (await served.UntilAsync(instances => instances.Count(one => one.State == "running") == 2)).Select(one => one.Name)];
        Served.Signal(served.Processes().First(process => process.Name == "uaas-spt"), "STOP");
        IReadOnlyList<InstanceView> now = await served.UntilAsync(instances => instances.Count(one => one.State == "running") == 2 && instances.Any(one => one.State == "running" && !before.Contains(one.Name)));
        string replaced = before.Single(name => !now.Any(one => one.Name == name && one.State == "running"));
        for (int i = 0; i < 10; i++)
            Assert.Equal(Page, await served.Client.GetStringAsync(served.Url));
        await served.UntilAsync(instances => instances.All(one => one.Name != replaced));
        Assert.Contains((await served.RunAsync("events", "site")).Output.Split('\n'), line => line.Contains("unhealthy", StringComparison.Ordinal) && line.Contains(replaced, StringComparison.Ordinal));
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(program, arguments);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        using HttpResponseMessage response = await client.SendAsync(request);
        return response.StatusCode;
    }
}
