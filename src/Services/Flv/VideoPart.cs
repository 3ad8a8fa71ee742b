// SPDX-License-Identifier: Apache-2.0

using System;
using System.Numerics;
using Uaas.Boot;
using Uaas.Http;
using Uaas.Media.Films;
using Uaas.Media.Live;
using Uaas.Media.Play;
using Uaas.Media.Recording;
using Uaas.Media.Rtmp;
using Uaas.Service;

/// <summary>Live video and films, as a part of a service: all but the ports and the HTTP server.</summary>
internal sealed class VideoPart
{
    /// <summary>Bytes of metrics that a stream takes at most.</summary>
    internal const int MetricsPerStream = 4096;

    private const int DefaultStreams = 4;
    private const int MaxStreams = 64;
    private const int DefaultBufferKilobytes = 4096;
    private const int MinBufferKilobytes = 256;
    private const int MaxBufferKilobytes = 1 << 18;
    private const int DefaultViewers = 1024;
    private const int MaxViewers = 16_384;
    private const int DefaultSoundMilliseconds = 40;
    private const int MaxSoundMilliseconds = 1000;
    private const long Millisecond = 1_000_000;

    private readonly RecordingPart _recording = new();
    private FlvHandler? _live;
    private int _slots;

    /// <summary>The streams.</summary>
    internal StreamTable? Streams { get; private set; }

    /// <summary>The RTMP port.</summary>
    internal RtmpServer? Rtmp { get; private set; }

    /// <summary>Viewers over each protocol at most.</summary>
    internal int Viewers { get; private set; } = DefaultViewers;

    /// <summary>RTMP connections at most: publishers come on top of the viewers.</summary>
    internal int RtmpConnections => Viewers + MaxStreams;

    /// <summary>Reads how many viewers there may be; what is wrong with the number is told by <see cref="TryBegin"/>.</summary>
    internal void Configure(BootArguments arguments)
    {
        Numbers.TryRead(arguments, "viewers"u8, 1, MaxViewers, DefaultViewers, out int viewers);
        Viewers = viewers;
    }

    /// <summary>Makes streams, the RTMP server and the handler; false, and said so on the log, where an argument or the content is no good.</summary>
    /// <param name="arguments">The boot arguments.</param>
    /// <param name="content">The content; there need be none.</param>
    /// <param name="clock">The time.</param>
    /// <param name="slots">Connections of the HTTP server at most.</param>
    /// <param name="handler">Who answers HTTP requests.</param>
    internal bool TryBegin(BootArguments arguments, SiteContent content, HttpClock clock, int slots, out HttpHandler? handler)
    {
        handler = null;
        if (!TryReadKeys(content, out StreamKeys? keys)
            || !Numbers.TryRead(arguments, "viewers"u8, 1, MaxViewers, DefaultViewers, out int viewers)
            || !Numbers.TryRead(arguments, "streams"u8, 1, MaxStreams, DefaultStreams, out int streams)
            || !Numbers.TryRead(arguments, "buffer"u8, MinBufferKilobytes, MaxBufferKilobytes, DefaultBufferKilobytes, out int kilobytes)
            || !Numbers.TryRead(arguments, "sound"u8, 0, MaxSoundMilliseconds, DefaultSoundMilliseconds, out int sound)
            || !TryReadFraming(arguments, out bool isChunked)
            || !_recording.TryConfigure(arguments))
        {
            return false;
        }

        Viewers = viewers;
        _slots = slots;
        Streams = new StreamTable(streams, (int)BitOperations.RoundUpToPowerOf2((uint)kilobytes) << 10, viewers, keys) { SoundWait = sound * Millisecond, Watch = new PublisherLog() };
        Rtmp = new RtmpServer(Streams, RtmpConnections);
        _live = new FlvHandler(Streams, Rtmp.Buffers, slots, isChunked);
        FilmHandler? films = content.Image is { } image ? new FilmHandler(image, content.Rules, clock) : null;
        _recording.Begin(Streams, clock);
        handler = new VideoHandler(_live, films, _recording.Public);
        return true;
    }

    /// <summary>Bytes that streams, connections and viewers may yet take.</summary>
    internal long MemoryToCome => Rtmp!.MemoryAtBounds + (long)_slots * (FlvHandler.MemoryPerConnection + (Recording == null ? 0 : RecordingHandler.MemoryPerConnection));

    /// <summary>The recorder; null where there is no volume.</summary>
    internal Recorder? Recording => _recording.Recorder;

    /// <summary>Who answers requests about recordings on the management port; null where there is no volume.</summary>
    internal HttpHandler? RecordingManagement => _recording.Trusted;

    /// <summary>Tells the time.</summary>
    internal void Turn(long now)
    {
        // First: a stream that its publisher has left may lose its name in the turn of the streams.
        Recording?.Turn(now);
        Streams?.Turn(now);
    }

    /// <summary>When <see cref="Turn"/> has something to do.</summary>
    internal long NextDeadline => Recording == null ? Streams!.NextDeadline : Math.Min(Streams!.NextDeadline, Recording.NextDeadline);

    /// <summary>Ends publishers and viewers. Before the HTTP server drains.</summary>
    internal void BeginDrain()
    {
        _live!.Drain();
        Rtmp!.Drain();
        Streams!.Drain();
        Recording?.Drain();
    }

    /// <summary>Whether all of RTMP has ended, and what was recorded is written.</summary>
    internal bool IsDrained => Rtmp!.IsDrained && (Recording == null || Recording.IsIdle);

    /// <summary>Live streams need no content: without a device all is well.</summary>
    private static bool TryReadKeys(SiteContent content, out StreamKeys? keys)
    {
        keys = StreamKeys.CreateOpen();
        if (!content.HasDevice || StreamKeys.TryRead(content.Rules.StreamKeys, out keys)) return true;
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
}
