// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Imaging;

/// <summary>A function by which source samples are weighted, by their distance from the middle of an output sample.</summary>
public enum Kernel : byte
{
    /// <summary>Lanczos with three lobes: the sinc function, windowed by the middle lobe of a wider one.</summary>
    Lanczos3,

    /// <summary>The Gaussian function, out to three standard deviations.</summary>
    Gaussian,
}

/// <summary>The kernels themselves.</summary>
internal static class Kernels
{
    /// <summary>Beyond this distance the weight is 0. In samples, or for <see cref="Kernel.Gaussian"/> in standard deviations.</summary>
    internal const double Support = 3;

    internal static double Weight(Kernel kernel, double distance)
    {
        double x = Math.Abs(distance);
        if (x >= Support) return 0;
        return kernel == Kernel.Gaussian ? Math.Exp(-0.5 * x * x) : Sinc(x) * Sinc(x / Support);
    }

    private static double Sinc(double x) => x < 1e-9 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x);
}
