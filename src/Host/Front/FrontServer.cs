// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Uaas.Front.Links;
using Uaas.Front.Logging;
using Uaas.Front.Tls;
using Uaas.Gateway;
using Uaas.Networking;
using Yarp.ReverseProxy.Forwarder;

namespace Uaas.Front;

/// <summary>The embedded front: an HTTP/1.1 server in a process of its own, before all services of a node.</summary>
public sealed class FrontServer : IAsyncDisposable
{
    // How long a handshake waits for the first certificate of all.
    private static readonly TimeSpan CertificateWithin = TimeSpan.FromSeconds(5);

    private readonly WebApplication _application;
    private readonly FrontForwarder _forwarder;
    private readonly MasterLink _master;
    private readonly TcpFront _tcp;
    private readonly LinkLeases _leases = new(LinkTraffic.Read, TimeProvider.System);
    private readonly NameServer? _names;
    private readonly CertificateKeeper _certificates;
    private readonly AccessLog? _log;

    private FrontServer(WebApplication application, FrontForwarder forwarder, MasterLink master, TcpFront tcp, CertificateKeeper certificates, AccessLog? log, FrontOptions options)
    {
        _certificates = certificates;
        _log = log;
        _tcp = tcp;
        _application = application;
        _forwarder = forwarder;
        _master = master;
        _names = options.NameServer is not { } names ? null : NameServer.Start(names, new LinkDirectory(master, _leases, options.OutsideNames is { } path ? new OutsideNames(path) : null));
    }

    /// <summary>Makes a front.</summary>
    public static FrontServer Create(FrontOptions options)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        var master = new MasterLink(options);
        var certificates = new CertificateKeeper(text => master.Note("certificate", text));
        master.CertificatesNamed += certificates.Set;

        // Inline: what has come over a connection is dealt with by the thread that read it, since nothing here blocks; each thread more that has to wake up is time.
        IWebHostBuilder host = builder.WebHost.UseKestrelCore().UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        if (options.TlsListener is not null)
            host.UseKestrelHttpsConfiguration();
        host.ConfigureKestrel(server =>
        {
            ClientSide.Configure(server, options.MaxConnections);
            server.ListenHandle((ulong)options.Listener, listen => listen.Protocols = HttpProtocols.Http1);
            if (options.TlsListener is { } tls)
                server.ListenHandle((ulong)tls, listen => ListenForTls(listen, certificates, master, options));
        });
        builder.Services.AddHttpForwarder();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainWithin);
        WebApplication application = builder.Build();
        var forwarder = new FrontForwarder(master, options, application.Services.GetRequiredService<IHttpForwarder>());
        AccessLog? log = options.AccessLog is { } logging ? new AccessLog(logging, text => master.Note("access-log", text)) : null;
        application.Run(log is null ? forwarder.HandleAsync : new RequestLogger(log, forwarder.HandleAsync).HandleAsync);
        return new FrontServer(application, forwarder, master, new TcpFront(master, options.TcpListeners), certificates, log, options);
    }

    /// <summary>HTTP/1.1 and HTTP/2 over TLS. A front that has just been started knows no certificate yet: handshakes wait for the master.</summary>
    private static void ListenForTls(ListenOptions listen, CertificateKeeper certificates, MasterLink master, FrontOptions options)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = options.HandshakeWithin,
            OnConnection = async connection =>
            {
                if (!master.Synced.IsCompleted)
                    await master.Synced.WaitAsync(options.MasterWithin, connection.CancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

                // What has just been applied is about to be read.
                if (!certificates.Shown.IsCompleted)
                    await certificates.Shown.WaitAsync(CertificateWithin, connection.CancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return certificates.Table.OptionsFor(connection.ClientHelloInfo.ServerName);
            },
        });
    }

    /// <summary>Begins to serve.</summary>
    public Task StartAsync(CancellationToken cancellation)
    {
        _master.Start();
        _tcp.Start();
        return _application.StartAsync(cancellation);
    }

    /// <summary>Takes no further connections and waits for what is being answered, within the bound of the options.</summary>
    public Task StopAsync() => _application.StopAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync().ConfigureAwait(false);
        _tcp.Dispose();
        if (_names is not null)
            await _names.DisposeAsync().ConfigureAwait(false);
        _leases.Dispose();
        _forwarder.Dispose();
        _certificates.Dispose();
        if (_log is not null)
            await _log.DisposeAsync().ConfigureAwait(false);
        _master.Dispose();
    }
}
