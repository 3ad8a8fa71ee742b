// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.IO;
using Uaas.Imaging.Testing;

namespace Uaas.Imaging.Tests;

[Collection("codecs")]
public sealed class ResamplingTests
{
    [Theory]
    [InlineData(2000, 500)]
    [InlineData(500, 2000)]
    [InlineData(9000, 7)]
    [InlineData(5, 3)]
    [InlineData(1, 1)]
    public void Weights_sum_to_one_and_stay_inside(int from, int to)
    {
        Workspace workspace = new(4 << 20);
        Taps taps = new();
        Assert.True(taps.TryPrepare(workspace, from, new Stretch(0, from), to, Kernel.Lanczos3));
        for (int i = 0; i < to; i++)
        {
            int sum = 0;
            ReadOnlySpan<short> weights = taps.Weights(workspace).Slice(i * taps.Width, taps.Width);
            int start = taps.Starts(workspace)[i];
            for (int tap = 0; tap < weights.Length; tap++)
            {
                sum += weights[tap];
                Assert.True(weights[tap] == 0 || start + tap < from);
            }

            Assert.Equal(1 << Taps.Precision, sum);
        }
    }

    [Fact]
    public void A_picture_of_the_same_size_stays_as_it_is()
    {
        Picture picture = Picture.Photograph(61, 47);
        Assert.Equal(picture.Pixels, Resample(picture, 61, 47).Pixels);
    }

    [Fact]
    public void An_even_area_stays_even()
    {
        Picture grey = new(97, 61, new byte[97 * 61 * 4]);
        grey.Pixels.AsSpan().Fill(77);
        Assert.All(Resample(grey, 13, 29).Pixels, static value => Assert.Equal(77, value));
    }

    [Theory]
    [InlineData(500, 333)]
    [InlineData(733, 512)]
    [InlineData(2600, 1500)]
    public void Pictures_are_what_exact_arithmetic_gives(int width, int height)
    {
        Picture picture = Picture.Photograph(2000, 1333);
        Picture result = Resample(picture, width, height);
        Assert.InRange(Quality.Psnr(Exact(picture, width, height), result), 52, 100);
    }

