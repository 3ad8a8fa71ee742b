// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Linq;
using Uaas.Imaging.Codecs;
using Uaas.Imaging.Testing;

namespace Uaas.Imaging.Tests;

/// <summary>The libraries work on one picture at a time, and so do their tests.</summary>
[Collection("codecs")]
public sealed class CodecTests
{
    private const int Megabyte = 1 << 20;

    private readonly IdleHost _host = new();

    [Theory]
    [InlineData(ImageFormat.Jpeg, false, 30)]
    [InlineData(ImageFormat.Png, false, 99)]
    [InlineData(ImageFormat.Png, true, 99)]
    [InlineData(ImageFormat.WebP, false, 30)]
    public void What_is_written_can_be_read(ImageFormat format, bool hasAlpha, double leastDecibels)
    {
        Picture picture = Picture.Photograph(301, 199, hasAlpha);
        Picture read = Picture.Decode(picture.Encode(format, 92, hasAlpha));
        Assert.Equal((301, 199), (read.Width, read.Height));
        Assert.InRange(Quality.Psnr(picture, read), leastDecibels, double.MaxValue);
    }

    [Theory]
    [InlineData(ImageFormat.Jpeg, ImageFormat.Png)]
    [InlineData(ImageFormat.Png, ImageFormat.WebP)]
    [InlineData(ImageFormat.WebP, ImageFormat.Jpeg)]
    public void Any_format_becomes_any_other(ImageFormat from, ImageFormat to)
    {
        byte[] result = Make(Picture.Photograph(400, 300).Encode(from), to, 100, out ImageOutcome outcome);
        Assert.Equal(ImageOutcome.Done, outcome);
        Assert.Equal(to, ImageFormats.Recognise(result));
        Picture read = Picture.Decode(result);
        Assert.Equal((100, 75), (read.Width, read.Height));
        Assert.True(_host.Steps >= 150);
    }

    [Theory]
    [InlineData(ImageFormat.Jpeg)]
    [InlineData(ImageFormat.Png)]
    [InlineData(ImageFormat.WebP)]
    public void A_file_cut_short_is_refused_wherever_it_is_cut(ImageFormat format)
    {
        byte[] file = Picture.Photograph(64, 48).Encode(format);
        for (int length = 0; length < file.Length - 16; length += 13)
        {
            Make(file[..length], ImageFormat.Jpeg, 20, out ImageOutcome outcome);
            Assert.True(outcome is ImageOutcome.Damaged or ImageOutcome.UnknownFormat, $"{length} of {file.Length}: {outcome}");
        }
    }

    [Fact]
    public void A_chunk_that_says_it_has_gigabytes_is_not_looked_for_when_they_are_not_there()
    {
        byte[] file = Picture.Photograph(8, 8).Encode(ImageFormat.Png);
        const int firstChunkEnd = 8 + 25;
        byte[] chunk = [0x7F, 0xFF, 0xFF, 0xFF, .. "tEXt"u8];
        CountingSource source = new([.. file[..firstChunkEnd], .. chunk]);
        PngDecoder decoder = new();
        try
        {
            Assert.False(decoder.Open(source));
            Assert.InRange(source.Refusals, 1, 2);
        }
        finally
        {
            decoder.Close();
        }
    }

    [Fact]
    public void Gif_gives_its_first_frame()
    {
        Picture pixel = Picture.Decode(Convert.FromBase64String("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"));
        Assert.Equal((1, 1), (pixel.Width, pixel.Height));
        Assert.Equal(0, pixel.Pixels[3]); // the index that is transparent
    }

