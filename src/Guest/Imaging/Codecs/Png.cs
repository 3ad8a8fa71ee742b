// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Uaas.Imaging.Codecs;

/// <summary>libpng 1.6, whose structures are its own business.</summary>
internal static unsafe class Png
{
    internal const int FillerAfter = 1;
    internal const int NeverKeep = 1;
    internal const uint HasTransparency = 0x10;
    internal const int AlphaBit = 4;
    internal const int ColourRgb = 2;
    internal const int ColourRgba = 6;

    [DllImport(Library.Name, EntryPoint = "png_get_libpng_ver")]
    internal static extern byte* Version(void* png);

    [DllImport(Library.Name, EntryPoint = "guarded_png_create_read_struct")]
    internal static extern void* CreateRead(byte* version, void* error, void* errorFunction, void* warningFunction);

    [DllImport(Library.Name, EntryPoint = "guarded_png_create_write_struct")]
    internal static extern void* CreateWrite(byte* version, void* error, void* errorFunction, void* warningFunction);

    [DllImport(Library.Name, EntryPoint = "guarded_png_create_info_struct")]
    internal static extern void* CreateInformation(void* png);

    [DllImport(Library.Name, EntryPoint = "png_set_read_fn")]
    private static extern void SetRead(void* png, void* state, void* read);

    [DllImport(Library.Name, EntryPoint = "uaas_address_of_png_read")]
    private static extern void* ReadOrGiveUp();

    /// <summary>Has the library read by a function, which returns 1 where it has got all that was asked for; otherwise the guarded call ends by an error.</summary>
    internal static void SetRead(void* png, delegate* unmanaged<void*, byte*, nuint, int> read) => SetRead(png, read, ReadOrGiveUp());

    [DllImport(Library.Name, EntryPoint = "png_set_write_fn")]
    internal static extern void SetWrite(void* png, void* state, delegate* unmanaged<void*, byte*, nuint, void> write, void* flush);

    [DllImport(Library.Name, EntryPoint = "guarded_png_set_keep_unknown_chunks")]
    internal static extern void KeepChunks(void* png, int keep, byte* names, int count);

    [DllImport(Library.Name, EntryPoint = "guarded_png_read_info")]
    internal static extern void ReadInformation(void* png, void* information);

    [DllImport(Library.Name, EntryPoint = "png_get_image_width")]
    internal static extern uint Width(void* png, void* information);

    [DllImport(Library.Name, EntryPoint = "png_get_image_height")]
    internal static extern uint Height(void* png, void* information);

    [DllImport(Library.Name, EntryPoint = "png_get_color_type")]
    internal static extern byte ColourType(void* png, void* information);

    [DllImport(Library.Name, EntryPoint = "png_get_interlace_type")]
    internal static extern byte Interlace(void* png, void* information);

    [DllImport(Library.Name, EntryPoint = "png_get_rowbytes")]
    internal static extern nuint RowBytes(void* png, void* information);

    [DllImport(Library.Name, EntryPoint = "png_get_valid")]
    internal static extern uint Has(void* png, void* information, uint what);

    [DllImport(Library.Name, EntryPoint = "guarded_png_set_expand")]
    internal static extern void Expand(void* png);

    [DllImport(Library.Name, EntryPoint = "guarded_png_set_scale_16")]
    internal static extern void ReduceTo8Bits(void* png);

    [DllImport(Library.Name, EntryPoint = "guarded_png_set_gray_to_rgb")]
    internal static extern void GrayToRgb(void* png);

    [DllImport(Library.Name, EntryPoint = "guarded_png_set_add_alpha")]
    internal static extern void AddAlpha(void* png, uint value, int where);

    [DllImport(Library.Name, EntryPoint = "guarded_png_set_filler")]
    internal static extern void SetFiller(void* png, uint value, int where);

    [DllImport(Library.Name, EntryPoint = "guarded_png_set_interlace_handling")]
    internal static extern int HandleInterlace(void* png);

    [DllImport(Library.Name, EntryPoint = "guarded_png_read_update_info")]
    internal static extern void Update(void* png, void* information);

    [DllImport(Library.Name, EntryPoint = "guarded_png_read_row")]
    internal static extern void ReadRow(void* png, byte* row, byte* display);

    [DllImport(Library.Name, EntryPoint = "guarded_png_set_IHDR")]
    internal static extern void SetHeader(void* png, void* information, uint width, uint height, int depth, int colours, int interlace, int compression, int filter);

    [DllImport(Library.Name, EntryPoint = "guarded_png_set_compression_level")]
    internal static extern void SetCompression(void* png, int level);

    [DllImport(Library.Name, EntryPoint = "guarded_png_write_info")]
    internal static extern void WriteInformation(void* png, void* information);

    [DllImport(Library.Name, EntryPoint = "guarded_png_write_row")]
    internal static extern void WriteRow(void* png, byte* row);

    [DllImport(Library.Name, EntryPoint = "guarded_png_write_end")]
    internal static extern void WriteEnd(void* png, void* information);

    [DllImport(Library.Name, EntryPoint = "png_destroy_read_struct")]
    internal static extern void DestroyRead(void** png, void** information, void** end);

    [DllImport(Library.Name, EntryPoint = "png_destroy_write_struct")]
    internal static extern void DestroyWrite(void** png, void** information);
}