    [VipsFact]
    public void Pictures_are_as_good_as_those_of_libvips()
    {
        string folder = Directory.CreateTempSubdirectory("uaas-vips-").FullName;
        try
        {
            Picture picture = Picture.Photograph(2000, 1333);
            File.WriteAllBytes(Path.Combine(folder, "in.png"), picture.Encode(ImageFormat.Png));
            using Process vips = Process.Start("vipsthumbnail", [Path.Combine(folder, "in.png"), "--size", "500x", "-o", Path.Combine(folder, "out.png")]);
            vips.WaitForExit();
            Picture theirs = Picture.Decode(File.ReadAllBytes(Path.Combine(folder, "out.png")));
            Picture ours = Resample(picture, 500, 333);
            Picture exact = Exact(picture, 500, 333);
            Assert.InRange(Quality.Psnr(ours, theirs), 35, 100);
            Assert.InRange(Quality.Ssim(ours, theirs), 0.98, 1);
            Assert.True(Quality.Psnr(ours, exact) >= Quality.Psnr(theirs, exact) - 0.1, $"ours {Quality.Psnr(ours, exact):F1} dB, libvips {Quality.Psnr(theirs, exact):F1} dB");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [VipsFact]
    public void Thumbnails_of_photographs_are_as_good_as_those_of_libvips()
    {
        string folder = Directory.CreateTempSubdirectory("uaas-vips-").FullName;
        try
        {
            byte[] file = Picture.Photograph(2000, 1333).Encode(ImageFormat.Jpeg, 92);
            File.WriteAllBytes(Path.Combine(folder, "in.jpg"), file);
            using Process vips = Process.Start("vipsthumbnail", [Path.Combine(folder, "in.jpg"), "--size", "500x", "-o", Path.Combine(folder, "out.jpg[Q=75]")]);
            vips.WaitForExit();
            byte[] theirFile = File.ReadAllBytes(Path.Combine(folder, "out.jpg"));
            ImageWorker worker = new(ImageLimits.Default, 75, 16 << 20, 64 << 20, new IdleHost());
            MemorySink sink = new();
            Assert.Equal(ImageOutcome.Done, worker.Make(new MemorySource(file), ImageOptions.None with { Width = 500 }, ImageFormat.Jpeg, sink));
            Picture exact = Exact(Picture.Decode(file), 500, 333);
            double ours = Quality.Psnr(Picture.Decode(sink.ToArray()), exact);
            double theirs = Quality.Psnr(Picture.Decode(theirFile), exact);
            Assert.True(ours >= theirs - 0.25, $"ours {ours:F2} dB in {sink.ToArray().Length} bytes, libvips {theirs:F2} dB in {theirFile.Length}");
            Assert.InRange(sink.ToArray().Length, 1, theirFile.Length * 1.1);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Picture Resample(Picture picture, int width, int height)
    {
        Workspace workspace = new(64 << 20);
        Resampler resampler = new(workspace);
        Assert.True(Frame.TryCreate(workspace, width, height, out Frame frame));
        Assert.True(resampler.TryPrepare(picture.Width, picture.Height, new Stretch(0, picture.Width), new Stretch(0, picture.Height), frame, Kernel.Lanczos3));
        byte[] row = new byte[picture.Width * 4 + Resampler.Slack];
        for (int y = 0; y < resampler.RowsNeeded; y++)
        {
            picture.Pixels.AsSpan(y * picture.Width * 4, picture.Width * 4).CopyTo(row);
            resampler.Push(row);
        }

        Assert.False(resampler.NeedsMore);
        return new Picture(width, height, frame.Pixels(workspace).ToArray());
    }

    // Lanczos-3 in double precision, one direction after the other.
    private static Picture Exact(Picture picture, int width, int height)
    {
        double[] across = new double[width * picture.Height * 4];
        for (int x = 0; x < width; x++)
        {
            double[] weights = ExactWeights(picture.Width, width, x, out int first);
            for (int y = 0; y < picture.Height; y++)
            {
                for (int i = 0; i < weights.Length; i++)
                {
                    for (int c = 0; c < 4; c++) across[(y * width + x) * 4 + c] += weights[i] * picture.Pixels[(y * picture.Width + first + i) * 4 + c];
                }
            }
        }

        byte[] result = new byte[width * height * 4];
        double[] line = new double[width * 4];
        for (int y = 0; y < height; y++)
        {
            double[] weights = ExactWeights(picture.Height, height, y, out int first);
            Array.Clear(line);
            for (int i = 0; i < weights.Length; i++)
            {
                for (int at = 0; at < line.Length; at++) line[at] += weights[i] * across[(first + i) * line.Length + at];
            }

            for (int at = 0; at < line.Length; at++) result[y * line.Length + at] = (byte)Math.Clamp(Math.Round(line[at]), 0, 255);
        }

        return new Picture(width, height, result);
    }

    private static double[] ExactWeights(int from, int to, int index, out int first)
    {
        double scale = (double)from / to;
        double spread = Math.Max(scale, 1);
        double centre = (index + 0.5) * scale;
        first = Math.Max((int)Math.Ceiling(centre - 3 * spread - 0.5), 0);
        int end = Math.Min((int)Math.Floor(centre + 3 * spread - 0.5) + 1, from);
        double[] weights = new double[end - first];
        double total = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            double x = Math.Abs((first + i + 0.5 - centre) / spread);
            weights[i] = x < 1e-12 ? 1 : x >= 3 ? 0 : Math.Sin(Math.PI * x) / (Math.PI * x) * Math.Sin(Math.PI * x / 3) / (Math.PI * x / 3);
            total += weights[i];
        }

        for (int i = 0; i < weights.Length; i++) weights[i] /= total;
        return weights;
    }
}

/// <summary>A test beside libvips; skipped by name where vipsthumbnail is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class VipsFactAttribute : FactAttribute
{
    /// <summary>Decides once, when the test is found.</summary>
    public VipsFactAttribute()
    {
        if (!File.Exists("/usr/bin/vipsthumbnail")) Skip = "needs vipsthumbnail (libvips-tools)";
    }
}
