// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;
using Uaas.Http;
using Uaas.Http.Static;
using Uaas.Net;
using Uaas.Net.Names;
using Uaas.Service;

/// <summary>Serves pictures made from those of the content image at one port, beside the content itself, and the management endpoints at another.</summary>
internal sealed class ImgService : UnikernelService
{
    private const int DefaultPort = 80;
    private const int DefaultManagementPort = 9090;

    private readonly WallClock _wallClock = new();
    private readonly HttpClock _clock = new();
    private readonly SiteContent _content = new();
    private readonly ImagePart _images = new();
    private HttpLimits _limits = new();
    private LinkTable _links = new();
    private HttpServer? _server;
    private HttpServer? _management;
    private ManagementHandler? _managementHandler;
    private NetworkStack? _network;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "img"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> ArgumentKeys => "port management cache"u8;

    /// <summary>Opens the content, whose rules set the bounds of the server and so of the stack. What is wrong with it is told by <see cref="Start"/>.</summary>
    public override NetworkConfiguration Configure(BootArguments arguments, NetworkConfiguration address)
    {
        _content.Open(arguments);
        _links = address.Links;
        _limits = _content.Rules.Limits.Apply(_limits);
        return new NetworkConfiguration(address, _limits.MaxConnections + _limits.MaxOverloadConnections + ManagementHandler.Limits.MaxConnections + ImagePart.ConnectionsFor(_links));
    }

    /// <inheritdoc/>
    public override bool Start(BootArguments arguments, NetworkStack network)
    {
        if (!_content.TryBegin(network)
            || !PortArgument.TryRead(arguments, "port"u8, DefaultPort, out ushort port)
            || !PortArgument.TryRead(arguments, "management"u8, DefaultManagementPort, out ushort managementPort))
        {
            return false;
        }

        _network = network;
        StaticSite site = new(_content.Image!, _content.Rules, _clock);
        if (!_images.TryBegin(_content, network, _links, network.Tcp.MemoryToCome + HttpServer.MemoryFor(_limits) + HttpServer.MemoryFor(ManagementHandler.Limits), _limits.MaxConnections + _limits.MaxOverloadConnections, site)) return false;
        _server = new HttpServer(_images.Images!, _limits, _clock, CreateLog());
        _managementHandler = new ManagementHandler(_server, [new HttpMetrics(_server), new ImageMetrics(_images.Images!), new ContentMetrics(_content.Image!), new NetworkMetrics(network), new MemoryMetrics()]);
        _management = new HttpServer(_managementHandler, ManagementHandler.Limits, _clock, null);
        return Listen(port, _server) && Listen(managementPort, _management);
    }

    /// <summary>Works a slice on the picture at hand.</summary>
    public override void Turn(long now)
    {
        _clock.Set(now, _wallClock.UnixSeconds(now));
        _images.Turn(now);
    }

    /// <inheritdoc/>
    public override long NextDeadline => _images.NextDeadline;

    /// <inheritdoc/>
    public override long MemoryToCome => _server!.MemoryAtBounds + _management!.MemoryAtBounds;

    /// <inheritdoc/>
    public override bool StopRequested => _managementHandler!.DrainRequested;

    /// <inheritdoc/>
    public override void BeginDrain()
    {
        _server!.Drain();
        _management!.Drain();
    }

    /// <inheritdoc/>
    public override bool IsDrained => _server!.IsDrained && _management!.IsDrained;

    private AccessLog? CreateLog() => _content.Rules.AccessLog is { } format
        ? new AccessLog(new ConsoleLog(), _clock, format, _limits.MaxConnections + _limits.MaxOverloadConnections)
        : null;

    private bool Listen(ushort port, HttpServer server)
    {
        if (_network!.Tcp.Listen(port, new TcpHttpListener(server))) return true;
        Log line = Log.Error(stackalloc byte[Log.LineMax], "cannot_listen"u8);
        line.Field("port"u8, port);
        line.Hint("port and management take two different ports"u8);
        line.Write();
        return false;
    }
}
