// SPDX-License-Identifier: Apache-2.0

using System;
using System.Numerics;
using Uaas.Boot;
using Uaas.Http;
using Uaas.Media.Films;
using Uaas.Media.Live;
using Uaas.Media.Play;
using Uaas.Media.Rtmp;
using Uaas.Net;
using Uaas.Net.Tcp;
using Uaas.Service;

/// <summary>Takes live streams by RTMP at one port, plays them by RTMP there and by HTTP-FLV at another, with films beside them, and has the management endpoints at a third.</summary>
internal sealed class FlvService : UnikernelService
{
    private const int DefaultPort = 80;
    private const int DefaultRtmpPort = 1935;
    private const int DefaultManagementPort = 9090;
    private const int DefaultStreams = 4;
    private const int MaxStreams = 64;
    private const int DefaultBufferKilobytes = 4096;
    private const int MinBufferKilobytes = 256;
    private const int MaxBufferKilobytes = 1 << 18;
    private const int DefaultViewers = 1024;
    private const int MaxViewers = 16_384;
    private const int DefaultSoundMilliseconds = 40;
    private const int MaxSoundMilliseconds = 1000;
    private const int MetricsPerStream = 4096;
    private const long Millisecond = 1_000_000;

    private readonly WallClock _wallClock = new();
    private readonly HttpClock _clock = new();
    private readonly SiteContent _content = new();
    private HttpServer? _http;
    private HttpServer? _management;
    private RtmpServer? _rtmp;
    private FlvHandler? _live;
    private StreamTable? _streams;
    private FlvManagement? _managementHandler;
    private NetworkStack? _network;
    private int _viewers = DefaultViewers;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Name => "flv"u8;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> ArgumentKeys => "port rtmp management streams buffer viewers sound framing cache"u8;

    /// <inheritdoc/>
    public override NetworkConfiguration Configure(BootArguments arguments, NetworkConfiguration address)
    {
        // A wrong number, or content that is no good, is told by Start.
        _content.Open(arguments);
        Numbers.TryRead(arguments, "viewers"u8, 1, MaxViewers, DefaultViewers, out _viewers);
        return new NetworkConfiguration(address)
        {
            MaxConnections = HttpBounds.MaxConnections + HttpBounds.MaxOverloadConnections + RtmpConnections + ManagementHandler.Limits.MaxConnections + NetworkConfiguration.DefaultBacklog,
        };
    }

    /// <inheritdoc/>
    public override bool Start(BootArguments arguments, NetworkStack network)
    {
        if (!TryReadContent(out StreamKeys? keys)
            || !Numbers.TryRead(arguments, "viewers"u8, 1, MaxViewers, DefaultViewers, out _viewers)
            || !Numbers.TryRead(arguments, "streams"u8, 1, MaxStreams, DefaultStreams, out int streams)
            || !Numbers.TryRead(arguments, "buffer"u8, MinBufferKilobytes, MaxBufferKilobytes, DefaultBufferKilobytes, out int kilobytes)
            || !Numbers.TryRead(arguments, "sound"u8, 0, MaxSoundMilliseconds, DefaultSoundMilliseconds, out int sound)
            || !TryReadFraming(arguments, out bool isChunked)
            || !PortArgument.TryRead(arguments, "port"u8, DefaultPort, out ushort port)
            || !PortArgument.TryRead(arguments, "rtmp"u8, DefaultRtmpPort, out ushort rtmpPort)
            || !PortArgument.TryRead(arguments, "management"u8, DefaultManagementPort, out ushort managementPort))
        {
            return false;
        }

        _network = network;
        _streams = new StreamTable(streams, (int)BitOperations.RoundUpToPowerOf2((uint)kilobytes) << 10, _viewers, keys) { SoundWait = sound * Millisecond };
        _rtmp = new RtmpServer(_streams, RtmpConnections);
        _live = new FlvHandler(_streams, _rtmp.Buffers, HttpBounds.MaxConnections + HttpBounds.MaxOverloadConnections, isChunked);
        FilmHandler? films = _content.Image is { } image ? new FilmHandler(image, _content.Rules, _clock) : null;
        _http = new HttpServer(new VideoHandler(_live, films), HttpBounds, _clock, null);
        int room = ManagementHandler.UsualMetrics + streams * MetricsPerStream;
        MetricSource[] sources = _content.Image is { } content
            ? [new HttpMetrics(_http), new StreamMetrics(_streams, _rtmp), new ContentMetrics(content), new NetworkMetrics(network), new MemoryMetrics()]
            : [new HttpMetrics(_http), new StreamMetrics(_streams, _rtmp), new NetworkMetrics(network), new MemoryMetrics()];
        ManagementHandler endpoints = new(_http, sources, room);
        _managementHandler = new FlvManagement(endpoints, _streams, room);
        _management = new HttpServer(_managementHandler, ManagementHandler.LimitsFor(room), _clock, null);
        return Listen(port, new TcpHttpListener(_http)) && Listen(rtmpPort, _rtmp) && Listen(managementPort, new TcpHttpListener(_management));
    }

    /// <inheritdoc/>
    public override void Turn(long now)
    {
        _clock.Set(now, _wallClock.UnixSeconds(now));
        _streams?.Turn(now);
    }

    /// <inheritdoc/>
    public override long NextDeadline => _streams!.NextDeadline;

    /// <inheritdoc/>
    public override bool StopRequested => _managementHandler!.DrainRequested;

    /// <inheritdoc/>
    public override long MemoryToCome => _http!.MemoryAtBounds + (long)_http.Capacity * FlvHandler.MemoryPerConnection + _rtmp!.MemoryAtBounds + _management!.MemoryAtBounds;

    /// <inheritdoc/>
    public override void BeginDrain()
    {
        _live!.Drain();
        _rtmp!.Drain();
        _streams!.Drain();
        _http!.Drain();
        _management!.Drain();
    }

    /// <inheritdoc/>
    public override bool IsDrained => _http!.IsDrained && _rtmp!.IsDrained && _management!.IsDrained;

    // Publishers come on top of the viewers.
    private int RtmpConnections => _viewers + MaxStreams;

    private HttpLimits HttpBounds => new() { MaxConnections = _viewers, MaxHeadSize = 8192, MaxBody = long.MaxValue };

    /// <summary>Live streams need no content: without a device all is well.</summary>
    private bool TryReadContent(out StreamKeys? keys)
    {
        keys = StreamKeys.CreateOpen();
        if (!_content.HasDevice) return true;
        if (!_content.Report()) return false;
        if (StreamKeys.TryRead(_content.Rules.StreamKeys, out keys)) return true;
        Log line = Log.Error(stackalloc byte[Log.LineMax], "bad_stream_keys"u8);
        line.Hint("the stream keys in the content image are damaged: pack the content again"u8);
        line.Write();
        return false;
    }

    private static bool TryReadFraming(BootArguments arguments, out bool isChunked)
    {
        isChunked = !arguments.TryGet("framing"u8, out ReadOnlySpan<byte> text) || text.SequenceEqual("chunked"u8);
        if (isChunked || text.SequenceEqual("close"u8)) return true;
        Log line = Log.Error(stackalloc byte[Log.LineMax], "bad_argument"u8);
        line.Field("framing"u8, text);
        line.Hint("framing= takes chunked, or close"u8);
        line.Write();
        return false;
    }

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
