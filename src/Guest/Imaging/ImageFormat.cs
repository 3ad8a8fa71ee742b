// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Imaging;

/// <summary>How a picture is encoded.</summary>
public enum ImageFormat : byte
{
    /// <summary>Not known.</summary>
    Unknown,

    /// <summary>JPEG (ITU-T T.81), baseline or progressive.</summary>
    Jpeg,

    /// <summary>PNG (RFC 2083).</summary>
    Png,

    /// <summary>WebP (RFC 9649), lossy or lossless.</summary>
    WebP,

    /// <summary>GIF (87a, 89a); read only.</summary>
    Gif,
}

/// <summary>What is known of formats.</summary>
public static class ImageFormats
{
    /// <summary>Bytes that <see cref="Recognise"/> wants to see.</summary>
    public const int SignatureLength = 12;

    private static ReadOnlySpan<byte> PngSignature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The format of a file that begins with these bytes.</summary>
    public static ImageFormat Recognise(ReadOnlySpan<byte> first)
    {
        if (first.Length < SignatureLength) return ImageFormat.Unknown;
        if (first[0] == 0xFF && first[1] == 0xD8 && first[2] == 0xFF) return ImageFormat.Jpeg;
        if (first[..8].SequenceEqual(PngSignature)) return ImageFormat.Png;
        if (first[..4].SequenceEqual("RIFF"u8) && first[8..12].SequenceEqual("WEBP"u8)) return ImageFormat.WebP;
        return first[..4].SequenceEqual("GIF8"u8) && first[4] is (byte)'7' or (byte)'9' && first[5] == 'a' ? ImageFormat.Gif : ImageFormat.Unknown;
    }

    /// <summary>The media type (RFC 6838).</summary>
    public static ReadOnlySpan<byte> MediaType(ImageFormat format) => format switch
    {
        ImageFormat.Jpeg => "image/jpeg"u8,
        ImageFormat.Png => "image/png"u8,
        ImageFormat.WebP => "image/webp"u8,
        ImageFormat.Gif => "image/gif"u8,
        _ => "application/octet-stream"u8,
    };

    /// <summary>Whether pixels of the format may be transparent.</summary>
    public static bool HasTransparency(ImageFormat format) => format != ImageFormat.Jpeg;
}
