// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Uaas.Imaging.Codecs;

namespace Uaas.Imaging.Testing;

/// <summary>Small JPEG files of all kinds that libjpeg-turbo writes, beyond those that the guest's encoder does.</summary>
internal static unsafe class JpegCorpus
{
    private const int ComponentsOffset = 88; // of struct jpeg_compress_struct, for libjpeg 6b's interface
    private const int ArithmeticOffset = 260;
    private const int RestartOffset = 280;
    private const int AcrossFactorOffset = 8;
    private const int DownFactorOffset = 12;
    private const int Progressive = 1;
    private const int Arithmetic = 2;

    /// <summary>The files.</summary>
    internal static IEnumerable<byte[]> Make()
    {
        Picture small = Picture.Photograph(48, 40);
        yield return Encode(small, Jpeg.FieldRgbx, 4, 0, 0, (2, 2));
        yield return Encode(small, Jpeg.FieldRgbx, 4, 0, 2, (1, 1));
        yield return Encode(small, Jpeg.FieldRgbx, 4, Progressive, 0, (2, 2));
        yield return Encode(small, Jpeg.FieldRgbx, 4, Progressive, 3, (2, 1));
        yield return Encode(small, Jpeg.FieldGray, 1, 0, 0, (1, 1));
        yield return Encode(small, Jpeg.FieldGray, 1, Progressive, 0, (1, 1));
        yield return Encode(small, Jpeg.FieldCmyk, 4, 0, 0, (1, 1));
        yield return Encode(small, Jpeg.FieldCmyk, 4, Progressive, 0, (1, 2));
        yield return Encode(small, Jpeg.FieldRgbx, 4, Arithmetic, 0, (2, 2));
        yield return Encode(small, Jpeg.FieldRgbx, 4, Arithmetic | Progressive, 0, (4, 1));
        yield return WithOrientation(Encode(small, Jpeg.FieldRgbx, 4, 0, 0, (2, 2)));
    }

    private static byte[] Encode(Picture picture, int colours, int components, int kind, int restart, (int Across, int Down) sampling)
    {
        CodecLibrary.Prepare();
        Jpeg.Compress* state = (Jpeg.Compress*)Library.AllocateZeroed(1, (nuint)(sizeof(Jpeg.Compress) + sizeof(Jpeg.ErrorManager)));
        Jpeg.ErrorManager* errors = (Jpeg.ErrorManager*)(state + 1);
        Jpeg.StandardErrors(errors);
        errors->Exit = Library.GiveUp();
        errors->OutputMessage = Library.Ignore();
        state->Errors = errors;
        Jpeg.CreateCompress(state, Jpeg.Version, (nuint)sizeof(Jpeg.Compress));
        byte* bytes = null;
        nuint length = 0;
        ((delegate* unmanaged<Jpeg.Compress*, byte**, nuint*, void>)CodecLibrary.FunctionAt("jpeg_mem_dest"))(state, &bytes, &length);
        (state->Width, state->Height) = ((uint)picture.Width, (uint)picture.Height);
        (state->Components, state->Colours) = (components, colours);
        Jpeg.SetDefaults(state);
        Jpeg.SetQuality(state, 60, Jpeg.Yes);
        byte* first = *(byte**)((byte*)state + ComponentsOffset);
        *(int*)(first + AcrossFactorOffset) = sampling.Across;
        *(int*)(first + DownFactorOffset) = sampling.Down;
        *(int*)((byte*)state + RestartOffset) = restart;
        *(int*)((byte*)state + ArithmeticOffset) = kind / Arithmetic;
        if ((kind & Progressive) != 0) ((delegate* unmanaged<Jpeg.Compress*, void>)CodecLibrary.FunctionAt("guarded_jpeg_simple_progression"))(state);
        Jpeg.StartCompress(state, Jpeg.Yes);
        for (int y = 0; y < picture.Height; y++) WriteRow(state, picture, y, components);
        Jpeg.FinishCompress(state);
        if (Library.GaveUp) throw new InvalidOperationException($"cannot be encoded: colours {colours}, kind {kind}");
        byte[] file = new ReadOnlySpan<byte>(bytes, (int)length).ToArray();
        Jpeg.Destroy(state);
        NativeMemory.Free(bytes);
        Library.Free(state);
        return file;
    }

    private static void WriteRow(Jpeg.Compress* state, Picture picture, int y, int components)
    {
        byte[] row = new byte[picture.Width * components];
        for (int i = 0; i < row.Length; i++) row[i] = picture.Pixels[y * picture.Width * 4 + i * 4 / components];
        fixed (byte* pixels = row)
        {
            byte* first = pixels;
            Jpeg.WriteRows(state, &first, 1);
        }
    }

    private static byte[] WithOrientation(byte[] file) =>
        [.. file[..2], 0xFF, 0xE1, 0, 34, .. "Exif\0\0MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, .. file[2..]];
}
