// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Cli;
using Uaas.Host.Tests;
using Uaas.Host.Tests.Guests;
using Uaas.Master.Control;

namespace Uaas.Serve.Tests;

/// <summary><c>image: ./FILE</c> in uaas.yaml: guests of others, and what becomes of a guest that breaks down, while the others go on.</summary>
[Trait("Needs", "namespaces, the images of http and of the tests' guests")]
public sealed partial class GuestTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("uaas-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [ServiceFact]
    public Task A_Solo5_guest_of_others_serves_and_is_started_anew_when_it_panics() => ServesAndPanicsAsync("spt", "uaas-spt");

    [QemuServiceFact]
    public Task A_PVH_guest_of_others_serves_and_is_started_anew_when_it_panics() => ServesAndPanicsAsync("pvh", "qemu");

    [ServiceFact]
    public async Task A_guest_of_others_can_be_an_image_of_the_store()
    {
        string guest = Path.Combine(_folder, "acorn.elf");
        OthersGuest.Write("acorn", "spt", guest);
        var store = new Dictionary<string, string> { ["UAAS_STORE"] = Path.Combine(_folder, "store") };
        Assert.Equal(0, (await Host.Tests.Cli.Command.RunAsync(store, "build", guest, "-t", "acorn:1")).Code);
        await using Served served = await Served.StartAsync("min: 0", Service("acorn", "'acorn:1'", "min: 1"), store);
        Assert.Equal("from acorn\n", await served.Client.GetStringAsync(new Uri(served.Url, "/acorn/")));
    }

    [ServiceFact]
    public async Task What_cannot_be_booted_is_refused_and_nothing_of_it_is_applied()
    {
        string file = Path.Combine(_folder, "notes.elf");
        await File.WriteAllTextAsync(file, "no kernel");
        await using Served served = await Served.StartAsync("min: 0");
        (int code, _, string errors) = await served.ApplyAsync("min: 0", "<p>second", Service("notes", file, "min: 1"));
        Assert.Equal(21, code);
        Assert.Contains("uaas.yaml:9:", errors, StringComparison.Ordinal);
        Assert.Contains($"services.notes.image: {file} is nothing that can be booted here", errors, StringComparison.Ordinal);
        Assert.Equal("<p>from zero", await served.Client.GetStringAsync(served.Url));
    }

    [ServiceFact]
    public async Task A_crash_in_a_codec_takes_one_instance_along_and_it_is_started_anew()
    {
        await using Served served = await Served.StartAsync("min: 1", Service("codecs", Locations.Find().Image("crash", "spt"), "min: 2, max: 2"));
        var place = new Uri(served.Url, "/codecs/");
        foreach ((string library, string function) in new[] { ("jpeg", "jpeg_consume_input"), ("webp", "WebPGetInfo|ParseHeaders|WebPGetFeatures"), ("png", "") })
        {
            string[] before = [.. (await RunningAsync(served, "codecs", 2)).Select(instance => instance.Name)];
            string site = (await RunningAsync(served, "site", 1)).Single().Name;
            using (HttpResponseMessage response = await served.Client.PostAsync(new Uri(place, $"crash/{library}"), null))
                Assert.False(response.IsSuccessStatusCode);
            Assert.Equal("still here\n", await served.Client.GetStringAsync(place));
            IReadOnlyList<InstanceView> after = await served.UntilAsync(instances => Running(instances, "codecs").Count() == 2 && before.Count(name => Running(instances, "codecs").Any(one => one.Name == name)) < 2);
            Assert.Single(before, name => Running(after, "codecs").Any(instance => instance.Name == name));
            Assert.Equal(site, Running(after, "site").Single().Name);
            string described = (await served.RunAsync("describe", "codecs")).Output;
            Assert.Contains("the guest crashed (code 139): its console says where", described, StringComparison.Ordinal);
            string rip = Place().Match(described) is { Success: true } match ? match.Groups[1].Value : "";
            Assert.True(rip.Length > 0, described);
            if (function.Length > 0)
                Assert.Matches(function, await FunctionAtAsync(rip));
        }
    }

    private async Task ServesAndPanicsAsync(string kind, string monitor)
    {
        string guest = Path.Combine(_folder, "acorn.elf");
        OthersGuest.Write("acorn", kind, guest);
        await using Served served = await Served.StartAsync("min: 1", Service("acorn", guest, "min: 1, max: 1"));
        var place = new Uri(served.Url, "/acorn/");
        Assert.Equal("from acorn\n", await served.Client.GetStringAsync(place));
        string first = (await RunningAsync(served, "acorn", 1)).Single().Name;
        Assert.Contains(served.Processes(), process => process.Name.StartsWith(monitor, StringComparison.Ordinal));
        string site = (await RunningAsync(served, "site", 1)).Single().Name;
        using var impatience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        Task<HttpResponseMessage> asked = served.Client.GetAsync(new Uri(place, "panic"), impatience.Token);
        IReadOnlyList<InstanceView> after = await served.UntilAsync(instances => Running(instances, "acorn").Any(instance => instance.Name != first));
        Assert.Equal("from acorn\n", await served.Client.GetStringAsync(place));
        Assert.Equal(site, Running(after, "site").Single().Name);
        string described = (await served.RunAsync("describe", "acorn")).Output;
        Assert.Contains("the guest panicked: **** PANIC ****", described, StringComparison.Ordinal);
        Assert.Contains("Reason: it was asked to", described, StringComparison.Ordinal);
        Assert.Contains("the guest panicked: **** PANIC ****", (await served.RunAsync("events")).Output, StringComparison.Ordinal);
        await ((Task)asked).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static string Service(string name, string image, string scale) => $$"""
          {{name}}:
            image: {{image}}
            route: { path: /{{name}}, strip: true }
            scale: { {{scale}} }
        """;

    private static async Task<IEnumerable<InstanceView>> RunningAsync(Served served, string service, int count) =>
        Running(await served.UntilAsync(instances => Running(instances, service).Count() == count), service);

    private static IEnumerable<InstanceView> Running(IReadOnlyList<InstanceView> instances, string service) => instances.Where(instance => instance.Service == service && instance.State == "running");

    private static async Task<string> FunctionAtAsync(string address)
    {
        var start = new ProcessStartInfo("addr2line", ["-f", "-e", Locations.Find().Image("crash", "spt") + ".debug", address]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output;
    }

    [GeneratedRegex(@"uaas-spt: guest aborted: it may not (?:read|execute) address 0x[0-9a-f]+; rip (0x[0-9a-f]+)")]
    private static partial Regex Place();
}
