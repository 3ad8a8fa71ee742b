// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.InteropServices;

namespace Uaas.Imaging.Codecs;

/// <summary>Writes PNG by libpng, 8 bits a channel, with alpha only where it is wanted.</summary>
public sealed unsafe class PngEncoder : ImageEncoder
{
    private const int CompressionLevel = 6;
    private const int Depth = 8;

    private static ImageSink? s_sink;
    private static bool s_isFull;

    private void* _png;
    private void* _information;

    /// <inheritdoc/>
    public override bool Start(int width, int height, bool hasAlpha, int quality, ImageSink sink)
    {
        s_sink = sink;
        s_isFull = false;
        _png = Png.CreateWrite(Png.Version(null), null, Library.GiveUp(), Library.Ignore());
        if (_png == null || Library.GaveUp) return false;
        _information = Png.CreateInformation(_png);
        if (_information == null || Library.GaveUp) return false;
        Png.SetWrite(_png, null, &Write, Library.Ignore());
        Png.SetHeader(_png, _information, (uint)width, (uint)height, Depth, hasAlpha ? Png.ColourRgba : Png.ColourRgb, 0, 0, 0);
        if (Library.GaveUp) return false;
        Png.SetCompression(_png, CompressionLevel);
        if (Library.GaveUp) return false;
        Png.WriteInformation(_png, _information);
        if (Library.GaveUp) return false;
        if (!hasAlpha) Png.SetFiller(_png, 0, Png.FillerAfter);
        return !Library.GaveUp && !s_isFull;
    }

    /// <inheritdoc/>
    public override bool WriteRow(ReadOnlySpan<byte> row)
    {
        fixed (byte* pixels = row)
        {
            Png.WriteRow(_png, pixels);
            return !Library.GaveUp && !s_isFull;
        }
    }

    /// <inheritdoc/>
    public override bool Finish()
    {
        Png.WriteEnd(_png, null);
        return !Library.GaveUp && !s_isFull;
    }

    /// <inheritdoc/>
    public override void Close()
    {
        void* png = _png;
        void* information = _information;
        if (png != null) Png.DestroyWrite(&png, &information);
        _png = null;
        _information = null;
        s_sink = null;
    }

    // Where there is no more room the library goes on for nothing until its next row.
    [UnmanagedCallersOnly]
    private static void Write(void* png, byte* bytes, nuint length)
    {
        if (!s_isFull && !s_sink!.Write(new ReadOnlySpan<byte>(bytes, (int)length))) s_isFull = true;
    }
}
