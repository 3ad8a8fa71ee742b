// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Threading.Tasks;
using Uaas.Cli.Nginx;
using Uaas.Configuration;
using Xunit;

namespace Uaas.Nginx.Tests;

/// <summary>An nginx with the configuration that uaas nginx writes, and an instance of each service.</summary>
internal sealed class GeneratedNginx : IAsyncDisposable
{
    private readonly NginxBed _bed;
    private readonly ScriptedMaster _master;
    private readonly List<Server> _servers;
    private readonly HttpClient _client;

    private GeneratedNginx(NginxBed bed, ScriptedMaster master, List<Server> servers, int port)
    {
        _bed = bed;
        _master = master;
        _servers = servers;
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
    }

    internal static Deployment Deploy(Dictionary<string, Route[]> services) => new()
    {
        Services = [.. services.Select(static pair => new ServiceDefinition { Name = pair.Key, Image = new ImageSource(ImageKind.BuiltIn, "http"), Routes = pair.Value })],
    };

    internal static NginxSettings Settings(string folder, int port) => new()
    {
        Modules = Paths.Modules,
        StreamModule = Paths.StreamModule,
        Folder = folder,
        MasterSocket = Path.Combine(folder, "front.sock"),
        Address = new IPEndPoint(IPAddress.Loopback, port),
        IsPrivileged = Environment.IsPrivilegedProcess,
    };

    internal static async Task<GeneratedNginx> StartAsync(Dictionary<string, Route[]> services)
    {
        int port = ChangeTests.ClosedPort();
        var bed = new NginxBed(folder => NginxConfiguration.Write(Deploy(services), Settings(folder, port)) + "daemon off;\n");
        var master = new ScriptedMaster(bed.Folder);
        var servers = new List<Server>();
        foreach (string service in services.Keys)
        {
            servers.Add(await Server.StartAsync(service));
            master.Knows.Add(ScriptedMaster.Service(service));
            master.Knows.Add(ScriptedMaster.Instance($"{service}-1", servers[^1].Port, service));
        }
        var nginx = new GeneratedNginx(bed, master, servers, port);
        await bed.StartAsync();
        await NginxBed.UntilAsync(() => master.Connections > 0, "its workers are there");
        return nginx;
    }

    /// <summary>The name of the service that answers, and the path that it was asked for; or the status where it is not 200.</summary>
    internal async Task<string> GetAsync(string host, string target)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(target, UriKind.Relative)) { Headers = { Host = host } };
        using HttpResponseMessage answer = await _client.SendAsync(request);
        if (answer.StatusCode != HttpStatusCode.OK)
            return ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
        string[] words = (await answer.Content.ReadAsStringAsync()).Split(' ');
        return $"{words[0]} {string.Join(' ', words[2..^1])}";
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _master.Dispose();
        await _bed.DisposeAsync();
        foreach (Server server in _servers)
            await server.DisposeAsync();
    }
}
