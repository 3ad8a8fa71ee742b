// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;

namespace Uaas.Imaging.Testing;

/// <summary>Small WebP files: lossy and lossless, with and without transparency, animated (RFC 9649).</summary>
internal static unsafe class WebPCorpus
{
    private const int HeaderSize = 12; // RIFF, length, WEBP
    private const byte AnimationFlag = 0x02;
    private const byte AlphaFlag = 0x10;

    /// <summary>The files.</summary>
    internal static IEnumerable<byte[]> Make()
    {
        Picture opaque = Picture.Photograph(48, 32);
        Picture clear = Picture.Photograph(48, 32, hasAlpha: true);
        byte[] lossless = Lossless(clear);
        byte[] lossy = clear.Encode(ImageFormat.WebP, 60, hasAlpha: true);
        return [opaque.Encode(ImageFormat.WebP, 80), lossy, lossless, Lossless(opaque), Animated(48, 32, lossless, lossless), Animated(48, 32, opaque.Encode(ImageFormat.WebP, 40), lossless)];
    }

    private static byte[] Lossless(Picture picture)
    {
        CodecLibrary.Prepare();
        byte* output = null;
        fixed (byte* pixels = picture.Pixels)
        {
            nuint length = ((delegate* unmanaged<byte*, int, int, int, byte**, nuint>)CodecLibrary.FunctionAt("WebPEncodeLosslessRGBA"))(pixels, picture.Width, picture.Height, picture.Width * 4, &output);
            byte[] file = new ReadOnlySpan<byte>(output, (int)length).ToArray();
            NativeMemory.Free(output);
            return file.Length > 0 ? file : throw new InvalidOperationException("cannot be encoded");
        }
    }

    // Each frame is a file of its own, of one chunk that holds the picture.
    private static byte[] Animated(int width, int height, params byte[][] frames)
    {
        using MemoryStream body = new();
        body.Write("WEBP"u8);
        Write(body, "VP8X"u8, [AnimationFlag | AlphaFlag, 0, 0, 0, (byte)(width - 1), 0, 0, (byte)(height - 1), 0, 0]);
        Write(body, "ANIM"u8, [0xFF, 0xFF, 0xFF, 0xFF, 0, 0]);
        foreach (byte[] frame in frames)
            Write(body, "ANMF"u8, [0, 0, 0, 0, 0, 0, (byte)(width - 1), 0, 0, (byte)(height - 1), 0, 0, 40, 0, 0, 0, .. frame[HeaderSize..]]);
        byte[] bytes = body.ToArray();
        byte[] length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        return [.. "RIFF"u8, .. length, .. bytes];
    }

    private static void Write(MemoryStream file, ReadOnlySpan<byte> name, ReadOnlySpan<byte> content)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, content.Length);
        file.Write(name);
        file.Write(length);
        file.Write(content);
        if (content.Length % 2 != 0) file.WriteByte(0);
    }
}

/// <summary>Small GIF files (89a): with a palette for all or for a frame, interlaced, transparent, animated.</summary>
internal static class GifCorpus
{
    private const int Side = 23;
    private const int CodeSize = 4;

    /// <summary>The files.</summary>
    internal static IEnumerable<byte[]> Make() =>
    [
        [.. Header(hasPalette: true), .. Frame(hasPalette: false, interlaced: false, Side), 0x3B],
        [.. Header(hasPalette: false), .. Frame(hasPalette: true, interlaced: true, Side), 0x3B],
        [.. Header(hasPalette: true), 0x21, 0xFF, 11, .. "NETSCAPE2.0"u8, 3, 1, 0, 0, 0, 0x21, 0xF9, 4, 0x05, 10, 0, 2, 0, .. Frame(false, true, Side),
            0x21, 0xF9, 4, 0x09, 10, 0, 1, 0, .. Frame(true, false, 7), 0x21, 0xFE, 4, .. "text"u8, 0, 0x3B],
    ];

    private static byte[] Header(bool hasPalette) => [.. "GIF89a"u8, Side, 0, Side, 0, (byte)(hasPalette ? 0xB3 : 0x30), 1, 0, .. hasPalette ? Palette() : []];

    private static byte[] Palette()
    {
        byte[] palette = new byte[3 << CodeSize];
        for (int i = 0; i < palette.Length; i++) palette[i] = (byte)(i * 5);
        return palette;
    }

    private static byte[] Frame(bool hasPalette, bool interlaced, int side)
    {
        byte[] pixels = new byte[side * side];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)((i / 5 + i / side) % (1 << CodeSize));
        byte flags = (byte)((hasPalette ? 0x80 | CodeSize - 1 : 0) | (interlaced ? 0x40 : 0));
        List<byte> frame = [0x2C, 0, 0, 0, 0, (byte)side, 0, (byte)side, 0, flags, .. hasPalette ? Palette() : [], CodeSize];
        byte[] packed = Pack(pixels);
        for (int at = 0; at < packed.Length; at += byte.MaxValue)
        {
            int count = Math.Min(byte.MaxValue, packed.Length - at);
            frame.Add((byte)count);
            frame.AddRange(packed.AsSpan(at, count));
        }

        frame.Add(0);
        return [.. frame];
    }

    // LZW as GIF has it: codes of growing length, from the lowest bit on.
    private static byte[] Pack(byte[] pixels)
    {
        const int clear = 1 << CodeSize;
        Dictionary<(int, byte), int> codes = [];
        List<byte> output = [];
        int width = CodeSize + 1, next = clear + 2, bits = 0, held = 0;
        void Put(int code)
        {
            held |= code << bits;
            for (bits += width; bits >= 8; bits -= 8, held >>= 8) output.Add((byte)held);
        }

        Put(clear);
        int prefix = pixels[0];
        foreach (byte pixel in pixels.AsSpan(1))
        {
            if (codes.TryGetValue((prefix, pixel), out int longer))
            {
                prefix = longer;
                continue;
            }

            Put(prefix);
            codes[(prefix, pixel)] = next;
            if (next++ == 1 << width) width++;
            prefix = pixel;
        }

        Put(prefix);
        Put(clear + 1);
        if (bits > 0) output.Add((byte)held);
        return [.. output];
    }
}
