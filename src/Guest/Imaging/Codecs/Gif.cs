// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Uaas.Imaging.Codecs;

/// <summary>giflib 5.</summary>
internal static unsafe class Gif
{
    internal const int Ok = 1;
    internal const int RecordImage = 2;
    internal const int RecordExtension = 3;
    internal const int GraphicsControl = 0xF9;

    [DllImport(Library.Name, EntryPoint = "DGifOpen")]
    internal static extern File* Open(void* state, delegate* unmanaged<File*, byte*, int, int> read, int* error);

    [DllImport(Library.Name, EntryPoint = "DGifGetRecordType")]
    internal static extern int GetRecordType(File* file, int* type);

    [DllImport(Library.Name, EntryPoint = "DGifGetImageDesc")]
    internal static extern int GetImage(File* file);

    [DllImport(Library.Name, EntryPoint = "DGifGetLine")]
    internal static extern int GetLine(File* file, byte* line, int length);

    [DllImport(Library.Name, EntryPoint = "DGifGetExtension")]
    internal static extern int GetExtension(File* file, int* code, byte** block);

    [DllImport(Library.Name, EntryPoint = "DGifGetExtensionNext")]
    internal static extern int GetNextBlock(File* file, byte** block);

    [DllImport(Library.Name, EntryPoint = "DGifCloseFile")]
    internal static extern int Close(File* file, int* error);

    /// <summary>GifFileType.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 120)]
    internal struct File
    {
        [FieldOffset(0)]
        internal int ScreenWidth;

        [FieldOffset(4)]
        internal int ScreenHeight;

        [FieldOffset(24)]
        internal Palette* ScreenColours;

        [FieldOffset(40)]
        internal int Left;

        [FieldOffset(44)]
        internal int Top;

        [FieldOffset(48)]
        internal int Width;

        [FieldOffset(52)]
        internal int Height;

        [FieldOffset(56)]
        internal byte IsInterlaced;

        [FieldOffset(64)]
        internal Palette* Colours;
    }

    /// <summary>ColorMapObject.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 24)]
    internal struct Palette
    {
        [FieldOffset(0)]
        internal int Count;

        [FieldOffset(16)]
        internal byte* Entries;
    }
}
