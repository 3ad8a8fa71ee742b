// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Spectre.Console;
using Uaas.Master.Api;
using Uaas.Master.Control;
using Uaas.Master.Storage;

namespace Uaas.Cli.Verbs;

/// <summary>The verbs that show what there is: ps, services, describe, top.</summary>
internal static class LookCommands
{
    private static readonly TimeSpan TopEvery = TimeSpan.FromSeconds(2);

    private static readonly Option<bool> Once = new("--once") { Description = "Show it once" };

    internal static IEnumerable<Command> Create()
    {
        yield return Verb.Create("ps", "Lists instances", PsAsync, Verb.Json);
        yield return Verb.Create("services", "Lists services", ServicesAsync, Verb.Json);
        yield return Verb.Create("describe", "Shows all of a service", DescribeAsync, Verb.Service, Verb.Namespace, Verb.Json);
        yield return Verb.Create("top", "Shows what instances cost, until Ctrl-C", TopAsync, Once, Verb.Json);
    }

    private static async Task PsAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        IReadOnlyList<InstanceView> instances = await api.GetAsync("instances", ApiJson.Default.IReadOnlyListInstanceView).ConfigureAwait(false);
        if (arguments.GetValue(Verb.Json))
        {
            Screen.Json(instances, ApiJson.Default.IReadOnlyListInstanceView);
            return;
        }
        Screen.Table(["INSTANCE", "SERVICE", "REV", "STATE", "ADDRESS", "VMM", "AGE", "REQUESTS", "READY ms", "WHY"], instances.Select(one => (IReadOnlyList<string>)
            [one.Name, one.Service, $"{one.Revision}", one.State, one.Address ?? "", one.Vmm, Screen.Age(one.StartedAt), $"{one.Requests}", Screen.Number(one.ReadyAfterMs, "0.0"), one.Reason ?? ""]));
    }

    private static async Task ServicesAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        IReadOnlyList<ServiceView> services = await api.GetAsync("services", ApiJson.Default.IReadOnlyListServiceView).ConfigureAwait(false);
        if (arguments.GetValue(Verb.Json))
        {
            Screen.Json(services, ApiJson.Default.IReadOnlyListServiceView);
            return;
        }
        Screen.Table(["NAMESPACE", "SERVICE", "STATE", "IMAGE", "ROUTES", "REV", "READY", "WAITING", "LOAD", "DONE"], services.Select(one => (IReadOnlyList<string>)
            [one.Namespace, one.Name, one.State, one.Image, string.Join(' ', one.Routes), $"{one.Revision}", $"{one.Ready}/{one.Desired} ({one.Min}-{one.Max})", $"{one.Waiting}", Screen.Number(one.Concurrency), $"{one.Requests}"]));
    }

    private static async Task DescribeAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        ServiceView service = await api.GetAsync(Verb.ServicePath(arguments), ApiJson.Default.ServiceView).ConfigureAwait(false);
        if (arguments.GetValue(Verb.Json))
        {
            Screen.Json(service, ApiJson.Default.ServiceView);
            return;
        }
        Console.Out.WriteLine($"{service.Namespace}/{service.Name}: {service.State}");
        Console.Out.WriteLine($"image     {service.Image}, revision {service.Revision} (wanted {service.Wanted})");
        Console.Out.WriteLine($"routes    {string.Join(' ', service.Routes)}");
        Console.Out.WriteLine($"instances {service.Ready} ready, {service.Starting} starting, {service.Leaving} leaving; needed {service.Desired} of {service.Min} to {service.Max}");
        Console.Out.WriteLine($"load      {Screen.Number(service.Concurrency)} requests at a time; {service.Waiting} waiting; {service.Requests} done");
        ShowFailure(service.LastFailure);
        Console.Out.WriteLine("revisions");
        foreach (RevisionView revision in service.Revisions)
            Console.Out.WriteLine($"  {revision.Number}  {revision.State}  {revision.Image}  {revision.CreatedAt.ToLocalTime():yyyy-MM-dd HH:mm:ss}  {revision.Reason}");
        Console.Out.WriteLine("events");
        IReadOnlyList<StoredEvent> events = await api.GetAsync($"events?service={Uri.EscapeDataString(Verb.ServiceKey(arguments))}&count=15", ApiJson.Default.IReadOnlyListStoredEvent).ConfigureAwait(false);
        foreach (StoredEvent one in events)
            Console.Out.WriteLine($"  {FollowCommands.Text(one)}");
    }

    private static void ShowFailure(FailureView? failure)
    {
        if (failure is null)
            return;
        Console.Out.WriteLine($"failed    {failure.Instance}, {Screen.Age(failure.Time)} ago: {failure.Message}");
        if (failure.Remedy is not null)
            Console.Out.WriteLine($"          → {failure.Remedy}");
        foreach (string line in failure.Console)
            Console.Out.WriteLine($"          | {line}");
    }

    private static async Task TopAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        bool isOnce = arguments.GetValue(Once) || arguments.GetValue(Verb.Json) || Console.IsOutputRedirected;
        Dictionary<string, double?> before = await MeasureAsync(api, cancellation).ConfigureAwait(false);
        while (true)
        {
            TimeSpan passed = isOnce ? TimeSpan.FromMilliseconds(500) : TopEvery;
            await Task.Delay(passed, cancellation).ConfigureAwait(false);
            IReadOnlyList<InstanceView> instances = await api.GetAsync("instances?measure=true", ApiJson.Default.IReadOnlyListInstanceView).ConfigureAwait(false);
            if (arguments.GetValue(Verb.Json))
            {
                Screen.Json(instances, ApiJson.Default.IReadOnlyListInstanceView);
                return;
            }
            if (!isOnce)
                AnsiConsole.Clear();
            Screen.Table(["INSTANCE", "STATE", "CPU %", "MEMORY MiB", "REQUESTS", "AGE"], instances.OrderByDescending(one => one.CpuMs - before.GetValueOrDefault(one.Name)).Select(one => (IReadOnlyList<string>)
                [one.Name, one.State, Screen.Number((one.CpuMs - before.GetValueOrDefault(one.Name)) / passed.TotalMilliseconds * 100, "0.0"), Screen.Megabytes(one.MemoryBytes), $"{one.Requests}", Screen.Age(one.StartedAt)]));
            if (isOnce)
                return;
            before = instances.ToDictionary(one => one.Name, one => one.CpuMs);
        }
    }

    private static async Task<Dictionary<string, double?>> MeasureAsync(ApiClient api, CancellationToken cancellation)
    {
        IReadOnlyList<InstanceView> instances = await api.GetAsync("instances?measure=true", ApiJson.Default.IReadOnlyListInstanceView).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        return instances.ToDictionary(one => one.Name, one => one.CpuMs);
    }
}
