// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.InteropServices;

namespace Uaas.Imaging.Codecs;

/// <summary>Reads the first frame of a GIF by giflib. What comes behind it is never looked at.</summary>
public sealed unsafe class GifDecoder : ImageDecoder
{
    // What giflib's tables take.
    private const long LibraryMemory = 256 << 10;
    private const int MaxExtensions = 1000;

    private Gif.File* _file;
    private byte* _lines;
    private int _row;
    private int _transparent;

    /// <inheritdoc/>
    public override bool Open(ImageSource source)
    {
        SourceReader.Open(source);
        Orientation = 1;
        _row = 0;
        _transparent = -1;
        _file = Gif.Open(null, &Read, null);
        if (_file == null || !FindImage()) return false;
        Gif.Palette* colours = Colours;
        if (colours == null || colours->Entries == null || _file->Left < 0 || _file->Top < 0 || _file->Width <= 0 || _file->Height <= 0) return false;
        Width = _file->ScreenWidth;
        Height = _file->ScreenHeight;
        bool covers = _file->Left == 0 && _file->Top == 0 && _file->Width >= Width && _file->Height >= Height;
        HasAlpha = _transparent >= 0 || !covers;
        MemoryNeeded = LibraryMemory + (_file->IsInterlaced != 0 ? (long)_file->Width * _file->Height : _file->Width);
        return true;
    }

    /// <inheritdoc/>
    public override bool Start()
    {
        bool isInterlaced = _file->IsInterlaced != 0;
        _lines = (byte*)Library.Allocate((nuint)_file->Width * (isInterlaced ? (nuint)_file->Height : 1));
        if (_lines == null) return false;
        return !isInterlaced || ReadPass(0, 8) && ReadPass(4, 8) && ReadPass(2, 4) && ReadPass(1, 2);
    }

    /// <inheritdoc/>
    public override bool ReadRow(Span<byte> row)
    {
        row = row[..(Width * Frame.PixelSize)];
        row.Clear();
        int y = _row++ - _file->Top;
        if (y < 0 || y >= _file->Height) return true;
        byte* line = _lines;
        if (_file->IsInterlaced != 0) line += (long)y * _file->Width;
        else if (Gif.GetLine(_file, line, _file->Width) != Gif.Ok) return false;
        int count = Math.Min(_file->Width, Width - _file->Left);
        for (int x = 0; x < count; x++) SetPixel(row, _file->Left + x, line[x]);
        return true;
    }

    /// <inheritdoc/>
    public override void Close()
    {
        if (_file != null) Gif.Close(_file, null);
        Library.Free(_lines);
        _file = null;
        _lines = null;
        SourceReader.Close();
    }

    private Gif.Palette* Colours => _file->Colours != null ? _file->Colours : _file->ScreenColours;

    private void SetPixel(Span<byte> row, int x, int index)
    {
        Gif.Palette* colours = Colours;
        if (index == _transparent || index >= colours->Count) return;
        byte* entry = colours->Entries + 3 * index;
        Span<byte> pixel = row.Slice(x * Frame.PixelSize, Frame.PixelSize);
        pixel[0] = entry[0];
        pixel[1] = entry[1];
        pixel[2] = entry[2];
        pixel[3] = byte.MaxValue;
    }

    // Goes as far as the first image, past extensions, of which one says what is transparent.
    private bool FindImage()
    {
        for (int i = 0; i < MaxExtensions; i++)
        {
            int type;
            if (Gif.GetRecordType(_file, &type) != Gif.Ok) return false;
            if (type == Gif.RecordImage) return Gif.GetImage(_file) == Gif.Ok;
            if (type != Gif.RecordExtension || !ReadExtension()) return false;
        }

        return false;
    }

    private bool ReadExtension()
    {
        int code;
        byte* block;
        if (Gif.GetExtension(_file, &code, &block) != Gif.Ok) return false;
        for (int i = 0; block != null; i++)
        {
            // Its length, flags of which the lowest is transparency, a delay, the transparent index.
            bool isControl = code == Gif.GraphicsControl && i == 0 && block[0] >= 4;
            if (isControl) _transparent = (block[1] & 1) != 0 ? block[4] : -1;
            if (i == MaxExtensions || Gif.GetNextBlock(_file, &block) != Gif.Ok) return false;
        }

        return true;
    }

    private bool ReadPass(int first, int step)
    {
        for (int y = first; y < _file->Height; y += step)
        {
            if (Gif.GetLine(_file, _lines + (long)y * _file->Width, _file->Width) != Gif.Ok) return false;
            Host?.Step();
        }

        return true;
    }

    [UnmanagedCallersOnly]
    private static int Read(Gif.File* file, byte* destination, int length) => SourceReader.Read(new Span<byte>(destination, length));
}
