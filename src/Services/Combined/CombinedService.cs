// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;
using Uaas.Http;
using Uaas.Http.Static;
using Uaas.Net;
using Uaas.Net.Names;
using Uaas.Net.Tcp;
using Uaas.Service;

/// <summary>What the services http, img and flv do, on one port, out of one content image; RTMP at another, the management endpoints at a third.</summary>
internal sealed class CombinedService : UnikernelService
{
    private const int DefaultPort = 80;
    private const int DefaultRtmpPort = 1935;
    private const int DefaultManagementPort = 9090;

    private readonly WallClock _wallClock = new();
    private readonly HttpClock _clock = new();
    private readonly SiteContent _content = new();
    private readonly VideoPart _video = new();
    private readonly ImagePart _images = new();
    private HttpLimits _limits = new();
    private LinkTable _links = new();
    private HttpServer? _server;
    private HttpServer? _management;
    private FlvManagement? _managementHandler;
    private NetworkStack? _network;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "combined"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> ArgumentKeys => "port rtmp management streams buffer viewers sound framing cache record full split control"u8;

    /// <inheritdoc/>
    public override NetworkConfiguration Configure(BootArguments arguments, NetworkConfiguration address)
    {
        _content.Open(arguments);
        _links = address.Links;
        _video.Configure(arguments);
        // Publishers by HTTP send without end, so the bound on content is not the site's.
        _limits = _content.Rules.Limits.Apply(new HttpLimits { MaxConnections = _video.Viewers, MaxBody = long.MaxValue });
        return new NetworkConfiguration(address, HttpConnections + _video.RtmpConnections + ManagementHandler.Limits.MaxConnections + ImagePart.ConnectionsFor(_links));
    }

    /// <inheritdoc/>
    public override bool Start(BootArguments arguments, NetworkStack network)
    {
        if (!_content.TryBegin(network)
            || !_video.TryBegin(arguments, _content, _clock, HttpConnections, out HttpHandler? video)
            || !PortArgument.TryRead(arguments, "port"u8, DefaultPort, out ushort port)
            || !PortArgument.TryRead(arguments, "rtmp"u8, DefaultRtmpPort, out ushort rtmpPort)
            || !PortArgument.TryRead(arguments, "management"u8, DefaultManagementPort, out ushort managementPort))
        {
            return false;
        }

        _network = network;
        StaticSite site = new(_content.Image!, _content.Rules, _clock);
        int room = ManagementHandler.UsualMetrics + RecordingMetrics.Room + _video.Streams!.Count * VideoPart.MetricsPerStream;

        // Pictures divide what is free, and so come last.
        long reserved = _video.MemoryToCome + network.Tcp.MemoryToCome + HttpServer.MemoryFor(_limits) + HttpServer.MemoryFor(ManagementHandler.LimitsFor(room));
        if (!_images.TryBegin(_content, network, _links, reserved, HttpConnections, site)) return false;
        _server = new HttpServer(new CombinedHandler(video!, _images.Images!, _video.Recording != null), _limits, _clock, CreateLog());
        MetricSource[] sources =
        [
            new HttpMetrics(_server), new ImageMetrics(_images.Images!), new StreamMetrics(_video.Streams, _video.Rtmp!, new RecordingMetrics(_video)), new ContentMetrics(_content.Image!),
            new NetworkMetrics(network), new MemoryMetrics(),
        ];
        _managementHandler = new FlvManagement(new ManagementHandler(_server, sources, room), _video.Streams, room, _video.RecordingManagement);
        _management = new HttpServer(_managementHandler, ManagementHandler.LimitsFor(room), _clock, null);
        return Listen(port, new TcpHttpListener(_server)) && Listen(rtmpPort, _video.Rtmp!) && Listen(managementPort, new TcpHttpListener(_management));
    }

    /// <inheritdoc/>
    public override void Turn(long now)
    {
        _clock.Set(now, _wallClock.UnixSeconds(now));
        _video.Turn(now);
        _images.Turn(now);
    }

    /// <inheritdoc/>
    public override long NextDeadline => Math.Min(_video.NextDeadline, _images.NextDeadline);

    /// <inheritdoc/>
    public override bool StopRequested => _managementHandler!.DrainRequested;

    /// <inheritdoc/>
    public override long MemoryToCome => _server!.MemoryAtBounds + _video.MemoryToCome + _management!.MemoryAtBounds;

    /// <inheritdoc/>
    public override void BeginDrain()
    {
        _video.BeginDrain();
        _server!.Drain();
        _management!.Drain();
    }

    /// <inheritdoc/>
    public override bool IsDrained => _server!.IsDrained && _video.IsDrained && _management!.IsDrained;

    private int HttpConnections => _limits.MaxConnections + _limits.MaxOverloadConnections;

    private AccessLog? CreateLog() => _content.Rules.AccessLog is { } format ? new AccessLog(new ConsoleLog(), _clock, format, HttpConnections) : null;

    private bool Listen(ushort port, TcpListener listener)
    {
        if (_network!.Tcp.Listen(port, listener)) return true;
        Log line = Log.Error(stackalloc byte[Log.LineMax], "cannot_listen"u8);
        line.Field("port"u8, port);
        line.Hint("port, rtmp and management take three different ports"u8);
        line.Write();
        return false;
    }
}