    [Fact]
    public void A_bomb_is_refused_for_what_it_claims()
    {
        byte[] bomb = Picture.Photograph(64, 48).Encode(ImageFormat.Png);
        BinaryPrimitives.WriteUInt32BigEndian(bomb.AsSpan(16), 30_000);
        BinaryPrimitives.WriteUInt32BigEndian(bomb.AsSpan(20), 30_000);
        BinaryPrimitives.WriteUInt32BigEndian(bomb.AsSpan(29), Crc(bomb.AsSpan(12, 17)));
        Make(bomb, ImageFormat.Jpeg, 20, out ImageOutcome outcome);
        Assert.Equal(ImageOutcome.SourceTooLarge, outcome);
        Assert.Equal(0, _host.Steps);
    }

    [Fact]
    public void What_the_codecs_have_no_memory_for_is_refused_before_it_is_decoded()
    {
        byte[] file = Picture.Photograph(2000, 2000).Encode(ImageFormat.WebP);
        ImageWorker worker = new(ImageLimits.Default, 80, 4 * Megabyte, 8 * Megabyte, _host);
        ImageOutcome outcome = worker.Make(new MemorySource(file), ImageOptions.None with { Width = 20 }, ImageFormat.Jpeg, new MemorySink());
        Assert.Equal(ImageOutcome.NoMemory, outcome);
        Assert.Equal(0, _host.Steps);
    }

    [Theory]
    [InlineData(ImageFormat.Jpeg)]
    [InlineData(ImageFormat.Png)]
    [InlineData(ImageFormat.WebP)]
    public void A_result_that_finds_no_room_is_given_up(ImageFormat format)
    {
        byte[] file = Picture.Photograph(300, 200).Encode(ImageFormat.Png);
        ImageWorker worker = new(ImageLimits.Default, 80, 8 * Megabyte, 32 * Megabyte, _host);
        Assert.Equal(ImageOutcome.NoRoom, worker.Make(new MemorySource(file), ImageOptions.None, format, new MemorySink(2000)));
    }

    [Fact]
    public void A_camera_held_upright_gives_an_upright_picture()
    {
        byte[] file = Picture.Photograph(120, 80).Encode(ImageFormat.Jpeg);
        byte[] exif = [0xFF, 0xE1, 0, 34, .. "Exif\0\0MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
        byte[] upright = [.. file[..2], .. exif, .. file[2..]];
        Picture read = Picture.Decode(Make(upright, ImageFormat.Png, 40, out _));
        Assert.Equal((40, 60), (read.Width, read.Height));
    }

    [Fact]
    public void Behind_what_is_transparent_comes_the_background()
    {
        Picture clear = new(8, 8, new byte[8 * 8 * 4]);
        ImageWorker worker = new(ImageLimits.Default, 95, 8 * Megabyte, 32 * Megabyte, _host);
        MemorySink sink = new();
        ImageOptions options = ImageOptions.None with { HasBackground = true, Background = 0x204060 };
        Assert.Equal(ImageOutcome.Done, worker.Make(new MemorySource(clear.Encode(ImageFormat.Png, hasAlpha: true)), options, ImageFormat.Png, sink));
        Assert.Equal([0x20, 0x40, 0x60, 0xFF], Picture.Decode(sink.ToArray()).Pixels.Take(4));
    }

    private byte[] Make(byte[] file, ImageFormat format, int width, out ImageOutcome outcome)
    {
        CodecLibrary.Prepare();
        ImageWorker worker = new(ImageLimits.Default, 90, 16 * Megabyte, 64 * Megabyte, _host);
        MemorySink sink = new();
        outcome = worker.Make(new MemorySource(file), ImageOptions.None with { Width = width }, format, sink);
        return sink.ToArray();
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int i = 0; i < 8; i++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }

    /// <summary>A file of which but the beginning can be had.</summary>
    private sealed class CountingSource(byte[] beginning) : ImageSource
    {
        internal int Refusals { get; private set; }

        public override long Length => 1L << 32;

        public override bool Read(long offset, Span<byte> destination)
        {
            if (offset + destination.Length > beginning.Length)
            {
                Refusals++;
                return false;
            }

            beginning.AsSpan((int)offset, destination.Length).CopyTo(destination);
            return true;
        }
    }
}
