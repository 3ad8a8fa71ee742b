// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Uaas.Imaging.Codecs;

/// <summary>libwebp 1.2 and later, by the versions of its interface that it checks.</summary>
internal static unsafe class WebP
{
    internal const int DecoderVersion = 0x0209;
    internal const int EncoderVersion = 0x020f;
    internal const int DemuxVersion = 0x0107;
    internal const int StatusOk = 0;
    internal const int StatusSuspended = 5;
    internal const int StatusNotEnoughData = 7;
    internal const int ModeRgba = 1;
    internal const int FormatLossless = 2;

    [DllImport(Library.Name, EntryPoint = "WebPGetFeaturesInternal")]
    internal static extern int GetFeatures(byte* bytes, nuint length, Features* features, int version);

    [DllImport(Library.Name, EntryPoint = "WebPINewRGB")]
    internal static extern void* CreateDecoder(int mode, byte* output, nuint size, int stride);

    [DllImport(Library.Name, EntryPoint = "WebPIUpdate")]
    internal static extern int Update(void* decoder, byte* bytes, nuint length);

    [DllImport(Library.Name, EntryPoint = "WebPIDelete")]
    internal static extern void Delete(void* decoder);

    [DllImport(Library.Name, EntryPoint = "WebPDemuxInternal")]
    internal static extern void* Demux(Data* data, int allowsPartial, void* state, int version);

    [DllImport(Library.Name, EntryPoint = "WebPDemuxGetFrame")]
    internal static extern int GetFrame(void* demuxer, int number, Iterator* iterator);

    [DllImport(Library.Name, EntryPoint = "WebPDemuxDelete")]
    internal static extern void DeleteDemuxer(void* demuxer);

    [DllImport(Library.Name, EntryPoint = "WebPConfigInitInternal")]
    internal static extern int InitialiseConfiguration(Configuration* configuration, int preset, float quality, int version);

    [DllImport(Library.Name, EntryPoint = "WebPPictureInitInternal")]
    internal static extern int InitialisePicture(Picture* picture, int version);

    [DllImport(Library.Name, EntryPoint = "WebPPictureImportRGBA")]
    internal static extern int ImportRgba(Picture* picture, byte* pixels, int stride);

    [DllImport(Library.Name, EntryPoint = "WebPPictureImportRGBX")]
    internal static extern int ImportRgbx(Picture* picture, byte* pixels, int stride);

    [DllImport(Library.Name, EntryPoint = "WebPEncode")]
    internal static extern int Encode(Configuration* configuration, Picture* picture);

    [DllImport(Library.Name, EntryPoint = "WebPPictureFree")]
    internal static extern void Free(Picture* picture);

    /// <summary>WebPBitstreamFeatures.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 40)]
    internal struct Features
    {
        [FieldOffset(0)]
        internal int Width;

        [FieldOffset(4)]
        internal int Height;

        [FieldOffset(8)]
        internal int HasAlpha;

        [FieldOffset(12)]
        internal int IsAnimated;

        [FieldOffset(16)]
        internal int Format;
    }

    /// <summary>WebPData.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Data
    {
        internal byte* Bytes;
        internal nuint Length;
    }

    /// <summary>WebPIterator.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 80)]
    internal struct Iterator
    {
        [FieldOffset(8)]
        internal int Left;

        [FieldOffset(12)]
        internal int Top;

        [FieldOffset(16)]
        internal int Width;

        [FieldOffset(20)]
        internal int Height;

        [FieldOffset(40)]
        internal Data Fragment;
    }

    /// <summary>WebPConfig.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 116)]
    internal struct Configuration
    {
        [FieldOffset(8)]
        internal int Method;
    }

    /// <summary>WebPPicture.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct Picture
    {
        [FieldOffset(8)]
        internal int Width;

        [FieldOffset(12)]
        internal int Height;

        [FieldOffset(96)]
        internal delegate* unmanaged<byte*, nuint, Picture*, int> Writer;

        [FieldOffset(144)]
        internal delegate* unmanaged<int, Picture*, int> Progress;
    }
}
