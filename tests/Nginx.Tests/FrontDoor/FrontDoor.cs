// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Threading.Tasks;
using Uaas.Configuration;
using Uaas.Net.Testing;
using Xunit;

namespace Uaas.Nginx.Tests.FrontDoor;

/// <summary>What a front is put before.</summary>
/// <param name="Routes">The services, each with its routes.</param>
internal sealed record DoorPlan(IReadOnlyDictionary<string, Route[]> Routes)
{
    /// <summary>One service, for all paths.</summary>
    internal static DoorPlan Web { get; } = new(new Dictionary<string, Route[]> { ["web"] = [new Route()] });

    /// <summary>What the master tells of the services; one with the usual settings each, where it is not given.</summary>
    internal string[]? Services { get; init; }

    /// <summary>A TCP port of the node that leads to the first service; 0 for none.</summary>
    internal int ListenPort { get; init; }

    /// <summary>The guest's port that it leads to.</summary>
    internal int GuestPort { get; init; }

    internal Deployment Deployment => new()
    {
        Services = [.. Routes.Select((pair, index) => new ServiceDefinition
        {
            Name = pair.Key,
            Image = new ImageSource(ImageKind.BuiltIn, "http"),
            Routes = pair.Value,
            Ports = ListenPort != 0 && index == 0 ? new ServicePorts { Tcp = [new TcpPort("tcp", ListenPort, GuestPort)] } : new ServicePorts(),
        })],
    };

    /// <summary>What any front is told: of it takes each what it has use for.</summary>
    internal IEnumerable<string> Lines =>
        [
            .. Services ?? [.. Routes.Keys.Select(service => ScriptedMaster.Service(service))],
            .. Routes.SelectMany(static pair => pair.Value.Select(route => RouteLine(pair.Key, route))),
            .. ListenPort == 0 ? Array.Empty<string>() : [$"TCP service={Routes.Keys.First()} listen={ListenPort} port={GuestPort}"],
        ];

    private static string RouteLine(string service, Route route) =>
        $"ROUTE service={service} host={route.Host ?? "*"} path={route.Path} strip={(route.Strip ? 1 : 0)}{(route.Extensions.Count == 0 ? "" : $" extensions={string.Join(',', route.Extensions)}")}";
}

/// <summary>A front of one kind or the other, its master, and a client. What is tested with it holds for every front.</summary>
internal abstract class FrontDoor : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly List<Server> _servers = [];

    protected FrontDoor(string folder, DoorPlan plan, int port)
    {
        Plan = plan;
        EndPoint = new IPEndPoint(IPAddress.Loopback, port);
        Master = new ScriptedMaster(folder, [.. plan.Lines]);
        Client = new HttpClient { BaseAddress = new Uri($"http://{EndPoint}/"), Timeout = s_patience };
    }

    internal DoorPlan Plan { get; }

    internal ScriptedMaster Master { get; }

    internal IPEndPoint EndPoint { get; }

    internal HttpClient Client { get; }

    internal Task<string> GetAsync(string path = "/") => Client.GetStringAsync(new Uri(path, UriKind.Relative));

    internal Task<HttpResponseMessage> SendAsync(string path = "/", HttpMethod? method = null, HttpContent? content = null) =>
        Client.SendAsync(new HttpRequestMessage(method ?? HttpMethod.Get, new Uri(path, UriKind.Relative)) { Content = content }, HttpCompletionOption.ResponseHeadersRead);

    /// <summary>What answers a request for a host: the service's name and the path as it saw it; or the status where that is not 200.</summary>
    internal async Task<string> AskAsync(string host, string target)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(target, UriKind.Relative)) { Headers = { Host = host } };
        using HttpResponseMessage answer = await Client.SendAsync(request);
        if (answer.StatusCode != HttpStatusCode.OK)
            return ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
        string[] words = (await answer.Content.ReadAsStringAsync()).Split(' ');
        return $"{words[0]} {string.Join(' ', words[2..^1])}";
    }

    /// <summary>Tells of an instance and asks until it answers: then the front knows of it.</summary>
    internal async Task IntroduceAsync(string id, Server server, string service = "web")
    {
        Master.Tell(ScriptedMaster.Instance(id, server.Port, service));
        await UntilAnsweredByAsync(server.Name);
    }

    /// <summary>The same of an instance that is started for it, and ends with the front.</summary>
    internal async Task<Server> IntroduceAsync(string id, string name)
    {
        Server server = await Server.StartAsync(name);
        _servers.Add(server);
        await IntroduceAsync(id, server);
        return server;
    }

    /// <summary>Asks until that server answers.</summary>
    internal async Task UntilAnsweredByAsync(string name)
    {
        long deadline = Environment.TickCount64 + (long)s_patience.TotalMilliseconds;
        while (!(await GetAsync("/probe")).StartsWith(name + " ", StringComparison.Ordinal))
            Assert.True(Environment.TickCount64 < deadline, $"{name} does not answer");
    }

    public virtual async ValueTask DisposeAsync()
    {
        Client.Dispose();
        foreach (Server server in _servers)
            await server.DisposeAsync();
        Master.Dispose();
    }
}
