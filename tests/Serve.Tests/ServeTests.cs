// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Threading.Tasks;
using Uaas.Host.Tests;
using Uaas.Host.Tests.Cli;

namespace Uaas.Serve.Tests;

/// <summary><c>uaas up</c> with real unikernels: from zero and back, and through the death of each of its processes.</summary>
[Trait("Needs", "namespaces, the http image")]
public sealed class ServeTests
{
    private const string Page = "<p>from zero";

    [ServiceFact]
    public async Task An_access_log_on_standard_output_has_a_line_for_each_request()
    {
        await using Served served = await Served.StartAsync("min: 0", options: ["--access-log", "-", "--access-log-format", "common"]);
        Assert.Equal("<p>from zero", await served.Client.GetStringAsync(new Uri(served.Url, "index.html?a=1")));
        Assert.EndsWith("] \"GET /index.html?a=1 HTTP/1.1\" 200 12", await served.LineAsync("127.0.0.1 - - ["), StringComparison.Ordinal);
    }

    [ServiceFact]
    public async Task A_request_starts_a_service_at_zero_and_idleness_ends_it()
    {
        await using Served served = await Served.StartAsync("min: 0, idle: 1s");
        Assert.Empty(await served.InstancesAsync());
        using var request = new HttpRequestMessage(HttpMethod.Get, served.Url) { Headers = { { "Uaas-Cold-Start", "?" } } };
        using HttpResponseMessage response = await served.Client.SendAsync(request);
        Assert.Equal(Page, await response.Content.ReadAsStringAsync());
        Assert.True(double.Parse(response.Headers.GetValues("Uaas-Cold-Start").Single(), CultureInfo.InvariantCulture) > 0);

        // The client has its answer before the master hears of it.
        await served.UntilAsync(instances => instances is [{ State: "running" }]);
        await served.UntilAsync(instances => instances.Count == 0);
        Assert.Equal(Page, await served.Client.GetStringAsync(served.Url));
    }

    [ServiceFact]
    public async Task Nothing_is_left_behind_after_Ctrl_C()
    {
        await using Served served = await Served.StartAsync("min: 1");
        await served.UntilAsync(instances => instances.Any(instance => instance.State == "running"));
        List<KnownProcess> processes = served.Processes();
        Assert.Contains(processes, process => process.Name == "uaas-spt");
        Assert.Equal(0, await served.EndAsync("INT"));
        Assert.Empty(await ProcessTree.LeftAsync(processes));
    }

    [ServiceFact]
    public async Task Nothing_is_left_behind_after_SIGKILL()
    {
        await using Served served = await Served.StartAsync("min: 1");
        await served.UntilAsync(instances => instances.Any(instance => instance.State == "running"));
        List<KnownProcess> processes = served.Processes();
        Assert.Equal(137, await served.EndAsync("KILL"));
        Assert.Empty(await ProcessTree.LeftAsync(processes));
    }

    [ServiceFact]
    public async Task The_death_of_the_master_loses_no_request_and_no_instance()
    {
        await using Served served = await Served.StartAsync("min: 1");
        Assert.Equal(Page, await served.Client.GetStringAsync(served.Url));
        string before = (await served.UntilAsync(instances => instances.Any(instance => instance.State == "running"))).Single().Name;
        for (int round = 0; round < 3; round++)
        {
            Served.Kill(await served.ProcessAsync("serve-master"));
            for (int i = 0; i < 50; i++)
                Assert.Equal(Page, await served.Client.GetStringAsync(served.Url));
        }
        Assert.Equal(before, (await served.UntilAsync(instances => instances.Any(instance => instance.State == "running"))).Single().Name);
    }

