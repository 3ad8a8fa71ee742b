// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Imaging.Codecs;

/// <summary>Reads WebP by libwebp, lossy or lossless; of an animation the first frame. The file and all pixels are in memory, as the format asks for.</summary>
public sealed unsafe class WebPDecoder : ImageDecoder
{
    // Enough for every header; and what is decoded between two looks at the clock.
    private const int HeaderLength = 4096;
    private const int StepLength = 4096;

    private byte* _file;
    private byte* _pixels;
    private long _length;
    private int _row;
    private bool _isAnimated;
    private WebP.Iterator _frame;

    /// <inheritdoc/>
    public override bool Open(ImageSource source)
    {
        SourceReader.Open(source);
        Orientation = 1;
        _row = 0;
        _length = source.Length;
        _file = (byte*)Library.Allocate((nuint)_length);
        if (_file == null) return false;
        WebP.Features features;
        int known = (int)Math.Min(HeaderLength, _length);
        if (SourceReader.Read(new Span<byte>(_file, known)) != known) return false;
        int status = WebP.GetFeatures(_file, (nuint)known, &features, WebP.DecoderVersion);
        if (status != WebP.StatusOk) return false;
        Width = features.Width;
        Height = features.Height;
        HasAlpha = features.HasAlpha != 0;
        _isAnimated = features.IsAnimated != 0;
        if (_isAnimated) HasAlpha = true;

        // The file, the pixels; what is not yet a pixel (lossless), or the planes of luma, chroma and alpha as far as they are kept.
        long pixels = (long)Width * Height;
        MemoryNeeded = _length + pixels * Frame.PixelSize + (features.Format == WebP.FormatLossless ? pixels * Frame.PixelSize : pixels) + (2 << 20);
        return true;
    }

    /// <inheritdoc/>
    public override bool Start()
    {
        int known = (int)Math.Min(HeaderLength, _length);
        if (SourceReader.Read(new Span<byte>(_file + known, (int)_length - known)) != (int)_length - known) return false;
        if (!FindFrame()) return false;
        _pixels = (byte*)Library.Allocate((nuint)_frame.Width * (nuint)_frame.Height * Frame.PixelSize);
        if (_pixels == null) return false;
        int stride = _frame.Width * Frame.PixelSize;
        void* decoder = WebP.CreateDecoder(WebP.ModeRgba, _pixels, (nuint)stride * (nuint)_frame.Height, stride);
        if (decoder == null) return false;
        int status = WebP.StatusSuspended;
        for (nuint given = 0; given < _frame.Fragment.Length && status == WebP.StatusSuspended;)
        {
            given = Math.Min(given + StepLength, _frame.Fragment.Length);
            status = WebP.Update(decoder, _frame.Fragment.Bytes, given);
            Host?.Step();
        }

        WebP.Delete(decoder);
        return status == WebP.StatusOk;
    }

    /// <inheritdoc/>
    public override bool ReadRow(Span<byte> row)
    {
        int y = _row++ - _frame.Top;
        row[..(Width * Frame.PixelSize)].Clear();
        if (y < 0 || y >= _frame.Height) return true;
        int stride = _frame.Width * Frame.PixelSize;
        new ReadOnlySpan<byte>(_pixels + (long)y * stride, stride).CopyTo(row[(_frame.Left * Frame.PixelSize)..]);
        return true;
    }

    /// <inheritdoc/>
    public override void Close()
    {
        Library.Free(_pixels);
        Library.Free(_file);
        _pixels = null;
        _file = null;
        SourceReader.Close();
    }

    // Where the frame lies in the picture and in the file.
    private bool FindFrame()
    {
        _frame = new WebP.Iterator { Width = Width, Height = Height, Fragment = new WebP.Data { Bytes = _file, Length = (nuint)_length } };
        if (!_isAnimated) return true;
        WebP.Data data = _frame.Fragment;
        void* demuxer = WebP.Demux(&data, 0, null, WebP.DemuxVersion);
        if (demuxer == null) return false;
        WebP.Iterator first;
        bool isThere = WebP.GetFrame(demuxer, 1, &first) != 0;
        WebP.DeleteDemuxer(demuxer);
        _frame = first;
        return isThere && first.Left >= 0 && first.Top >= 0 && first.Width > 0 && first.Height > 0
            && first.Width <= Width - first.Left && first.Height <= Height - first.Top;
    }
}
