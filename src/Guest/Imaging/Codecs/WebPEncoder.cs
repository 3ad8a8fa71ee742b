// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.InteropServices;

namespace Uaas.Imaging.Codecs;

/// <summary>Writes lossy WebP by libwebp.</summary>
public sealed unsafe class WebPEncoder : ImageEncoder
{
    private static ImageSink? s_sink;
    private static WebPEncoder? s_current;

    private byte* _pixels;
    private int _width;
    private int _height;
    private int _row;
    private int _quality;
    private bool _hasAlpha;

    /// <inheritdoc/>
    public override bool Start(int width, int height, bool hasAlpha, int quality, ImageSink sink)
    {
        s_sink = sink;
        s_current = this;
        _width = width;
        _height = height;
        _row = 0;
        _quality = quality;
        _hasAlpha = hasAlpha;
        _pixels = (byte*)Library.Allocate((nuint)width * (nuint)height * Frame.PixelSize);
        return _pixels != null;
    }

    /// <inheritdoc/>
    public override bool WriteRow(ReadOnlySpan<byte> row)
    {
        int stride = _width * Frame.PixelSize;
        row[..stride].CopyTo(new Span<byte>(_pixels + (long)_row++ * stride, stride));
        return true;
    }

    /// <inheritdoc/>
    public override bool Finish()
    {
        WebP.Configuration configuration;
        WebP.Picture picture;
        if (WebP.InitialiseConfiguration(&configuration, 0, _quality, WebP.EncoderVersion) == 0 || WebP.InitialisePicture(&picture, WebP.EncoderVersion) == 0) return false;
        picture.Width = _width;
        picture.Height = _height;
        picture.Writer = &Write;
        picture.Progress = &Progress;
        int stride = _width * Frame.PixelSize;
        int imported = _hasAlpha ? WebP.ImportRgba(&picture, _pixels, stride) : WebP.ImportRgbx(&picture, _pixels, stride);
        bool isGood = imported != 0 && WebP.Encode(&configuration, &picture) != 0;
        WebP.Free(&picture);
        return isGood;
    }

    /// <inheritdoc/>
    public override void Close()
    {
        Library.Free(_pixels);
        _pixels = null;
        s_sink = null;
        s_current = null;
    }

    [UnmanagedCallersOnly]
    private static int Write(byte* bytes, nuint length, WebP.Picture* picture) => s_sink!.Write(new ReadOnlySpan<byte>(bytes, (int)length)) ? 1 : 0;

    [UnmanagedCallersOnly]
    private static int Progress(int percent, WebP.Picture* picture)
    {
        s_current!.Host?.Step();
        return 1;
    }
}
