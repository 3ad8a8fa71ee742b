// SPDX-License-Identifier: Apache-2.0

using System.Globalization;

namespace Uaas.Demo;

/// <summary>Computes the gallery's pictures: Julia sets, whose constant walks round the edge of the Mandelbrot set's heart.</summary>
internal static class Gallery
{
    /// <summary>How many there are; the gallery's page counts on it.</summary>
    internal const int Count = 24;

    private const int Width = 600;
    private const int Height = 400;
    private const int MaxIterations = 160;

    /// <summary>Draws all of them, as <c>julia-01.png</c> and so on.</summary>
    internal static void Draw(string output)
    {
        Directory.CreateDirectory(output);
        Parallel.For(0, Count, number =>
        {
            byte[] pixels = new byte[Width * Height * 3];
            double angle = 2 * Math.PI * (number + 0.5) / Count;
            Fill(pixels, 0.52 * Math.Cos(angle) - 0.2634 * Math.Cos(2 * angle), 0.52 * Math.Sin(angle) - 0.2634 * Math.Sin(2 * angle), number / (double)Count);
            string name = string.Create(CultureInfo.InvariantCulture, $"julia-{number + 1:D2}.png");
            File.WriteAllBytes(Path.Combine(output, name), Png.Encode(pixels, Width, Height));
        });
    }

    private static void Fill(Span<byte> pixels, double real, double imaginary, double hue)
    {
        for (int y = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++)
            {
                double value = Escape((x - Width / 2) * 3.0 / Width, (y - Height / 2) * 3.0 / Width, real, imaginary);
                Colour(pixels.Slice((y * Width + x) * 3, 3), value, hue);
            }
        }
    }

    /// <summary>How soon a point escapes, from 0 (at once) to 1 (never), without steps.</summary>
    private static double Escape(double x, double y, double real, double imaginary)
    {
        for (int i = 0; i < MaxIterations; i++)
        {
            double squared = x * x + y * y;
            if (squared > 64)
            {
                return Math.Clamp((i + 1 - Math.Log2(Math.Log2(squared) / 2)) / MaxIterations, 0, 1);
            }

            (x, y) = (x * x - y * y + real, 2 * x * y + imaginary);
        }

        return 1;
    }

    private static void Colour(Span<byte> pixel, double value, double hue)
    {
        double light = value >= 1 ? 0.06 : Math.Sqrt(value);
        for (int channel = 0; channel < 3; channel++)
        {
            double wave = 0.5 + 0.5 * Math.Cos(2 * Math.PI * (hue + 0.8 * light + channel / 3.0));
            pixel[channel] = (byte)(255 * Math.Clamp(light * (0.35 + 0.9 * wave), 0, 1));
        }
    }
}
