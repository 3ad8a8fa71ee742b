// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Imaging.Testing;

namespace Uaas.Imaging.Tests;

/// <summary>How alike two pictures are.</summary>
internal static class Quality
{
    /// <summary>Peak signal-to-noise ratio over all channels, in decibels; 100 where they are the same.</summary>
    internal static double Psnr(Picture left, Picture right)
    {
        double sum = 0;
        for (int i = 0; i < left.Pixels.Length; i++) sum += Math.Pow(left.Pixels[i] - right.Pixels[i], 2);
        return sum == 0 ? 100 : 10 * Math.Log10(255.0 * 255.0 * left.Pixels.Length / sum);
    }

    /// <summary>Structural similarity (Wang et al., 2004) of luma, over squares of eight pixels: 1 where they are the same.</summary>
    internal static double Ssim(Picture left, Picture right)
    {
        const int side = 8;
        double total = 0;
        int count = 0;
        for (int y = 0; y + side <= left.Height; y += side / 2)
        {
            for (int x = 0; x + side <= left.Width; x += side / 2, count++) total += SquareSsim(left, right, x, y, side);
        }

        return total / count;
    }

    private static double SquareSsim(Picture left, Picture right, int x0, int y0, int side)
    {
        double sumA = 0, sumB = 0, squareA = 0, squareB = 0, product = 0;
        for (int y = y0; y < y0 + side; y++)
        {
            for (int x = x0; x < x0 + side; x++)
            {
                double a = Luma(left, x, y);
                double b = Luma(right, x, y);
                sumA += a;
                sumB += b;
                squareA += a * a;
                squareB += b * b;
                product += a * b;
            }
        }

        double n = side * side;
        double meanA = sumA / n, meanB = sumB / n;
        double varianceA = squareA / n - meanA * meanA, varianceB = squareB / n - meanB * meanB, covariance = product / n - meanA * meanB;
        const double c1 = 6.5025, c2 = 58.5225;
        return (2 * meanA * meanB + c1) * (2 * covariance + c2) / ((meanA * meanA + meanB * meanB + c1) * (varianceA + varianceB + c2));
    }

    private static double Luma(Picture picture, int x, int y)
    {
        int at = (y * picture.Width + x) * 4;
        return 0.299 * picture.Pixels[at] + 0.587 * picture.Pixels[at + 1] + 0.114 * picture.Pixels[at + 2];
    }
}
