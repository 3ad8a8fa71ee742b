// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Uaas.Front.Logging;
using Uaas.Nginx.Tests;

namespace Uaas.Front.Tests;

/// <summary>A front with a master and instances.</summary>
internal sealed class FrontBed : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly List<WebApplication> _instances = [];
    private readonly Socket _listener = Listen();
    private readonly Socket _tlsListener = Listen();
    private FrontServer? _front;

    internal FrontBed()
    {
        Folder = Directory.CreateTempSubdirectory("uaas-front-").FullName;
        Master = new ScriptedMaster(Folder);
    }

    internal string Folder { get; }

    internal ScriptedMaster Master { get; }

    internal int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    internal int TlsPort => ((IPEndPoint)_tlsListener.LocalEndPoint!).Port;

    internal Uri Url => new($"http://127.0.0.1:{Port}/");

    internal Uri TlsUrl => new($"https://127.0.0.1:{TlsPort}/");

    /// <summary>Starts the front. What the master knows is told by then.</summary>
    internal async Task StartAsync(bool hasTls = true, AccessLogOptions? log = null)
    {
        _front = FrontServer.Create(new FrontOptions
        {
            Listener = (int)_listener.Handle,
            TlsListener = hasTls ? (int)_tlsListener.Handle : null,
            TlsPort = TlsPort,
            MasterSocket = Path.Combine(Folder, "front.sock"),
            AccessLog = log,
        });
        await _front.StartAsync(default);
    }

    /// <summary>Starts an instance; its line for the master.</summary>
    internal async Task<string> InstanceAsync(string name, RequestDelegate answer, string service = "web")
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication application = builder.Build();
        application.UseWebSockets();
        application.Run(answer);
        await application.StartAsync();
        _instances.Add(application);
        return ScriptedMaster.Instance(name, new Uri(application.Urls.First()).Port, service);
    }

    /// <summary>One service at / with one instance, which answers so.</summary>
    internal async Task ServeAsync(RequestDelegate answer, string route = "ROUTE service=web host=* path=/ strip=0")
    {
        Master.Knows.AddRange([ScriptedMaster.Service(), await InstanceAsync("web-1", answer), route]);
    }

    /// <summary>A client that takes any certificate.</summary>
    internal static HttpClient Client(bool follows = false) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = follows,
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
    })
    {
        Timeout = s_patience,
    };

    /// <summary>The subject of the certificate that is shown to who asks for a name.</summary>
    internal async Task<string> ShownForAsync(string? name, SslProtocols protocols = SslProtocols.None)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, TlsPort);
        await using var stream = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, static (_, _, _, _) => true);
        using var late = new CancellationTokenSource(s_patience);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = name ?? "", EnabledSslProtocols = protocols }, late.Token);
        return new X509Certificate2(stream.RemoteCertificate!).GetNameInfo(X509NameType.SimpleName, forIssuer: false);
    }

    /// <summary>Waits until something holds.</summary>
    internal static async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        using var late = new CancellationTokenSource(s_patience);
        while (!await holds())
        {
            Assert.False(late.IsCancellationRequested, what);
            await Task.Delay(20);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_front is not null)
        {
            await _front.StopAsync();
            await _front.DisposeAsync();
        }
        foreach (WebApplication instance in _instances)
            await instance.DisposeAsync();
        Master.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static Socket Listen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        return socket;
    }
}
