// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;
using Uaas.Http;
using Uaas.Net;
using Uaas.Net.Tcp;
using Uaas.Service;

/// <summary>Takes live streams by RTMP at one port, plays them by RTMP there and by HTTP-FLV at another, with films beside them, and has the management endpoints at a third.</summary>
internal sealed class FlvService : UnikernelService
{
    private const int DefaultPort = 80;
    private const int DefaultRtmpPort = 1935;
    private const int DefaultManagementPort = 9090;

    private readonly WallClock _wallClock = new();
    private readonly HttpClock _clock = new();
    private readonly SiteContent _content = new();
    private readonly VideoPart _video = new();
    private HttpServer? _http;
    private HttpServer? _management;
    private FlvManagement? _managementHandler;
    private NetworkStack? _network;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "flv"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> ArgumentKeys => "port rtmp management streams buffer viewers sound framing cache record full split control"u8;

    /// <inheritdoc/>
    public override NetworkConfiguration Configure(BootArguments arguments, NetworkConfiguration address)
    {
        // A wrong number, or content that is no good, is told by Start.
        _content.Open(arguments);
        _video.Configure(arguments);
        return new NetworkConfiguration(address, HttpConnections + _video.RtmpConnections + ManagementHandler.Limits.MaxConnections);
    }

    /// <inheritdoc/>
    public override bool Start(BootArguments arguments, NetworkStack network)
    {
        if (_content.HasDevice && !_content.TryBegin(network)
            || !_video.TryBegin(arguments, _content, _clock, HttpConnections, out HttpHandler? handler)
            || !PortArgument.TryRead(arguments, "port"u8, DefaultPort, out ushort port)
            || !PortArgument.TryRead(arguments, "rtmp"u8, DefaultRtmpPort, out ushort rtmpPort)
            || !PortArgument.TryRead(arguments, "management"u8, DefaultManagementPort, out ushort managementPort))
        {
            return false;
        }

        _network = network;
        _http = new HttpServer(handler!, HttpBounds, _clock, null);
        int room = ManagementHandler.UsualMetrics + RecordingMetrics.Room + _video.Streams!.Count * VideoPart.MetricsPerStream;
        StreamMetrics streams = new(_video.Streams, _video.Rtmp!, new RecordingMetrics(_video));
        MetricSource[] sources = _content.Image is { } content
            ? [new HttpMetrics(_http), streams, new ContentMetrics(content), new NetworkMetrics(network), new MemoryMetrics()]
            : [new HttpMetrics(_http), streams, new NetworkMetrics(network), new MemoryMetrics()];
        _managementHandler = new FlvManagement(new ManagementHandler(_http, sources, room), _video.Streams, room, _video.RecordingManagement);
        _management = new HttpServer(_managementHandler, ManagementHandler.LimitsFor(room), _clock, null);
        return Listen(port, new TcpHttpListener(_http)) && Listen(rtmpPort, _video.Rtmp!) && Listen(managementPort, new TcpHttpListener(_management));
    }

    /// <inheritdoc/>
    public override void Turn(long now)
    {
        _clock.Set(now, _wallClock.UnixSeconds(now));
        _video.Turn(now);
    }

    /// <inheritdoc/>
    public override long NextDeadline => _video.NextDeadline;

    /// <inheritdoc/>
    public override bool StopRequested => _managementHandler!.DrainRequested;

    /// <inheritdoc/>
    public override long MemoryToCome => _http!.MemoryAtBounds + _video.MemoryToCome + _management!.MemoryAtBounds;

    /// <inheritdoc/>
    public override void BeginDrain()
    {
        _video.BeginDrain();
        _http!.Drain();
        _management!.Drain();
    }

    /// <inheritdoc/>
    public override bool IsDrained => _http!.IsDrained && _video.IsDrained && _management!.IsDrained;

    private int HttpConnections => HttpBounds.MaxConnections + HttpBounds.MaxOverloadConnections;

    private HttpLimits HttpBounds => new() { MaxConnections = _video.Viewers, MaxHeadSize = 8192, MaxBody = long.MaxValue };

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
