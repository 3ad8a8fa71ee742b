// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Media.Flv;

/// <summary>What a packet is to somebody who begins to play.</summary>
public enum PacketKind : byte
{
    /// <summary>Nothing that can be played: empty, cut short or of no known type. It is not passed on.</summary>
    Unusable,

    /// <summary>A decoder's configuration: a player needs it before anything else.</summary>
    SequenceHeader,

    /// <summary>A picture by which decoding can begin.</summary>
    KeyFrame,

    /// <summary>A picture that needs others before it.</summary>
    InterFrame,

    /// <summary>A picture that no other needs.</summary>
    DisposableFrame,

    /// <summary>Sound.</summary>
    Sound,

    /// <summary>Something else that goes along: an end of sequence, colour metadata.</summary>
    Other,
}

/// <summary>Tells what the body of a tag is by its first bytes: FLV's own header, and Enhanced RTMP's (Veovera, Enhanced RTMP v2, ExVideoTagHeader).</summary>
public static class MediaPacket
{
    private const int AvcCodec = 7;
    private const int HevcCodec = 12;
    private const int AacFormat = 10;
    private const int ExtendedAudioFormat = 9;
    private const int ExtendedBit = 0x80;

    /// <summary>Reads a video body.</summary>
    public static PacketKind ReadVideo(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty) return PacketKind.Unusable;
        int first = body[0];
        if ((first & ExtendedBit) != 0) return ReadExtendedVideo(body, first >> 4 & 7, first & 15);
        int frameType = first >> 4;
        int codec = first & 15;
        if (codec is not (AvcCodec or HevcCodec)) return FrameKind(frameType);
        if (body.Length < 5) return PacketKind.Unusable;
        return body[1] switch
        {
            0 => PacketKind.SequenceHeader,
            1 => FrameKind(frameType),
            2 => PacketKind.Other,
            _ => PacketKind.Unusable,
        };
    }

    /// <summary>Reads an audio body.</summary>
    public static PacketKind ReadAudio(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty) return PacketKind.Unusable;
        int format = body[0] >> 4;
        if (format == ExtendedAudioFormat)
        {
            if (body.Length < 5) return PacketKind.Unusable;
            return (body[0] & 15) switch { 0 => PacketKind.SequenceHeader, 1 => PacketKind.Sound, _ => PacketKind.Other };
        }

        if (format != AacFormat) return PacketKind.Sound;
        if (body.Length < 2) return PacketKind.Unusable;
        return body[1] == 0 ? PacketKind.SequenceHeader : PacketKind.Sound;
    }

    private static PacketKind ReadExtendedVideo(ReadOnlySpan<byte> body, int frameType, int packetType)
    {
        // A type and the FourCC of the codec.
        if (body.Length < 5) return PacketKind.Unusable;
        return packetType switch
        {
            0 => PacketKind.SequenceHeader,
            1 or 3 => FrameKind(frameType),
            2 or 4 => PacketKind.Other,
            5 => PacketKind.SequenceHeader,
            _ => PacketKind.Unusable,
        };
    }

    private static PacketKind FrameKind(int frameType) => frameType switch
    {
        1 or 4 => PacketKind.KeyFrame,
        2 => PacketKind.InterFrame,
        3 => PacketKind.DisposableFrame,
        5 => PacketKind.Other,
        _ => PacketKind.Unusable,
    };
}
