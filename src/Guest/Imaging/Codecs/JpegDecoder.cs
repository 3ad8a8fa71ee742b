// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.InteropServices;

namespace Uaas.Imaging.Codecs;

/// <summary>Reads JPEG by libjpeg-turbo.</summary>
public sealed unsafe class JpegDecoder : ImageDecoder
{
    private const int WindowSize = 64 << 10;
    private const int MaxExif = 65_533;

    private static byte* s_window;

    private Jpeg.Decompress* _state;
    private int _fullWidth;
    private int _fullHeight;
    private bool _isCmyk;

    /// <inheritdoc/>
    public override bool Open(ImageSource source)
    {
        SourceReader.Open(source);
        HasAlpha = false;
        Orientation = 1;
        _state = (Jpeg.Decompress*)Library.AllocateZeroed(1, (nuint)(sizeof(Jpeg.Decompress) + sizeof(Jpeg.ErrorManager)));
        s_window = (byte*)Library.Allocate(WindowSize);
        if (_state == null || s_window == null) return false;
        _state->Errors = (Jpeg.ErrorManager*)(_state + 1);
        Jpeg.StandardErrors(_state->Errors);
        _state->Errors->Exit = Library.GiveUp();
        _state->Errors->OutputMessage = Library.Ignore();
        Jpeg.ErrorManager* errors = _state->Errors;
        Jpeg.CreateDecompress(_state, Jpeg.Version, (nuint)sizeof(Jpeg.Decompress));
        if (Library.GaveUp) return false;
        _state->Errors = errors;
        Jpeg.ReadFromMemory(_state, s_window, (ulong)SourceReader.Read(new Span<byte>(s_window, (int)Math.Min(WindowSize, source.Length))));
        if (Library.GaveUp) return false;
        _state->Source->Fill = &Fill;
        _state->Source->Skip = &Skip;
        Jpeg.SaveMarkers(_state, Jpeg.MarkerExif, MaxExif);
        if (Library.GaveUp || Jpeg.ReadHeader(_state, Jpeg.Yes) != Jpeg.HeaderOk || Library.GaveUp) return false;
        ReadProperties();
        return true;
    }

    /// <inheritdoc/>
    public override void ShrinkBy(int divisor)
    {
        _state->ScaleNumerator = 1;
        _state->ScaleDenominator = (uint)divisor;
        Width = (_fullWidth + divisor - 1) / divisor;
        Height = (_fullHeight + divisor - 1) / divisor;
    }

    /// <inheritdoc/>
    public override bool Start()
    {
        // Of inks the library makes four channels; of everything else red, green, blue and an alpha of 255.
        _state->OutputColours = _isCmyk ? Jpeg.FieldCmyk : Jpeg.FieldRgba;
        int started = Jpeg.StartDecompress(_state);
        return !Library.GaveUp && started != 0 && !SourceReader.RanOut && _state->OutputWidth == (uint)Width && _state->OutputHeight == (uint)Height;
    }

    /// <inheritdoc/>
    public override bool ReadRow(Span<byte> row)
    {
        fixed (byte* pixels = row)
        {
            byte* first = pixels;
            uint count = Jpeg.ReadRows(_state, &first, 1);
            if (Library.GaveUp || count != 1 || SourceReader.RanOut) return false;
        }

        if (_isCmyk) ConvertFromCmyk(row[..(Width * Frame.PixelSize)], _state->HasAdobeMarker != 0);
        return true;
    }

    /// <inheritdoc/>
    public override void Close()
    {
        if (_state != null) Jpeg.Destroy(_state);
        Library.Free(_state);
        Library.Free(s_window);
        _state = null;
        s_window = null;
        SourceReader.Close();
    }

    private void ReadProperties()
    {
        Width = _fullWidth = (int)_state->Width;
        Height = _fullHeight = (int)_state->Height;
        _isCmyk = _state->Colours is Jpeg.FieldCmyk or Jpeg.FieldYcck;
        for (Jpeg.Marker* marker = _state->Markers; marker != null; marker = marker->Next)
        {
            if (marker->Kind == Jpeg.MarkerExif && Exif.TryReadOrientation(new ReadOnlySpan<byte>(marker->Data, (int)marker->Length), out int orientation))
            {
                Orientation = orientation;
            }
        }

        // A progressive picture is refined over many passes: all its coefficients are kept, 16 bits each. Otherwise some rows of blocks are.
        const int rowsKept = 64;
        long rows = _state->IsProgressive != 0 ? Height + rowsKept : rowsKept;
        MemoryNeeded = rows * (Width + rowsKept) * _state->Components * sizeof(short);
    }

    [UnmanagedCallersOnly]
    private static int Fill(Jpeg.Decompress* state)
    {
        int count = SourceReader.Read(new Span<byte>(s_window, WindowSize));
        if (count == 0)
        {
            // An end of image, so that the library comes to an end too.
            s_window[0] = 0xFF;
            s_window[1] = 0xD9;
            count = 2;
        }

        state->Source->Next = s_window;
        state->Source->Left = (nuint)count;
        return Jpeg.Yes;
    }

    [UnmanagedCallersOnly]
    private static void Skip(Jpeg.Decompress* state, nint count)
    {
        if (count <= 0) return;
        Jpeg.SourceManager* source = state->Source;
        nuint here = Math.Min((nuint)count, source->Left);
        source->Next += here;
        source->Left -= here;
        SourceReader.Skip(count - (nint)here);
    }

    // Without a colour profile this is all that can be said of inks. Adobe's programs store them inverted.
    private static void ConvertFromCmyk(Span<byte> pixels, bool isInverted)
    {
        int flip = isInverted ? 0 : 255;
        for (int i = 0; i + 3 < pixels.Length; i += 4)
        {
            int black = pixels[i + 3] ^ flip;
            pixels[i] = (byte)((pixels[i] ^ flip) * black / 255);
            pixels[i + 1] = (byte)((pixels[i + 1] ^ flip) * black / 255);
            pixels[i + 2] = (byte)((pixels[i + 2] ^ flip) * black / 255);
            pixels[i + 3] = 255;
        }
    }
}
