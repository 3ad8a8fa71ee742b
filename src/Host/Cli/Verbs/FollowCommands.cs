// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Linux;
using Uaas.Master.Api;
using Uaas.Master.Control;
using Uaas.Master.Storage;

namespace Uaas.Cli.Verbs;

/// <summary>The verbs that show what happens: events, logs, console.</summary>
internal static class FollowCommands
{
    private const string Data = "data: ";

    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Go on with what comes, until Ctrl-C" };
    private static readonly Option<int> Tail = new("--tail") { Description = "How many of the last lines", DefaultValueFactory = _ => 100 };
    private static readonly Option<string?> OfService = new("--service") { Description = "Of that service alone" };
    private static readonly Argument<string> Instance = new("instance") { Description = "Name of the instance" };

    internal static IEnumerable<Command> Create()
    {
        yield return Verb.Create("events", "Shows what has happened", EventsAsync, OfService, Tail, Follow, Verb.Json);
        yield return Verb.Create("logs", "Shows what the instances of a service printed", LogsAsync, Verb.Service, Verb.Namespace, Tail, Follow, Verb.Json);
        yield return Verb.Create("console", "Shows what an instance prints, until Ctrl-C", ConsoleAsync, Instance);
    }

    internal static string Text(StoredEvent one) => $"{one.Time.ToLocalTime():HH:mm:ss.fff}  {one.Instance ?? one.Service ?? "node"}  {one.Kind}  {one.Message}";

    private static async Task EventsAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        bool isJson = arguments.GetValue(Verb.Json);
        string filter = arguments.GetValue(OfService) is { } service ? $"&service={Uri.EscapeDataString(service)}" : "";
        IReadOnlyList<StoredEvent> events = await api.GetAsync($"events?count={arguments.GetValue(Tail)}{filter}", ApiJson.Default.IReadOnlyListStoredEvent).ConfigureAwait(false);
        foreach (StoredEvent one in events)
            Show(one);
        if (arguments.GetValue(Follow))
            await StreamAsync(api, $"events?follow=true{filter}", ApiJson.Default.StoredEvent, Show, cancellation).ConfigureAwait(false);

        void Show(StoredEvent one)
        {
            if (isJson)
                Screen.Json(one, ApiJson.Default.StoredEvent);
            else
                Console.Out.WriteLine(Text(one));
        }
    }

    private static Task LogsAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation) =>
        ShowLogsAsync(api, Verb.ServicePath(arguments), arguments.GetValue(Tail), arguments.GetValue(Follow), arguments.GetValue(Verb.Json), null, cancellation);

    private static async Task ConsoleAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        string name = arguments.GetRequiredValue(Instance);
        IReadOnlyList<InstanceView> instances = await api.GetAsync("instances", ApiJson.Default.IReadOnlyListInstanceView).ConfigureAwait(false);
        InstanceView instance = instances.FirstOrDefault(one => one.Name == name) ?? throw new UaasException(Failure.NotFound, $"there is no instance {name}", "uaas ps lists those that there are");
        await ShowLogsAsync(api, $"namespaces/{instance.Namespace}/services/{instance.Service}", 1000, true, false, name, cancellation).ConfigureAwait(false);
    }

    private static async Task ShowLogsAsync(ApiClient api, string path, int tail, bool follow, bool isJson, string? instance, CancellationToken cancellation)
    {
        IReadOnlyList<LogLine> lines = await api.GetAsync($"{path}/logs?tail={tail}", ApiJson.Default.IReadOnlyListLogLine).ConfigureAwait(false);
        foreach (LogLine line in lines)
            Show(line);
        if (follow)
            await StreamAsync(api, $"{path}/logs?follow=true", ApiJson.Default.LogLine, Show, cancellation).ConfigureAwait(false);

        void Show(LogLine line)
        {
            if (instance is not null && line.Instance != instance)
                return;
            if (isJson)
                Screen.Json(line, ApiJson.Default.LogLine);
            else
                Console.Out.WriteLine(instance is null ? $"{line.Time} {line.Instance} | {line.Text}" : line.Text);
        }
    }

    /// <summary>Shows what comes as server-sent events, until Ctrl-C or the daemon's end.</summary>
    private static async Task StreamAsync<T>(ApiClient api, string path, JsonTypeInfo<T> type, Action<T> show, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await api.SendAsync(HttpMethod.Get, path, null).ConfigureAwait(false);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false));
        try
        {
            while (await reader.ReadLineAsync(cancellation).ConfigureAwait(false) is { } line)
            {
                if (line.StartsWith(Data, StringComparison.Ordinal) && JsonSerializer.Deserialize(line[Data.Length..], type) is { } one)
                    show(one);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // Called off, or the daemon has ended.
        }
    }
}
