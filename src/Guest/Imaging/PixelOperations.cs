// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.InteropServices;

namespace Uaas.Imaging;

/// <summary>What is done to pixels one by one.</summary>
internal static class PixelOperations
{
    /// <summary>Multiplies alpha into the colours: only so may transparent pixels be mixed with others.</summary>
    internal static void MultiplyAlpha(Span<byte> pixels)
    {
        for (int i = 0; i + 3 < pixels.Length; i += Frame.PixelSize)
        {
            int alpha = pixels[i + 3];
            if (alpha == byte.MaxValue) continue;
            pixels[i] = DivideBy255(pixels[i] * alpha);
            pixels[i + 1] = DivideBy255(pixels[i + 1] * alpha);
            pixels[i + 2] = DivideBy255(pixels[i + 2] * alpha);
        }
    }

    /// <summary>Takes alpha out of the colours again.</summary>
    internal static void DivideAlpha(Span<byte> pixels)
    {
        for (int i = 0; i + 3 < pixels.Length; i += Frame.PixelSize)
        {
            int alpha = pixels[i + 3];
            if (alpha is byte.MaxValue or 0) continue;
            pixels[i] = (byte)Math.Min((pixels[i] * 255 + alpha / 2) / alpha, 255);
            pixels[i + 1] = (byte)Math.Min((pixels[i + 1] * 255 + alpha / 2) / alpha, 255);
            pixels[i + 2] = (byte)Math.Min((pixels[i + 2] * 255 + alpha / 2) / alpha, 255);
        }
    }

    /// <summary>Puts a colour (red, green, blue from the highest byte) behind pixels.</summary>
    internal static void Flatten(Span<byte> pixels, int colour)
    {
        int red = colour >> 16 & 255;
        int green = colour >> 8 & 255;
        int blue = colour & 255;
        for (int i = 0; i + 3 < pixels.Length; i += Frame.PixelSize)
        {
            int alpha = pixels[i + 3];
            if (alpha == byte.MaxValue) continue;
            pixels[i] = DivideBy255(pixels[i] * alpha + red * (255 - alpha));
            pixels[i + 1] = DivideBy255(pixels[i + 1] * alpha + green * (255 - alpha));
            pixels[i + 2] = DivideBy255(pixels[i + 2] * alpha + blue * (255 - alpha));
            pixels[i + 3] = byte.MaxValue;
        }
    }

    /// <summary>Adds what a blurred copy lacks: unsharp masking, at full strength.</summary>
    internal static void Sharpen(Span<byte> pixels, ReadOnlySpan<byte> blurred)
    {
        for (int i = 0; i < pixels.Length; i++)
        {
            if ((i & 3) == 3) continue;
            pixels[i] = (byte)Math.Clamp(2 * pixels[i] - blurred[i], 0, 255);
        }
    }

    /// <summary>Makes row <paramref name="y"/> of what <paramref name="source"/>, of <paramref name="width"/> columns, becomes when it is turned.</summary>
    internal static void TurnRow(ReadOnlySpan<byte> source, int width, in Turn turn, int y, Span<byte> destination)
    {
        ReadOnlySpan<uint> from = MemoryMarshal.Cast<byte, uint>(source);
        Span<uint> row = MemoryMarshal.Cast<byte, uint>(destination);
        int newHeight = turn.Transposes ? width : from.Length / width;
        int line = turn.MirrorsDown ? newHeight - 1 - y : y;
        int start = turn.Transposes ? line : line * width;
        int step = turn.Transposes ? width : 1;
        if (turn.MirrorsAcross)
        {
            start += (row.Length - 1) * step;
            step = -step;
        }

        for (int x = 0; x < row.Length; x++, start += step) row[x] = from[start];
    }

    private static byte DivideBy255(int value) => (byte)((value + 128 + (value + 128 >> 8)) >> 8);
}
