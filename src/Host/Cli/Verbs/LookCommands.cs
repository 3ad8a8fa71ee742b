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

namespace Uaas.Cli.Verbs;

/// <summary>The verbs that show what there is: ps, services, top.</summary>
internal static class LookCommands
{
    private const int LinesOfFailure = 6;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    private static readonly Option<bool> Once = new("--once") { Description = "Show it once" };
    private static readonly Option<bool> Watch = new("--watch", "-w") { Description = "Show it again and again, until Ctrl-C" };

    internal static IEnumerable<Command> Create()
    {
        yield return Verb.Create("ps", "Lists instances", PsAsync, Verb.OfService, Verb.OfNamespace, Watch, Verb.Json);
        yield return Verb.Create("services", "Lists services", ServicesAsync, Verb.OfNamespace, Watch, Verb.Json);
        yield return Verb.Create("top", "Shows what instances cost, until Ctrl-C", TopAsync, Verb.OfService, Verb.OfNamespace, Once, Verb.Json);
    }

    private static Task PsAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation) => RepeatAsync(arguments, async () =>
    {
        IReadOnlyList<InstanceView> instances = await InstancesAsync(arguments, api, measure: false).ConfigureAwait(false);
        if (arguments.GetValue(Verb.Json))
        {
            Screen.Json(instances, ApiJson.Default.IReadOnlyListInstanceView);
            return;
        }
        IReadOnlyList<ServiceView> services = await ServicesOfAsync(arguments, api).ConfigureAwait(false);
        Clear(arguments);
        Screen.Table(["INSTANCE", "SERVICE", "REV", "STATE", "ADDRESS", "VMM", "AGE", "ACTIVE", "READY ms", "WHY"], instances.Select(one => (IReadOnlyList<string>)
            [one.Name, Verb.ServiceKey(one.Namespace, one.Service), $"{one.Revision}", one.State, one.Address ?? "", one.Vmm, Screen.Age(one.StartedAt), $"{one.Requests}", Screen.Number(one.ReadyAfterMs, "0.0"), one.Reason ?? ""]),
            "READY ms", "ACTIVE", "VMM", "WHY", "SERVICE", "REV", "ADDRESS", "AGE");
        foreach (ServiceView service in services)
            ShowTrouble(service);
    }, cancellation);

    private static Task ServicesAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation) => RepeatAsync(arguments, async () =>
    {
        IReadOnlyList<ServiceView> services = await ServicesOfAsync(arguments, api).ConfigureAwait(false);
        if (arguments.GetValue(Verb.Json))
        {
            Screen.Json(services, ApiJson.Default.IReadOnlyListServiceView);
            return;
        }
        Clear(arguments);
        Screen.Table(["NAMESPACE", "SERVICE", "STATE", "IMAGE", "REV", "READY", "WAITING", "LOAD", "DONE", "ROUTES"], services.Select(one => (IReadOnlyList<string>)
            [one.Namespace, one.Name, one.State, one.Image, $"{one.Revision}", $"{one.Ready}/{one.Desired} ({one.Min}-{one.Max})", $"{one.Waiting}", Screen.Number(one.Concurrency), $"{one.Requests}", string.Join(' ', one.Routes)]),
            "DONE", "LOAD", "WAITING", "NAMESPACE", "REV", "ROUTES", "IMAGE");
        foreach (ServiceView service in services)
            ShowTrouble(service);
    }, cancellation);

    /// <summary>What a person who looks whether all is well has to know: a service that does not come up, or was put back.</summary>
    private static void ShowTrouble(ServiceView service)
    {
        string name = Verb.ServiceKey(service.Namespace, service.Name);
        if (service.Shortage is not null)
            Console.Out.WriteLine($"{name}: {service.Ready + service.Starting} of {service.Desired} instances: {service.Shortage}");
        if (service.Revisions.LastOrDefault() is { State: "failed" } failed)
            Console.Out.WriteLine($"{name}: revision {failed.Number} was given up for {service.Wanted}: {failed.Reason}");
        else if (service.State != "crash-loop" && (service.Ready > 0 || service.LastFailure is null))
            return;
        if (service.LastFailure is not { } failure)
            return;
        Console.Out.WriteLine($"{name}: {failure.Instance} failed {Screen.Age(failure.Time)} ago: {failure.Message}");
        if (failure.Remedy is not null)
            Console.Out.WriteLine($"  → {failure.Remedy}");
        foreach (string line in failure.Console.TakeLast(LinesOfFailure))
            Console.Out.WriteLine($"  | {line}");
    }

    private static async Task TopAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        bool isOnce = arguments.GetValue(Once) || arguments.GetValue(Verb.Json) || !Screen.IsTerminal;
        Dictionary<string, double?> before = Times(await InstancesAsync(arguments, api, measure: true).ConfigureAwait(false));
        while (true)
        {
            TimeSpan passed = isOnce ? TimeSpan.FromMilliseconds(500) : LookEvery;
            await Task.Delay(passed, cancellation).ConfigureAwait(false);
            IReadOnlyList<InstanceView> instances = await InstancesAsync(arguments, api, measure: true).ConfigureAwait(false);
            if (arguments.GetValue(Verb.Json))
            {
                Screen.Json(instances, ApiJson.Default.IReadOnlyListInstanceView);
                return;
            }
            if (!isOnce)
                AnsiConsole.Clear();
            Screen.Table(["INSTANCE", "STATE", "CPU %", "MEMORY MiB", "ACTIVE", "AGE"], instances.OrderByDescending(one => one.CpuMs - before.GetValueOrDefault(one.Name)).Select(one => (IReadOnlyList<string>)
                [one.Name, one.State, Screen.Number((one.CpuMs - before.GetValueOrDefault(one.Name)) / passed.TotalMilliseconds * 100, "0.0"), Screen.Megabytes(one.MemoryBytes), $"{one.Requests}", Screen.Age(one.StartedAt)]),
                "AGE", "ACTIVE", "STATE");
            if (isOnce)
                return;
            before = Times(instances);
        }
    }

    private static Dictionary<string, double?> Times(IReadOnlyList<InstanceView> instances) => instances.ToDictionary(one => one.Name, one => one.CpuMs);

    private static async Task<IReadOnlyList<InstanceView>> InstancesAsync(ParseResult arguments, ApiClient api, bool measure)
    {
        IReadOnlyList<InstanceView> all = await api.GetAsync(measure ? "instances?measure=true" : "instances", ApiJson.Default.IReadOnlyListInstanceView).ConfigureAwait(false);
        string? service = arguments.GetValue(Verb.OfService);
        InstanceView[] found = [.. all.Where(one => IsMeant(arguments, one.Namespace) && (service is null || one.Service == service))];
        if (found.Length == 0 && service is not null)
            await api.GetAsync(Verb.ServicePath(arguments.GetValue(Verb.OfNamespace) ?? Configuration.Deployment.DefaultNamespace, service), ApiJson.Default.ServiceView).ConfigureAwait(false);
        return found;
    }

    private static async Task<IReadOnlyList<ServiceView>> ServicesOfAsync(ParseResult arguments, ApiClient api)
    {
        IReadOnlyList<ServiceView> all = await api.GetAsync("services", ApiJson.Default.IReadOnlyListServiceView).ConfigureAwait(false);
        string? service = arguments.CommandResult.Command.Arguments.Contains(Verb.OfService) ? arguments.GetValue(Verb.OfService) : null;
        return [.. all.Where(one => IsMeant(arguments, one.Namespace) && (service is null || one.Name == service))];
    }

    private static bool IsMeant(ParseResult arguments, string owner) => arguments.GetValue(Verb.OfNamespace) is not { } wanted || wanted == owner;

    private static async Task RepeatAsync(ParseResult arguments, Func<Task> show, CancellationToken cancellation)
    {
        await show().ConfigureAwait(false);
        while (arguments.GetValue(Watch))
        {
            await Task.Delay(LookEvery, cancellation).ConfigureAwait(false);
            await show().ConfigureAwait(false);
        }
    }

    private static void Clear(ParseResult arguments)
    {
        if (arguments.GetValue(Watch) && Screen.IsTerminal)
            AnsiConsole.Clear();
    }
}
