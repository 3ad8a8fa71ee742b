// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Net.Http;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading;
using Uaas.Linux;

namespace Uaas.Bench.Clients;

/// <summary>An instance as the master tells of it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Service">Its service.</param>
/// <param name="Revision">Its revision.</param>
/// <param name="State">Its state in a word.</param>
/// <param name="Address">Where it serves; null before it has a link.</param>
internal sealed record ToldInstance(string Name, string Service, int Revision, string State, string? Address);

/// <summary>Something that has happened, as the master tells of it.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Time">When.</param>
/// <param name="Instance">To which instance; null for none.</param>
/// <param name="Kind">What, in a word.</param>
internal sealed record ToldEvent(long Id, DateTimeOffset Time, string? Instance, string Kind);

/// <summary>The master's API, over its unix socket.</summary>
internal sealed class MasterApi : IDisposable
{
    private const int MostEvents = 10_000;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly HttpClient _client;

    /// <param name="socket">Path of the socket.</param>
    internal MasterApi(string socket)
    {
        _client = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, cancellation) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation).ConfigureAwait(false);
                return new NetworkStream(connection, ownsSocket: true);
            },
        })
        { BaseAddress = new Uri("http://uaas/v1/") };
    }

    /// <summary>All instances that there are.</summary>
    internal IReadOnlyList<ToldInstance> Instances() => [.. Get("instances").Select(one => new ToldInstance(
        Text(one, "name")!, Text(one, "service")!, one.GetProperty("revision").GetInt32(), Text(one, "state")!, Text(one, "address")))];

    /// <summary>How many instances each service has, in whatever phase.</summary>
    internal IReadOnlyDictionary<string, int> InstancesOfServices() => Get("services").ToDictionary(
        one => Text(one, "name")!, one => one.GetProperty("ready").GetInt32() + one.GetProperty("starting").GetInt32() + one.GetProperty("leaving").GetInt32());

    /// <summary>What has happened after an event, the oldest first.</summary>
    internal IReadOnlyList<ToldEvent> EventsAfter(long id) => [.. Get($"events?after={id}&count={MostEvents}").Select(one =>
        new ToldEvent(one.GetProperty("id").GetInt64(), one.GetProperty("time").GetDateTimeOffset(), Text(one, "instance"), Text(one, "kind")!)).OrderBy(one => one.Id)];

    /// <summary>Asks again and again until it is so.</summary>
    /// <exception cref="UaasException">It is not in time.</exception>
    internal void Until(string what, TimeSpan limit, Func<MasterApi, bool> isSo)
    {
        long start = Stopwatch.GetTimestamp();
        while (!Try(isSo))
        {
            if (Stopwatch.GetElapsedTime(start) > limit)
                throw new UaasException(Failure.Lost, $"not within {limit.TotalSeconds:0} s: {what}");
            Thread.Sleep(Pause);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>A master that was just killed answers when it is there again.</summary>
    private bool Try(Func<MasterApi, bool> isSo)
    {
        try
        {
            return isSo(this);
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private JsonElement.ArrayEnumerator Get(string path)
    {
        string text = _client.GetStringAsync(new Uri(path, UriKind.Relative)).GetAwaiter().GetResult();
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone().EnumerateArray();
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
