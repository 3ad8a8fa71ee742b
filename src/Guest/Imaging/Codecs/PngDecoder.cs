// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.InteropServices;

namespace Uaas.Imaging.Codecs;

/// <summary>Reads PNG by libpng: every depth and colour type, interlaced or not. Texts and colour profiles, which can be bombs of their own, are passed over.</summary>
public sealed unsafe class PngDecoder : ImageDecoder
{
    // What a zlib window, its tables and two rows take at most, beside the rows themselves.
    private const long LibraryMemory = 1 << 20;

    private void* _png;
    private void* _information;
    private byte* _pixels;
    private int _row;
    private bool _isInterlaced;

    private static ReadOnlySpan<byte> PassedOver => "iCCP\0zTXt\0iTXt\0tEXt\0sPLT\0eXIf\0pCAL\0sCAL\0hIST\0"u8;

    /// <inheritdoc/>
    public override bool Open(ImageSource source)
    {
        SourceReader.Open(source);
        Orientation = 1;
        _png = Png.CreateRead(Png.Version(null), null, Library.GiveUp(), Library.Ignore());
        if (_png == null || Library.GaveUp) return false;
        _information = Png.CreateInformation(_png);
        if (_information == null || Library.GaveUp) return false;
        Png.SetRead(_png, &Read);
        fixed (byte* names = PassedOver)
        {
            const int nameLength = 5;
            Png.KeepChunks(_png, Png.NeverKeep, names, PassedOver.Length / nameLength);
            if (Library.GaveUp) return false;
        }

        Png.ReadInformation(_png, _information);
        if (Library.GaveUp || SourceReader.RanOut) return false;
        uint width = Png.Width(_png, _information);
        uint height = Png.Height(_png, _information);
        if (width > int.MaxValue || height > int.MaxValue) return false;
        Width = (int)width;
        Height = (int)height;
        HasAlpha = (Png.ColourType(_png, _information) & Png.AlphaBit) != 0 || Png.Has(_png, _information, Png.HasTransparency) != 0;
        _isInterlaced = Png.Interlace(_png, _information) != 0;
        _row = 0;
        const int deepestPixel = 8;
        MemoryNeeded = LibraryMemory + 3L * Width * deepestPixel + (_isInterlaced ? (long)Width * Height * Frame.PixelSize : 0);
        return true;
    }

    /// <inheritdoc/>
    public override bool Start()
    {
        Png.Expand(_png);
        if (Library.GaveUp) return false;
        Png.ReduceTo8Bits(_png);
        if (Library.GaveUp) return false;
        Png.GrayToRgb(_png);
        if (Library.GaveUp) return false;
        Png.AddAlpha(_png, byte.MaxValue, Png.FillerAfter);
        if (Library.GaveUp) return false;
        int passes = Png.HandleInterlace(_png);
        if (Library.GaveUp) return false;
        Png.Update(_png, _information);
        if (Library.GaveUp || Png.RowBytes(_png, _information) != (nuint)Width * Frame.PixelSize) return false;
        return !_isInterlaced || ReadAll(passes);
    }

    /// <inheritdoc/>
    public override bool ReadRow(Span<byte> row)
    {
        if (_isInterlaced)
        {
            int stride = Width * Frame.PixelSize;
            new ReadOnlySpan<byte>(_pixels + (long)_row++ * stride, stride).CopyTo(row);
            return true;
        }

        fixed (byte* pixels = row)
        {
            Png.ReadRow(_png, pixels, null);
            return !Library.GaveUp && !SourceReader.RanOut;
        }
    }

    /// <inheritdoc/>
    public override void Close()
    {
        void* png = _png;
        void* information = _information;
        if (png != null) Png.DestroyRead(&png, &information, null);
        Library.Free(_pixels);
        _png = null;
        _information = null;
        _pixels = null;
        SourceReader.Close();
    }

    // Each pass fills in more of every row.
    private bool ReadAll(int passes)
    {
        _pixels = (byte*)Library.Allocate((nuint)Width * (nuint)Height * Frame.PixelSize);
        if (_pixels == null) return false;
        for (int pass = 0; pass < passes; pass++)
        {
            for (int y = 0; y < Height; y++)
            {
                Png.ReadRow(_png, _pixels + (long)y * Width * Frame.PixelSize, null);
                if (Library.GaveUp || SourceReader.RanOut) return false;
                Host?.Step();
            }
        }

        return true;
    }

    [UnmanagedCallersOnly]
    private static int Read(void* png, byte* destination, nuint length) => SourceReader.Read(new Span<byte>(destination, (int)length)) == (int)length ? 1 : 0;
}
