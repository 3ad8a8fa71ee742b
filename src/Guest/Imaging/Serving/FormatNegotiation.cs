// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;

namespace Uaas.Imaging.Serving;

/// <summary>The format of a result that was asked for without one.</summary>
internal static class FormatNegotiation
{
    /// <summary>WebP for who takes it, else the source's own format, as far as it can be written.</summary>
    internal static ImageFormat Choose(bool takesWebP, ImageFormat source)
    {
        if (takesWebP || source == ImageFormat.WebP) return ImageFormat.WebP;
        return source is ImageFormat.Png or ImageFormat.Gif ? ImageFormat.Png : ImageFormat.Jpeg;
    }

    /// <summary>The format that a media type names; unknown for any other.</summary>
    internal static ImageFormat OfType(ReadOnlySpan<byte> type)
    {
        for (ImageFormat format = ImageFormat.Jpeg; format <= ImageFormat.Gif; format++)
        {
            if (type.SequenceEqual(ImageFormats.MediaType(format))) return format;
        }

        return ImageFormat.Unknown;
    }

    /// <summary>Whether the client says that it takes WebP, by name: everybody accepts anything.</summary>
    internal static bool TakesWebP(in HttpRequest request)
    {
        int cursor = 0;
        while (request.NextHeader(HeaderName.Accept, ref cursor, out ReadOnlySpan<byte> value))
        {
            QualityList list = new(value);
            while (list.TryNext(out ReadOnlySpan<byte> range, out int quality))
            {
                if (quality > 0 && Ascii.EqualsIgnoreCase(range, "image/webp"u8)) return true;
            }
        }

        return false;
    }
}
