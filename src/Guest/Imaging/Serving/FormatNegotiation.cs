// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;

namespace Uaas.Imaging.Serving;

/// <summary>The format of a result that was asked for without one.</summary>
internal static class FormatNegotiation
{
    /// <summary>WebP for who says that it is accepted (by name: everybody accepts anything), else the source's own format, as far as it can be written.</summary>
    internal static ImageFormat Choose(in HttpRequest request, ReadOnlySpan<byte> sourceType, bool prefersWebP)
    {
        if (prefersWebP && AcceptsWebP(in request)) return ImageFormat.WebP;
        if (sourceType.SequenceEqual(ImageFormats.MediaType(ImageFormat.Png)) || sourceType.SequenceEqual(ImageFormats.MediaType(ImageFormat.Gif))) return ImageFormat.Png;
        return sourceType.SequenceEqual(ImageFormats.MediaType(ImageFormat.WebP)) ? ImageFormat.WebP : ImageFormat.Jpeg;
    }

    private static bool AcceptsWebP(in HttpRequest request)
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
