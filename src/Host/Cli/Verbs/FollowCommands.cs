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
    private const int LinesOfConsole = 1000;
    private const int MostTries = 20;

    private static readonly TimeSpan TryEvery = TimeSpan.FromMilliseconds(250);

    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Go on with what comes, until Ctrl-C" };
    private static readonly Option<int> Tail = new("--tail") { Description = "How many of the last lines", DefaultValueFactory = _ => 100, HelpName = "N" };
    private static readonly Option<string?> ServiceOption = new("--service") { Description = "Of that service alone", HelpName = "NAME" };

    internal static IEnumerable<Command> Create()
    {
        yield return Verb.Create("events", "Shows what has happened", EventsAsync, Verb.OfService, ServiceOption, Verb.Namespace, Tail, Follow, Verb.Json);
        yield return Verb.Create("logs", "Shows what the instances of a service, or one of them, printed", LogsAsync, Verb.Either, Verb.Namespace, Tail, Follow, Verb.Json);
        yield return Verb.Create("console", "Shows what an instance prints, until Ctrl-C", ConsoleAsync, Verb.Instance);
    }

    internal static string Text(StoredEvent one) => $"{one.Time.ToLocalTime():HH:mm:ss.fff}  {one.Instance ?? one.Service ?? "node"}  {one.Kind}  {one.Message}";

    /// <summary>Shows events as they come, until Ctrl-C.</summary>
    internal static Task FollowEventsAsync(ApiClient api, CancellationToken cancellation) =>
        StreamAsync(api, static _ => "events?follow=true", ApiJson.Default.StoredEvent, static one => Console.Error.WriteLine(Text(one)), cancellation);

    private static async Task EventsAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        bool isJson = arguments.GetValue(Verb.Json);
        string? service = arguments.GetValue(Verb.OfService) ?? arguments.GetValue(ServiceOption);
        string filter = service is null ? "" : $"&service={Uri.EscapeDataString(Verb.ServiceKey(arguments.GetValue(Verb.Namespace)!, service))}";
        int count = NotNegative(arguments.GetValue(Tail));
        if (arguments.GetValue(Follow))
        {
            string Path(StoredEvent? last) => last is null ? $"events?follow=true&count={count}{filter}" : $"events?follow=true&count=10000&after={last.Id}{filter}";
            await StreamAsync(api, Path, ApiJson.Default.StoredEvent, Show, cancellation).ConfigureAwait(false);
            return;
        }
        foreach (StoredEvent one in count == 0 ? [] : await api.GetAsync($"events?count={count}{filter}", ApiJson.Default.IReadOnlyListStoredEvent, cancellation).ConfigureAwait(false))
            Show(one);

        void Show(StoredEvent one)
        {
            if (isJson)
                Screen.Json(one, ApiJson.Default.StoredEvent);
            else
                Console.Out.WriteLine(Text(one));
        }
    }

    private static async Task LogsAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        string name = arguments.GetRequiredValue(Verb.Either);
        string path = Verb.ServicePath(arguments.GetValue(Verb.Namespace)!, name);
        string? instance = null;
        try
        {
            await api.GetAsync(path, ApiJson.Default.ServiceView, cancellation).ConfigureAwait(false);
        }
        catch (UaasException e) when (e.Failure == Failure.NotFound && ServiceOf(name) is not null)
        {
            instance = name;
            path = await PathOfInstanceAsync(api, name, arguments.GetValue(Verb.Namespace)!, cancellation).ConfigureAwait(false);
        }
        await ShowLogsAsync(api, path, NotNegative(arguments.GetValue(Tail)), arguments.GetValue(Follow), arguments.GetValue(Verb.Json), instance, cancellation).ConfigureAwait(false);
    }

    private static async Task ConsoleAsync(ParseResult arguments, ApiClient api, CancellationToken cancellation)
    {
        string name = arguments.GetRequiredValue(Verb.Instance);
        InstanceDetail detail = await api.GetAsync($"instances/{Uri.EscapeDataString(name)}", ApiJson.Default.InstanceDetail, cancellation).ConfigureAwait(false);
        await ShowLogsAsync(api, Verb.ServicePath(detail.Instance.Namespace, detail.Instance.Service), LinesOfConsole, true, false, name, cancellation).ConfigureAwait(false);
    }

    /// <summary>Where the lines of an instance are: with those of its service, also when it is gone.</summary>
    private static async Task<string> PathOfInstanceAsync(ApiClient api, string name, string owner, CancellationToken cancellation)
    {
        try
        {
            InstanceDetail detail = await api.GetAsync($"instances/{Uri.EscapeDataString(name)}", ApiJson.Default.InstanceDetail, cancellation).ConfigureAwait(false);
            return Verb.ServicePath(detail.Instance.Namespace, detail.Instance.Service);
        }
        catch (UaasException e) when (e.Failure == Failure.NotFound)
        {
            string path = Verb.ServicePath(owner, ServiceOf(name)!);
            await api.GetAsync(path, ApiJson.Default.ServiceView, cancellation).ConfigureAwait(false);
            return path;
        }
    }

    /// <summary>The service in an instance's name; null where that is no instance's.</summary>
    private static string? ServiceOf(string instance)
    {
        int dash = instance.LastIndexOf('-');
        return dash > 0 && instance.Length > dash + 1 && instance[(dash + 1)..].All(char.IsAsciiDigit) ? instance[(instance.IndexOf('.', StringComparison.Ordinal) + 1)..dash] : null;
    }

    private static async Task ShowLogsAsync(ApiClient api, string path, int tail, bool follow, bool isJson, string? instance, CancellationToken cancellation)
    {
        if (follow)
        {
            string? last = null;
            string Path(LogLine? shown)
            {
                last = shown?.Time;
                return $"{path}/logs?follow=true&tail={(shown is null ? tail : LinesOfConsole)}";
            }
            await StreamAsync(api, Path, ApiJson.Default.LogLine, line => Show(line, last), cancellation).ConfigureAwait(false);
            return;
        }
        IReadOnlyList<LogLine> lines = await api.GetAsync($"{path}/logs?tail={(instance is null ? tail : 10000)}", ApiJson.Default.IReadOnlyListLogLine, cancellation).ConfigureAwait(false);
        foreach (LogLine line in lines.Where(line => instance is null || line.Instance == instance).TakeLast(tail))
            Show(line, null);

        // What was shown before the master went away is not shown again: times are of one form, so that their order is that of their letters.
        void Show(LogLine line, string? after)
        {
            if ((instance is not null && line.Instance != instance) || string.CompareOrdinal(line.Time, after) <= 0)
                return;
            if (isJson)
                Screen.Json(line, ApiJson.Default.LogLine);
            else
                Console.Out.WriteLine(instance is null ? $"{line.Time} {line.Instance} | {line.Text}" : line.Text);
        }
    }

    private static int NotNegative(int count) => count >= 0 ? count : throw new UaasException(Failure.Usage, $"--tail takes a number from 0, not {count}");

    /// <summary>Shows what comes as server-sent events, until Ctrl-C. A master that is just started anew is waited for.</summary>
    private static async Task StreamAsync<T>(ApiClient api, Func<T?, string> path, JsonTypeInfo<T> type, Action<T> show, CancellationToken cancellation)
        where T : class
    {
        T? last = null;
        bool wasThere = false;
        for (int tries = 0; ; tries++)
        {
            try
            {
                using HttpResponseMessage response = await api.SendAsync(HttpMethod.Get, path(last), null, cancellation).ConfigureAwait(false);
                wasThere = true;
                using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false));
                while (await reader.ReadLineAsync(cancellation).ConfigureAwait(false) is { } line)
                {
                    tries = 0;
                    if (!line.StartsWith(Data, StringComparison.Ordinal) || JsonSerializer.Deserialize(line[Data.Length..], type) is not { } one)
                        continue;
                    show(one);
                    last = one;
                }
            }
            catch (Exception e) when (e is IOException or HttpRequestException || (wasThere && e is UaasException { Failure: Failure.Daemon }))
            {
                // The master is gone; another may come.
            }
            if (tries == MostTries)
                throw new UaasException(Failure.Daemon, "the daemon has ended");
            await Task.Delay(TryEvery, cancellation).ConfigureAwait(false);
        }
    }
}