    [ServiceFact]
    public async Task A_cold_start_waits_for_a_master_that_was_killed()
    {
        // How long a machine takes to start a master is not what this is about: a request waits for as long as it may.
        await using Served served = await Served.StartAsync("min: 0", "    queue: { deadline: 1m }");
        await served.UntilAsync(async () => (await served.RunAsync("events")).Output.Contains("front-connected", StringComparison.Ordinal), "no front has come");
        Served.Kill(await served.ProcessAsync("serve-master"));
        (int status, string text) = await served.AskAsync("/");
        Assert.True((status, text) == (200, Page), $"{status}: {text}\n{served.Log}");
    }

    [ServiceFact]
    public async Task The_death_of_the_front_is_made_good()
    {
        await using Served served = await Served.StartAsync("min: 1");
        Assert.Equal(Page, await served.Client.GetStringAsync(served.Url));
        Served.Kill(await served.ProcessAsync("serve-front"));
        Assert.Equal(Page, await RetryAsync(served));
    }

    [ServiceFact]
    public async Task The_death_of_the_agent_takes_all_with_it_and_all_is_started_anew()
    {
        await using Served served = await Served.StartAsync("min: 1");
        string before = (await served.UntilAsync(instances => instances.Any(instance => instance.State == "running"))).Single().Name;
        KnownProcess agent = await served.ProcessAsync("serve-agent");
        List<KnownProcess> below = ProcessTree.Below(agent.Id);
        Assert.Contains(below, process => process.Name == "uaas-spt");
        Served.Kill(agent);
        Assert.Empty(await ProcessTree.LeftAsync(below));
        Assert.Equal(Page, await RetryAsync(served));
        await served.UntilAsync(instances => instances.Any(instance => instance.State == "running" && instance.Name != before));
    }

    [ServiceFact]
    public async Task An_instance_that_dies_is_replaced()
    {
        await using Served served = await Served.StartAsync("min: 2, max: 2");
        await served.UntilAsync(instances => instances.Count(instance => instance.State == "running") == 2);
        List<KnownProcess> tenders = [.. served.Processes().Where(process => process.Name == "uaas-spt")];
        Served.Kill(tenders[0]);
        for (int i = 0; i < 20; i++)
            Assert.Equal(Page, await served.Client.GetStringAsync(served.Url));
        await served.UntilAsync(instances => instances.Count(instance => instance.State == "running") == 2 && instances.Count == 2);
    }

    [ServiceFact]
    public async Task A_new_revision_takes_the_old_ones_place_without_a_failed_request()
    {
        await using Served served = await Served.StartAsync("min: 2, max: 3");
        await served.UntilAsync(instances => instances.Count(instance => instance.State == "running") == 2);
        Task<(int Failed, int Asked)> load = LoadAsync(served, TimeSpan.FromSeconds(4));
        (int code, string output, string errors) = await served.ApplyAsync("min: 2, max: 3", "<p>second");
        Assert.True(code == 0, errors);
        Assert.Contains("updated site", output, StringComparison.Ordinal);
        await served.UntilAsync(instances => instances.Count == 2 && instances.All(instance => instance is { Revision: 2, State: "running" }));
        Assert.Equal("<p>second", await served.Client.GetStringAsync(served.Url));
        (int failed, int asked) = await load;
        Assert.True(failed == 0 && asked > 20, $"{failed} of {asked} failed\n{served.Log}");
    }

    /// <summary>A client that tries again where a connection broke: what was on the process that died is lost.</summary>
    private static async Task<string> RetryAsync(Served served)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return await served.Client.GetStringAsync(served.Url);
            }
            catch (HttpRequestException e) when (attempt < 20 && e.StatusCode is null or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable)
            {
                await Task.Delay(50);
            }
        }
    }

    private static async Task<(int Failed, int Asked)> LoadAsync(Served served, TimeSpan time)
    {
        DateTime end = DateTime.UtcNow + time;
        int failed = 0;
        int asked = 0;
        while (DateTime.UtcNow < end)
        {
            asked++;
            using HttpResponseMessage response = await served.Client.GetAsync(served.Url);
            if (!response.IsSuccessStatusCode)
                failed++;
        }
        return (failed, asked);
    }
}
