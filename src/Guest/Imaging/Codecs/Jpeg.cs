// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Uaas.Imaging.Codecs;

/// <summary>libjpeg-turbo with the interface of libjpeg 6b (JPEG_LIB_VERSION 62), which has been the same since 1998.</summary>
internal static unsafe class Jpeg
{
    internal const int Version = 62;
    internal const int FieldRgbx = 7;
    internal const int FieldRgba = 12;
    internal const int FieldCmyk = 4;
    internal const int FieldYcck = 5;
    internal const int FieldGray = 1;
    internal const int Yes = 1;
    internal const int HeaderOk = 1;
    internal const int MarkerApp0 = 0xE0;
    internal const int MarkerExif = 0xE1;

    [DllImport(Library.Name, EntryPoint = "jpeg_std_error")]
    internal static extern void* StandardErrors(ErrorManager* errors);

    [DllImport(Library.Name, EntryPoint = "guarded_jpeg_CreateDecompress")]
    internal static extern void CreateDecompress(Decompress* state, int version, nuint size);

    [DllImport(Library.Name, EntryPoint = "guarded_jpeg_mem_src")]
    internal static extern void ReadFromMemory(Decompress* state, byte* bytes, ulong length);

    [DllImport(Library.Name, EntryPoint = "guarded_jpeg_save_markers")]
    internal static extern void SaveMarkers(Decompress* state, int marker, uint limit);

    [DllImport(Library.Name, EntryPoint = "guarded_jpeg_read_header")]
    internal static extern int ReadHeader(Decompress* state, int requireImage);

    [DllImport(Library.Name, EntryPoint = "guarded_jpeg_calc_output_dimensions")]
    internal static extern void CalculateDimensions(Decompress* state);

    [DllImport(Library.Name, EntryPoint = "guarded_jpeg_start_decompress")]
    internal static extern int StartDecompress(Decompress* state);

    [DllImport(Library.Name, EntryPoint = "guarded_jpeg_read_scanlines")]
    internal static extern uint ReadRows(Decompress* state, byte** rows, uint count);

    [DllImport(Library.Name, EntryPoint = "jpeg_destroy_decompress")]
    internal static extern void Destroy(Decompress* state);

    [DllImport(Library.Name, EntryPoint = "guarded_jpeg_CreateCompress")]
    internal static extern void CreateCompress(Compress* state, int version, nuint size);

    [DllImport(Library.Name, EntryPoint = "guarded_jpeg_set_defaults")]
    internal static extern void SetDefaults(Compress* state);

    [DllImport(Library.Name, EntryPoint = "guarded_jpeg_set_quality")]
    internal static extern void SetQuality(Compress* state, int quality, int forceBaseline);

    [DllImport(Library.Name, EntryPoint = "guarded_jpeg_start_compress")]
    internal static extern void StartCompress(Compress* state, int writeAllTables);

    [DllImport(Library.Name, EntryPoint = "guarded_jpeg_write_scanlines")]
    internal static extern uint WriteRows(Compress* state, byte** rows, uint count);

    [DllImport(Library.Name, EntryPoint = "guarded_jpeg_finish_compress")]
    internal static extern void FinishCompress(Compress* state);

    [DllImport(Library.Name, EntryPoint = "jpeg_destroy_compress")]
    internal static extern void Destroy(Compress* state);

    /// <summary>struct jpeg_error_mgr.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 168)]
    internal struct ErrorManager
    {
        [FieldOffset(0)]
        internal void* Exit;

        [FieldOffset(16)]
        internal void* OutputMessage;
    }

    /// <summary>struct jpeg_source_mgr.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 56)]
    internal struct SourceManager
    {
        [FieldOffset(0)]
        internal byte* Next;

        [FieldOffset(8)]
        internal nuint Left;

        [FieldOffset(24)]
        internal delegate* unmanaged<Decompress*, int> Fill;

        [FieldOffset(32)]
        internal delegate* unmanaged<Decompress*, nint, void> Skip;
    }

    /// <summary>struct jpeg_destination_mgr.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct DestinationManager
    {
        internal byte* Next;
        internal nuint Left;
        internal void* Begin;
        internal delegate* unmanaged<Compress*, int> Empty;
        internal delegate* unmanaged<Compress*, void> End;
    }

    /// <summary>struct jpeg_marker_struct.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 32)]
    internal struct Marker
    {
        [FieldOffset(0)]
        internal Marker* Next;

        [FieldOffset(8)]
        internal byte Kind;

        [FieldOffset(16)]
        internal uint Length;

        [FieldOffset(24)]
        internal byte* Data;
    }

    /// <summary>What of struct jpeg_component_info we read.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 96)]
    internal struct Component
    {
        [FieldOffset(8)]
        internal int AcrossFactor;

        [FieldOffset(12)]
        internal int DownFactor;
    }

    /// <summary>struct jpeg_decompress_struct.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 632)]
    internal struct Decompress
    {
        [FieldOffset(0)]
        internal ErrorManager* Errors;

        [FieldOffset(40)]
        internal SourceManager* Source;

        [FieldOffset(48)]
        internal uint Width;

        [FieldOffset(52)]
        internal uint Height;

        [FieldOffset(56)]
        internal int Components;

        [FieldOffset(60)]
        internal int Colours;

        [FieldOffset(64)]
        internal int OutputColours;

        [FieldOffset(68)]
        internal uint ScaleNumerator;

        [FieldOffset(72)]
        internal uint ScaleDenominator;

        [FieldOffset(136)]
        internal uint OutputWidth;

        [FieldOffset(140)]
        internal uint OutputHeight;

        [FieldOffset(304)]
        internal Component* ComponentTable;

        [FieldOffset(312)]
        internal int IsProgressive;

        [FieldOffset(384)]
        internal int HasAdobeMarker;

        [FieldOffset(400)]
        internal Marker* Markers;
    }

    /// <summary>struct jpeg_compress_struct.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 520)]
    internal struct Compress
    {
        [FieldOffset(0)]
        internal ErrorManager* Errors;

        [FieldOffset(40)]
        internal DestinationManager* Destination;

        [FieldOffset(48)]
        internal uint Width;

        [FieldOffset(52)]
        internal uint Height;

        [FieldOffset(56)]
        internal int Components;

        [FieldOffset(60)]
        internal int Colours;
    }
}
