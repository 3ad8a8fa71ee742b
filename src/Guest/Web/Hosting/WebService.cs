// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;
using Uaas.Http;
using Uaas.Net;
using Uaas.Service;

namespace Uaas.Web;

/// <summary>
/// A web service of one's own: derive from it, name the routes in <see cref="Setup"/>, and call <see cref="Run"/> from Main. It listens on <c>port=</c> (80), has health,
/// metrics and drain on <c>management=</c> (9090), and stops when it is asked to, once it has finished what runs.
/// </summary>
public abstract class WebService : UnikernelService
{
    private const ushort DefaultPort = 80;
    private const ushort DefaultManagementPort = 9090;
    private const int MaxKeys = 256;

    private readonly WallClock _wallClock = new();
    private readonly HttpClock _clock = new();
    private readonly byte[] _keys = new byte[MaxKeys];
    private FlowScheduler? _scheduler;
    private HttpServer? _server;
    private HttpServer? _management;
    private ManagementHandler? _managementHandler;

    /// <summary>The service's name, for the log.</summary>
    public override ReadOnlySpan<byte> Name => "web"u8;

    /// <summary>The keys of the service's own boot arguments, separated by spaces; read them in <see cref="Setup"/>. Any key that is not known stops the guest.</summary>
    protected virtual ReadOnlySpan<byte> OwnArguments => default;

    /// <summary>The bounds.</summary>
    protected virtual WebLimits Limits => new();

    /// <inheritdoc/>
    public sealed override ReadOnlySpan<byte> ArgumentKeys
    {
        get
        {
            LineBuilder keys = new(_keys);
            keys.Append("port management log cache "u8);
            keys.Append(OwnArguments);
            return keys.Text;
        }
    }

    /// <inheritdoc/>
    public sealed override bool StopRequested => _managementHandler is { DrainRequested: true };

    /// <inheritdoc/>
    public sealed override bool IsDrained => _server!.IsDrained && _management!.IsDrained;

    /// <inheritdoc/>
    public sealed override long NextDeadline => _scheduler!.NextDeadline;

    /// <summary>Runs the service until it is asked to stop. Does not return.</summary>
    protected static void Run(WebService service) => Unikernel.Run(service);

    /// <summary>Called once, at start-up: names routes, makes tables and buffers, reads arguments.</summary>
    protected abstract void Setup(WebSetup web);

    /// <inheritdoc/>
    public sealed override NetworkConfiguration Configure(BootArguments arguments, NetworkConfiguration address)
    {
        WebLimits limits = Limits;
        HttpLimits http = limits.Http;
        return new NetworkConfiguration(address, http.MaxConnections + http.MaxOverloadConnections + ManagementHandler.Limits.MaxConnections + limits.MaxClients * limits.MaxCalls);
    }

    /// <inheritdoc/>
    public sealed override bool Start(BootArguments arguments, NetworkStack network)
    {
        if (!PortArgument.TryRead(arguments, "port"u8, DefaultPort, out ushort port)
            || !PortArgument.TryRead(arguments, "management"u8, DefaultManagementPort, out ushort managementPort))
        {
            return false;
        }

        WebLimits limits = Limits;
        WebSetup setup = new(limits, _clock, network);
        if (!WebSettings.AreWhole()) setup.Fail("bad_settings"u8, default, "the settings that the host gave are damaged: start it by a tender and a command of one release"u8);
        Setup(setup);
        AccessLog? log = setup.CreateLog();
        if (!setup.Succeeded) return false;
        _scheduler = setup.Scheduler;
        _server = new HttpServer(setup.Dispatcher, setup.HttpLimits, _clock, log);
        _managementHandler = new ManagementHandler(_server, [new HttpMetrics(_server), new WebMetrics(setup.Dispatcher), new NetworkMetrics(network)]);
        _management = new HttpServer(_managementHandler, ManagementHandler.Limits, _clock, null);
        setup.StartJobs();
        return Listen(network, port, _server) && Listen(network, managementPort, _management);
    }

    /// <inheritdoc/>
    public sealed override void Turn(long now)
    {
        _clock.Set(now, _wallClock.UnixSeconds(now));
        _scheduler?.Turn(now);
    }

    /// <inheritdoc/>
    public sealed override void BeginDrain()
    {
        _server!.Drain();
        _management!.Drain();
    }

    private static bool Listen(NetworkStack network, ushort port, HttpServer server)
    {
        if (network.Tcp.Listen(port, new TcpHttpListener(server))) return true;
        Log line = Log.Error(stackalloc byte[Log.LineMax], "cannot_listen"u8);
        line.Field("port"u8, port);
        line.Hint("port and management take two different ports"u8);
        line.Write();
        return false;
    }
}
