// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.IO;
using Uaas.Imaging.Codecs;

namespace Uaas.Imaging.Testing;

/// <summary>A picture in memory: red, green, blue, alpha.</summary>
internal sealed record Picture(int Width, int Height, byte[] Pixels)
{
    /// <summary>Something like a photograph: soft light, hard edges, fine texture and a little noise; the same each time.</summary>
    internal static Picture Photograph(int width, int height, bool hasAlpha = false, int seed = 1)
    {
        Random random = new(seed);
        byte[] pixels = new byte[width * height * 4];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                double u = x / 97.0;
                double v = y / 83.0;
                double light = 110 + 60 * Math.Sin(u * 0.9 + Math.Sin(v)) + 40 * Math.Cos(v * 1.3 - u * 0.2);
                bool isInside = Math.Sin(u * 1.7) * Math.Cos(v * 1.1) > 0.25;
                double texture = 18 * Math.Sin(x * 0.9 + y * 0.35) * (isInside ? 1 : 0.2);
                int noise = random.Next(-6, 7);
                int at = (y * width + x) * 4;
                pixels[at] = Clamp(light + texture + noise + (isInside ? 50 : 0));
                pixels[at + 1] = Clamp(light * 0.8 + texture + noise);
                pixels[at + 2] = Clamp(220 - light * 0.7 - texture + noise - (isInside ? 60 : 0));
                pixels[at + 3] = hasAlpha && Math.Cos(u) > 0.6 ? (byte)(x * 255 / width) : byte.MaxValue;
            }
        }

        return new Picture(width, height, pixels);
    }

    /// <summary>Encodes it.</summary>
    internal byte[] Encode(ImageFormat format, int quality = 90, bool hasAlpha = false)
    {
        CodecLibrary.Prepare();
        ImageEncoder encoder = format switch
        {
            ImageFormat.Jpeg => new JpegEncoder(),
            ImageFormat.Png => new PngEncoder(),
            _ => new WebPEncoder(),
        };
        MemorySink sink = new();
        bool isGood = encoder.Start(Width, Height, hasAlpha, quality, sink);
        for (int y = 0; y < Height && isGood; y++) isGood = encoder.WriteRow(Pixels.AsSpan(y * Width * 4, Width * 4));
        isGood = isGood && encoder.Finish();
        encoder.Close();
        return isGood ? sink.ToArray() : throw new InvalidOperationException("cannot be encoded");
    }

    /// <summary>Decodes any of the formats.</summary>
    internal static Picture Decode(byte[] file)
    {
        CodecLibrary.Prepare();
        ImageDecoder decoder = Decoders[ImageFormats.Recognise(file)]();
        try
        {
            if (!decoder.Open(new MemorySource(file)) || !decoder.Start()) throw new InvalidDataException("cannot be decoded");
            Picture picture = new(decoder.Width, decoder.Height, new byte[decoder.Width * decoder.Height * 4]);
            byte[] row = new byte[decoder.Width * 4 + Resampler.Slack];
            for (int y = 0; y < decoder.Height; y++)
            {
                if (!decoder.ReadRow(row)) throw new InvalidDataException("cannot be decoded to its end");
                row.AsSpan(0, decoder.Width * 4).CopyTo(picture.Pixels.AsSpan(y * decoder.Width * 4));
            }

            return picture;
        }
        finally
        {
            decoder.Close();
        }
    }

    private static readonly Dictionary<ImageFormat, Func<ImageDecoder>> Decoders = new()
    {
        [ImageFormat.Jpeg] = () => new JpegDecoder(),
        [ImageFormat.Png] = () => new PngDecoder(),
        [ImageFormat.WebP] = () => new WebPDecoder(),
        [ImageFormat.Gif] = () => new GifDecoder(),
    };

    private static byte Clamp(double value) => (byte)Math.Clamp(Math.Round(value), 0, 255);
}

/// <summary>A file in memory as a source.</summary>
internal sealed class MemorySource(byte[] file) : ImageSource
{
    public override long Length => file.Length;

    public override bool Read(long offset, Span<byte> destination)
    {
        file.AsSpan((int)offset, destination.Length).CopyTo(destination);
        return true;
    }
}

/// <summary>A file that is being written in memory, up to a bound.</summary>
internal sealed class MemorySink(int capacity = int.MaxValue) : ImageSink
{
    private readonly MemoryStream _stream = new();

    public override bool Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > capacity - _stream.Length) return false;
        _stream.Write(bytes);
        return true;
    }

    internal byte[] ToArray() => _stream.ToArray();
}

/// <summary>A host on which nobody else wants a turn.</summary>
internal sealed class IdleHost : WorkHost
{
    /// <summary>Rows that were worked on.</summary>
    internal int Steps { get; private set; }

    public override void Step() => Steps++;

    public override void Ended()
    {
    }
}
