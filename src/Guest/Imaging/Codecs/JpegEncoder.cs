// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.InteropServices;

namespace Uaas.Imaging.Codecs;

/// <summary>Writes JPEG by libjpeg-turbo: baseline, chroma at half the resolution. Metadata is not carried over.</summary>
public sealed unsafe class JpegEncoder : ImageEncoder
{
    private const int BufferSize = 4096;

    private static ImageSink? s_sink;
    private static byte* s_buffer;
    private static bool s_isFull;

    private Jpeg.Compress* _state;

    /// <inheritdoc/>
    public override bool Start(int width, int height, bool hasAlpha, int quality, ImageSink sink)
    {
        s_sink = sink;
        s_isFull = false;
        _state = (Jpeg.Compress*)Library.AllocateZeroed(1, (nuint)(sizeof(Jpeg.Compress) + sizeof(Jpeg.ErrorManager) + sizeof(Jpeg.DestinationManager)));
        s_buffer = (byte*)Library.Allocate(BufferSize);
        if (_state == null || s_buffer == null) return false;
        Jpeg.ErrorManager* errors = (Jpeg.ErrorManager*)(_state + 1);
        Jpeg.StandardErrors(errors);
        errors->Exit = Library.GiveUp();
        errors->OutputMessage = Library.Ignore();
        _state->Errors = errors;
        Jpeg.CreateCompress(_state, Jpeg.Version, (nuint)sizeof(Jpeg.Compress));
        if (Library.GaveUp) return false;
        _state->Destination = (Jpeg.DestinationManager*)(errors + 1);
        *_state->Destination = new Jpeg.DestinationManager { Next = s_buffer, Left = BufferSize, Begin = Library.Ignore(), Empty = &Empty, End = &End };
        _state->Width = (uint)width;
        _state->Height = (uint)height;
        _state->Components = Frame.PixelSize;
        _state->Colours = Jpeg.FieldRgbx;
        Jpeg.SetDefaults(_state);
        if (Library.GaveUp) return false;
        Jpeg.SetQuality(_state, quality, Jpeg.Yes);
        if (Library.GaveUp) return false;
        Jpeg.StartCompress(_state, Jpeg.Yes);
        return !Library.GaveUp;
    }

    /// <inheritdoc/>
    public override bool WriteRow(ReadOnlySpan<byte> row)
    {
        fixed (byte* pixels = row)
        {
            byte* first = pixels;
            uint count = Jpeg.WriteRows(_state, &first, 1);
            return !Library.GaveUp && count == 1 && !s_isFull;
        }
    }

    /// <inheritdoc/>
    public override bool Finish()
    {
        Jpeg.FinishCompress(_state);
        return !Library.GaveUp && !s_isFull;
    }

    /// <inheritdoc/>
    public override void Close()
    {
        if (_state != null) Jpeg.Destroy(_state);
        Library.Free(_state);
        Library.Free(s_buffer);
        _state = null;
        s_buffer = null;
        s_sink = null;
    }

    [UnmanagedCallersOnly]
    private static int Empty(Jpeg.Compress* state)
    {
        Give(BufferSize);
        state->Destination->Next = s_buffer;
        state->Destination->Left = BufferSize;
        return Jpeg.Yes;
    }

    [UnmanagedCallersOnly]
    private static void End(Jpeg.Compress* state) => Give(BufferSize - (int)state->Destination->Left);

    // Where there is no more room the library goes on for nothing until its next row.
    private static void Give(int count)
    {
        if (!s_isFull && !s_sink!.Write(new ReadOnlySpan<byte>(s_buffer, count))) s_isFull = true;
    }
}
