// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Media.Flv;

namespace Uaas.Media.Live;

/// <summary>What a player is sent before the first packet: metadata and decoders' configurations as they were at one time. Shared by all who began then.</summary>
public sealed class Prologue
{
    private const int MaxPackets = 3;
    private const int Overhead = 24;
    private const int Room = StreamHeaders.MaxTotal + MaxPackets * Overhead + FlvFormat.FileHeaderSize;

    private readonly byte[] _flv = new byte[Room];
    private readonly byte[] _rtmp = new byte[Room];
    private readonly byte[] _webSocket = new byte[Room];
    private int _flvLength;
    private int _rtmpLength;
    private int _webSocketLength;

    /// <summary>Players that still need it, and the stream while it is the newest.</summary>
    public int References { get; set; }

    /// <summary>Makes it from what is known now.</summary>
    public void Build(StreamHeaders headers, bool hasAudio, bool hasVideo)
    {
        bool isUnknown = !hasAudio && !hasVideo;
        FlvFormat.WriteFileHeader(_flv, hasAudio || isUnknown, hasVideo || isUnknown);
        _flvLength = Append(FramingKind.Flv, headers, _flv, FlvFormat.FileHeaderSize);
        _rtmpLength = Append(FramingKind.Rtmp, headers, _rtmp, 0);
        int frame = Framing.WriteFrameHeader(_webSocket, _flvLength);
        _flv.AsSpan(0, _flvLength).CopyTo(_webSocket.AsSpan(frame));
        _webSocketLength = frame + _flvLength;
    }

    /// <summary>Its bytes on the wire.</summary>
    public ReadOnlySpan<byte> Bytes(FramingKind kind) => kind switch
    {
        FramingKind.Flv => _flv.AsSpan(0, _flvLength),
        FramingKind.WebSocket => _webSocket.AsSpan(0, _webSocketLength),
        _ => _rtmp.AsSpan(0, _rtmpLength),
    };

    private static int Append(FramingKind kind, StreamHeaders headers, byte[] room, int length)
    {
        if (!headers.Metadata.IsEmpty) length += Framing.Write(kind, TagType.Script, headers.Metadata, room.AsSpan(length));
        if (!headers.Video.IsEmpty) length += Framing.Write(kind, TagType.Video, headers.Video, room.AsSpan(length));
        if (!headers.Audio.IsEmpty) length += Framing.Write(kind, TagType.Audio, headers.Audio, room.AsSpan(length));
        return length;
    }
}

/// <summary>The newest metadata and configurations of a stream.</summary>
public sealed class StreamHeaders
{
    /// <summary>Bytes of each at most; what is larger is refused.</summary>
    public const int MaxSize = 4096;

    /// <summary>Bytes of all at most.</summary>
    public const int MaxTotal = 3 * MaxSize;

    private readonly byte[] _metadata = new byte[MaxSize];
    private readonly byte[] _video = new byte[MaxSize];
    private readonly byte[] _audio = new byte[MaxSize];
    private int _metadataLength;
    private int _videoLength;
    private int _audioLength;

    /// <summary>"onMetaData" and its values; empty where there is none.</summary>
    public ReadOnlySpan<byte> Metadata => _metadata.AsSpan(0, _metadataLength);

    /// <summary>The video decoder's configuration.</summary>
    public ReadOnlySpan<byte> Video => _video.AsSpan(0, _videoLength);

    /// <summary>The audio decoder's configuration.</summary>
    public ReadOnlySpan<byte> Audio => _audio.AsSpan(0, _audioLength);

    /// <summary>Forgets all.</summary>
    public void Clear() => _metadataLength = _videoLength = _audioLength = 0;

    /// <summary>Keeps one. False when it is too large, or the same as before.</summary>
    public bool TrySet(TagType type, ReadOnlySpan<byte> body) => type switch
    {
        TagType.Video => TrySet(_video, ref _videoLength, body),
        TagType.Audio => TrySet(_audio, ref _audioLength, body),
        _ => TrySet(_metadata, ref _metadataLength, body),
    };

    private static bool TrySet(byte[] kept, ref int length, ReadOnlySpan<byte> body)
    {
        if (body.Length > MaxSize || body.SequenceEqual(kept.AsSpan(0, length))) return false;
        body.CopyTo(kept);
        length = body.Length;
        return true;
    }
}
