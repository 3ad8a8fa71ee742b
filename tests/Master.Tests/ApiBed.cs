// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Configuration;
using Uaas.Master.Api;
using Uaas.Master.Control;
using Uaas.Master.Deploying;
using Uaas.Master.Storage;
using Uaas.Protocol;
using Uaas.Protocol.Agent;
using Uaas.Volumes;

namespace Uaas.Master.Tests;

/// <summary>The API over its unix socket and over TCP, before a master whose agent is the test's.</summary>
internal sealed class ApiBed : IAsyncDisposable, IAgentPort, IImageResolver
{
    private readonly Socket _local;
    private readonly Socket _tcp = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ControlLoop _control;
    private readonly Deployer _deployer;
    private readonly ApiServer _server;

    private ApiBed()
    {
        Folder = Directory.CreateTempSubdirectory("uaas-api-").FullName;
        Store = Store.Open(Path.Combine(Folder, "uaas.db"));
        History = new History(Store, TimeProvider.System);
        _control = new ControlLoop(Store, History, this, TimeProvider.System);
        _deployer = new Deployer(Store, _control, this, new ContentStore(Path.Combine(Folder, "content")), new VolumeStore(Path.Combine(Folder, "volumes")), new SettingsStore(Path.Combine(Folder, "settings")), History, TimeProvider.System);
        _local = LocalSocket.Listen(SocketPath);
        _tcp.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _tcp.Listen();
        Services = new ApiServices(_control, _deployer, Store, History, this, Folder, null, TimeProvider.System);
        _server = ApiServer.Create((int)_local.Handle, (int)_tcp.Handle, Services);
        Client = new HttpClient(new SocketsHttpHandler { ConnectCallback = (_, _) => new(new NetworkStream(LocalSocket.Connect(SocketPath), ownsSocket: true) as Stream) }) { BaseAddress = new Uri("http://uaas/") };
    }

    internal string Folder { get; }

    internal string SocketPath => Path.Combine(Folder, "api.sock");

    internal Store Store { get; }

    /// <summary>The images that may not be removed, and those whose parts are to stay.</summary>
    internal (IReadOnlySet<string> Used, IReadOnlySet<string> Remembered) HeldImages { get; private set; } = (new HashSet<string>(), new HashSet<string>());

    internal History History { get; }

    /// <summary>Speaks over the unix socket.</summary>
    internal HttpClient Client { get; }

    internal static async Task<ApiBed> StartAsync()
    {
        var bed = new ApiBed();
        await bed._server.StartAsync(default);
        bed._control.OnAgent(new AgentEvent.Hello(AgentLine.Version, "run", 8L << 30, 2));
        bed._control.OnAgent(new AgentEvent.Synced());
        return bed;
    }

    /// <summary>Speaks over TCP, with a token or without.</summary>
    internal HttpClient Tcp(string? token = null)
    {
        var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{((IPEndPoint)_tcp.LocalEndPoint!).Port}/") };
        if (token is not null)
            client.DefaultRequestHeaders.Add("Authorization", "Bearer " + token);
        return client;
    }

    /// <summary>What the API gives access to.</summary>
    internal ApiServices Services { get; }

    /// <summary>Makes a token.</summary>
    internal async Task<string> TokenAsync(string name, string role)
    {
        using HttpResponseMessage response = await Client.PostAsync("/v1/tokens", Json($$"""{"name":"{{name}}","role":"{{role}}"}"""));
        return (string)(await ReadAsync(response))["token"]!;
    }

    /// <summary>Applies one service of that name.</summary>
    internal Task<HttpResponseMessage> ApplyAsync(string name = "web", string? ifMatch = null, string? key = null, HttpClient? client = null) =>
        SendAsync(HttpMethod.Put, "/v1/namespaces/default", $$$"""{"services":[{"name":"{{{name}}}","image":{"kind":"reference","value":"shop:1"}}]}""", ifMatch, key, client);

    internal async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null, string? ifMatch = null, string? key = null, HttpClient? client = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : Json(body) };
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return await (client ?? Client).SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    internal static async Task<JsonNode> ReadAsync(HttpResponseMessage response) => JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

    public void Send(AgentCommand command)
    {
    }

    public Task<ResolvedImage> ResolveAsync(ServiceDefinition service, CancellationToken cancellation) => Task.FromResult(
        new ResolvedImage("spt", "/none", $"digest-of-{service.Image.Value}-that-is-long-enough-to-be-cut", [], null) { StoredImage = service.Image.Value });

    public void Hold(IReadOnlySet<string> used, IReadOnlySet<string> remembered) => HeldImages = (used, remembered);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
        _deployer.Dispose();
        _control.Dispose();
        await History.DisposeAsync();
        Store.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");
}
