// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Linux;
using Uaas.Master.Api;
using Uaas.Master.Control;
using Uaas.Master.Storage;

namespace Uaas.Cli.Verbs;

/// <summary><c>uaas describe</c>: all of a service, or of an instance, with what shows that guests were booted.</summary>
internal static class DescribeCommand
{
    // Each is a question to the agent.
    private const int MaxDetails = 20;
    private const int EventsShown = 15;

    internal static Command Create() => Verb.Create("describe", "Shows all of a service, or of an instance", DescribeAsync, Verb.Either, Verb.Namespace, Verb.Json);

    private static async Task DescribeAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        string name = arguments.GetRequiredValue(Verb.Either);
        string owner = arguments.GetValue(Verb.Namespace)!;
        ServiceView service;
        try
        {
            service = await api.GetAsync(Verb.ServicePath(owner, name), ApiJson.Default.ServiceView).ConfigureAwait(false);
        }
        catch (UaasException e) when (e.Failure == Failure.NotFound && name.Contains('-', StringComparison.Ordinal))
        {
            await DescribeInstanceAsync(arguments, api, name).ConfigureAwait(false);
            return;
        }
        IReadOnlyList<InstanceDetail> details = await DetailsAsync(api, owner, name).ConfigureAwait(false);
        IReadOnlyList<StoredEvent> events = await api.GetAsync($"events?service={Uri.EscapeDataString(Verb.ServiceKey(owner, name))}&count={EventsShown}", ApiJson.Default.IReadOnlyListStoredEvent).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        if (arguments.GetValue(Verb.Json))
            Console.Out.WriteLine(ToJson(service, details, events));
        else
            Show(service, details, events);
    }

    private static async Task DescribeInstanceAsync(ParseResult arguments, ApiClient api, string name)
    {
        InstanceDetail detail = await api.GetAsync($"instances/{Uri.EscapeDataString(name)}", ApiJson.Default.InstanceDetail).ConfigureAwait(false);
        if (arguments.GetValue(Verb.Json))
        {
            Screen.Json(detail, ApiJson.Default.InstanceDetail);
            return;
        }
        Show(detail, "");
        foreach (string line in detail.Console)
            Console.Out.WriteLine($"console  | {line}");
    }

    private static async Task<IReadOnlyList<InstanceDetail>> DetailsAsync(ApiClient api, string owner, string service)
    {
        IReadOnlyList<InstanceView> instances = await api.GetAsync("instances", ApiJson.Default.IReadOnlyListInstanceView).ConfigureAwait(false);
        var details = new List<InstanceDetail>();
        foreach (InstanceView instance in instances.Where(one => one.Namespace == owner && one.Service == service).Take(MaxDetails))
        {
            try
            {
                details.Add(await api.GetAsync($"instances/{Uri.EscapeDataString(instance.Name)}", ApiJson.Default.InstanceDetail).ConfigureAwait(false));
            }
            catch (UaasException e) when (e.Failure == Failure.NotFound)
            {
                // It has ended since.
            }
        }
        return details;
    }

    private static string ToJson(ServiceView service, IReadOnlyList<InstanceDetail> details, IReadOnlyList<StoredEvent> events)
    {
        JsonObject all = JsonSerializer.SerializeToNode(service, ApiJson.Default.ServiceView)!.AsObject();
        all["instances"] = new JsonArray([.. details.Select(detail => JsonSerializer.SerializeToNode(detail, ApiJson.Default.InstanceDetail))]);
        all["events"] = JsonSerializer.SerializeToNode(events, ApiJson.Default.IReadOnlyListStoredEvent);
        return all.ToJsonString();
    }

    private static void Show(ServiceView service, IReadOnlyList<InstanceDetail> details, IReadOnlyList<StoredEvent> events)
    {
        Console.Out.WriteLine($"{Verb.ServiceKey(service.Namespace, service.Name)}: {service.State}");
        Console.Out.WriteLine($"image      {service.Image}, revision {service.Revision}{(service.Wanted == service.Revision ? "" : $"; revision {service.Wanted} is wanted")}");
        Console.Out.WriteLine($"routes     {(service.Routes.Count == 0 ? "none" : string.Join(' ', service.Routes))}");
        Console.Out.WriteLine($"instances  {service.Ready} ready, {service.Starting} starting, {service.Leaving} leaving; needed {service.Desired} of {service.Min} to {service.Max}");
        Console.Out.WriteLine($"load       {Screen.Number(service.Concurrency)} requests at a time; {service.Waiting} waiting; {service.Requests} done");
        if (service.Shortage is not null)
            Console.Out.WriteLine($"lacking    {service.Desired - service.Ready - service.Starting} instances: {service.Shortage}");
        ShowFailure(service.LastFailure);
        foreach (InstanceDetail detail in details)
            Show(detail, "  ");
        if (service.Ready + service.Starting + service.Leaving > MaxDetails)
            Console.Out.WriteLine($"  the first {MaxDetails}; uaas ps {service.Name} lists all");
        Console.Out.WriteLine("revisions");
        foreach (RevisionView revision in service.Revisions)
            Console.Out.WriteLine($"  {revision.Number}  {revision.State}  {revision.Image}  {revision.CreatedAt.ToLocalTime():yyyy-MM-dd HH:mm:ss}  {revision.Reason}".TrimEnd());
        Console.Out.WriteLine("events");
        foreach (StoredEvent one in events)
            Console.Out.WriteLine($"  {FollowCommands.Text(one)}");
    }

    private static void Show(InstanceDetail detail, string indent)
    {
        InstanceView instance = detail.Instance;
        string ready = instance.ReadyAfterMs is { } after ? $", ready after {Screen.Number(after, "0.0")} ms" : "";
        Console.Out.WriteLine($"{indent}{instance.Name}: {instance.State}, revision {instance.Revision}, {instance.Address}, {Screen.Age(instance.StartedAt)} old{ready}: {instance.Reason}");
        if (detail.Monitor is null)
            return;
        Console.Out.WriteLine($"{indent}  monitor  {instance.Vmm}: {detail.Monitor}");
        Console.Out.WriteLine($"{indent}  booted   {detail.Kernel}");
        Console.Out.WriteLine($"{indent}  devices  {(detail.Devices.Count == 0 ? "none" : string.Join("; ", detail.Devices))}");
        Console.Out.WriteLine($"{indent}  boot     {detail.BootLine ?? "it has printed nothing"}");
    }

    private static void ShowFailure(FailureView? failure)
    {
        if (failure is null)
            return;
        Console.Out.WriteLine($"failed     {failure.Instance}, {Screen.Age(failure.Time)} ago: {failure.Message}");
        if (failure.Remedy is not null)
            Console.Out.WriteLine($"           → {failure.Remedy}");
        foreach (string line in failure.Console)
            Console.Out.WriteLine($"           | {line}");
    }
}
