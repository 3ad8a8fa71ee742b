// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Imaging;

/// <summary>
/// For one direction: which source samples make each output sample, and with which weights. Weights are numbers of 14 bits behind the point
/// that sum to exactly 1, so that an even area stays as it is.
/// </summary>
internal sealed class Taps
{
    /// <summary>Bits behind the point.</summary>
    internal const int Precision = 14;

    /// <summary>Weights come in groups of so many, filled up with zeros.</summary>
    internal const int Group = 4;

    private Block _starts;
    private Block _weights;

    /// <summary>Output samples.</summary>
    internal int Count { get; private set; }

    /// <summary>Weights of each output sample, a multiple of <see cref="Group"/>. They reach less than a group beyond the source's end, and are 0 there.</summary>
    internal int Width { get; private set; }

    /// <summary>Works the weights out.</summary>
    /// <param name="workspace">Where they are kept.</param>
    /// <param name="sourceLength">Source samples.</param>
    /// <param name="region">The stretch of the source that becomes the output.</param>
    /// <param name="count">Output samples.</param>
    /// <param name="kernel">The weighting.</param>
    /// <param name="radius">What to spread the kernel by; 0 for as much as the source is shrunk, and no less than 1.</param>
    /// <returns>False where the workspace is too small.</returns>
    internal bool TryPrepare(Workspace workspace, int sourceLength, in Stretch region, int count, Kernel kernel, double radius = 0)
    {
        Count = count;
        Width = WidthFor(region, count, radius, sourceLength);
        if (!workspace.TryTake((long)count * sizeof(int), out _starts) || !workspace.TryTake((long)count * Width * sizeof(short), out _weights)) return false;
        Span<int> starts = workspace.Ints(_starts);
        Span<short> weights = workspace.Shorts(_weights);
        double scale = region.Length / count;
        double spread = SpreadFor(scale, radius);
        for (int i = 0; i < count; i++)
        {
            double centre = region.Start + (i + 0.5) * scale;
            int first = Math.Clamp((int)Math.Ceiling(centre - Kernels.Support * spread - 0.5), 0, sourceLength - 1);
            int end = Math.Clamp((int)Math.Floor(centre + Kernels.Support * spread - 0.5) + 1, first + 1, sourceLength);
            end = Math.Min(end, first + Width);
            int start = Math.Clamp(first, 0, Math.Max(sourceLength - Width, 0));
            Span<short> own = weights.Slice(i * Width, Width);
            own.Clear();
            starts[i] = start;
            Weigh(own[(first - start)..(end - start)], kernel, first + 0.5 - centre, spread);
        }

        return true;
    }

    /// <summary>The first source sample of each output sample.</summary>
    internal ReadOnlySpan<int> Starts(Workspace workspace) => workspace.Ints(_starts);

    /// <summary>The weights of all output samples, one after the other.</summary>
    internal ReadOnlySpan<short> Weights(Workspace workspace) => workspace.Shorts(_weights);

    private static double SpreadFor(double scale, double radius) => radius > 0 ? radius : Math.Max(scale, 1);

    private static int WidthFor(in Stretch region, int count, double radius, int sourceLength)
    {
        double taps = Math.Ceiling(2 * Kernels.Support * SpreadFor(region.Length / count, radius)) + 1;
        return ((int)Math.Min(taps, sourceLength) + Group - 1) / Group * Group;
    }

    // Each weight is what the rounded sum grows by: errors of rounding do not add up.
    private static void Weigh(Span<short> weights, Kernel kernel, double distance, double spread)
    {
        double total = 0;
        for (int i = 0; i < weights.Length; i++) total += Kernels.Weight(kernel, (distance + i) / spread);
        double unit = (1 << Precision) / total;
        double sum = 0;
        int given = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            sum += Kernels.Weight(kernel, (distance + i) / spread) * unit;
            int rounded = (int)Math.Floor(sum + 0.5);
            weights[i] = (short)Math.Clamp(rounded - given, short.MinValue, short.MaxValue);
            given = rounded;
        }
    }
}

/// <summary>A stretch of a line, in samples, which may begin and end within one.</summary>
public readonly struct Stretch(double start, double length)
{
    /// <summary>Where it begins.</summary>
    public double Start { get; } = start;

    /// <summary>How long it is.</summary>
    public double Length { get; } = length;

    /// <summary>The same stretch where samples are so much smaller.</summary>
    internal Stretch Times(double factor) => new(Start * factor, Length * factor);
}
