// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Uaas.Imaging;

/// <summary>
/// The two inner loops of resampling, eight 16-bit products at a time. SSSE3 is enough for them, which every processor that the images run on has.
/// In between, a sample is a number of 6 bits behind the point, which leaves room for what a kernel overshoots.
/// </summary>
internal static class Rows
{
    /// <summary>Values of 16 bits that a row in between has behind its last one.</summary>
    internal const int Slack = 8;

    private const int Fraction = 6;
    private const byte ShrinkShift = Taps.Precision - Fraction;
    private const byte BlendShift = Taps.Precision + Fraction;
    private const byte FirstPair = 0b00_00_00_00;
    private const byte SecondPair = 0b01_01_01_01;

    // Of four pixels, the channels of the first two, and of the last two, side by side and widened to 16 bits. 0x80 gives 0.
    private static ReadOnlySpan<byte> FirstPixels => [0, 0x80, 4, 0x80, 1, 0x80, 5, 0x80, 2, 0x80, 6, 0x80, 3, 0x80, 7, 0x80];

    private static ReadOnlySpan<byte> LastPixels => [8, 0x80, 12, 0x80, 9, 0x80, 13, 0x80, 10, 0x80, 14, 0x80, 11, 0x80, 15, 0x80];

    private static Vector128<int> HalfOf(byte shift) => Sse2.Shuffle(Sse2.ConvertScalarToVector128Int32(1 << shift >> 1), FirstPair);

    /// <summary>Makes an output row's width from a source row.</summary>
    internal static void Shrink(ReadOnlySpan<byte> source, Workspace workspace, Taps taps, Span<short> destination)
    {
        ReadOnlySpan<int> starts = taps.Starts(workspace);
        ReadOnlySpan<short> weights = taps.Weights(workspace);
        int width = taps.Width;
        Vector128<byte> firstPixels = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(FirstPixels), 0);
        Vector128<byte> lastPixels = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(LastPixels), 0);
        Vector128<int> half = HalfOf(ShrinkShift);
        ref byte pixels = ref MemoryMarshal.GetReference(source);
        ref short output = ref MemoryMarshal.GetReference(destination);
        ref short weight = ref MemoryMarshal.GetReference(weights);
        CheckRoom(source.Length, starts, width, destination.Length);
        for (int i = 0; i < starts.Length; i++)
        {
            Vector128<int> sum = half;
            nuint pixel = (nuint)(uint)starts[i] * Frame.PixelSize;
            for (int tap = 0; tap < width; tap += Taps.Group)
            {
                Vector128<byte> four = Vector128.LoadUnsafe(ref pixels, pixel);
                Vector128<int> pairs = Sse2.X64.ConvertScalarToVector128Int64(Unsafe.ReadUnaligned<long>(ref Unsafe.As<short, byte>(ref weight))).AsInt32();
                Vector128<short> first = Ssse3.Shuffle(four, firstPixels).AsInt16();
                Vector128<short> last = Ssse3.Shuffle(four, lastPixels).AsInt16();
                sum = Sse2.Add(sum, Sse2.MultiplyAddAdjacent(first, Sse2.Shuffle(pairs, FirstPair).AsInt16()));
                sum = Sse2.Add(sum, Sse2.MultiplyAddAdjacent(last, Sse2.Shuffle(pairs, SecondPair).AsInt16()));
                weight = ref Unsafe.Add(ref weight, Taps.Group);
                pixel += Taps.Group * Frame.PixelSize;
            }

            sum = Sse2.ShiftRightArithmetic(sum, ShrinkShift);
            Sse2.PackSignedSaturate(sum, sum).StoreUnsafe(ref output, (nuint)(i * Frame.PixelSize));
        }
    }

    /// <summary>Makes an output row from rows in between.</summary>
    /// <param name="ring">The rows, of which row y lies at y modulo <paramref name="ringRows"/>.</param>
    /// <param name="stride">Values of each.</param>
    /// <param name="ringRows">How many there are.</param>
    /// <param name="first">The first row to take.</param>
    /// <param name="count">How many to take.</param>
    /// <param name="weights">Their weights.</param>
    /// <param name="destination">The output row.</param>
    internal static void Blend(ReadOnlySpan<short> ring, int stride, int ringRows, int first, int count, ReadOnlySpan<short> weights, Span<byte> destination)
    {
        Vector128<int> half = HalfOf(BlendShift);
        ref short rows = ref MemoryMarshal.GetReference(ring);
        ref byte output = ref MemoryMarshal.GetReference(destination);
        if (ring.Length < ringRows * stride || weights.Length < count || destination.Length + Slack > stride) Environment.FailFast("rows are too short");
        for (int x = 0; x < destination.Length; x += 2 * Frame.PixelSize)
        {
            Vector128<int> low = half;
            Vector128<int> high = half;
            int row = first % ringRows;
            for (int tap = 0; tap < count; tap += 2)
            {
                int next = row + 1 == ringRows ? 0 : row + 1;
                int second = tap + 1 < count ? weights[tap + 1] : 0;
                Vector128<short> pair = Sse2.Shuffle(Sse2.ConvertScalarToVector128Int32((ushort)weights[tap] | second << 16), 0).AsInt16();
                Vector128<short> a = Vector128.LoadUnsafe(ref rows, (nuint)(row * stride + x));
                Vector128<short> b = Vector128.LoadUnsafe(ref rows, (nuint)(next * stride + x));
                low = Sse2.Add(low, Sse2.MultiplyAddAdjacent(Sse2.UnpackLow(a, b), pair));
                high = Sse2.Add(high, Sse2.MultiplyAddAdjacent(Sse2.UnpackHigh(a, b), pair));
                row = next + 1 == ringRows ? 0 : next + 1;
            }

            Vector128<short> narrow = Sse2.PackSignedSaturate(Sse2.ShiftRightArithmetic(low, BlendShift), Sse2.ShiftRightArithmetic(high, BlendShift));
            Vector128<byte> pixels = Sse2.PackUnsignedSaturate(narrow, narrow);
            if (x + 2 * Frame.PixelSize <= destination.Length) Unsafe.WriteUnaligned(ref Unsafe.Add(ref output, x), Sse2.X64.ConvertToInt64(pixels.AsInt64()));
            else Unsafe.WriteUnaligned(ref Unsafe.Add(ref output, x), Sse2.ConvertToInt32(pixels.AsInt32()));
        }
    }

    // What the loop above reads and writes without looking.
    private static void CheckRoom(int sourceLength, ReadOnlySpan<int> starts, int width, int destinationLength)
    {
        bool fits = destinationLength >= starts.Length * Frame.PixelSize + Slack / 2;
        for (int i = 0; i < starts.Length; i++) fits &= (uint)starts[i] * Frame.PixelSize + (uint)width * Frame.PixelSize <= (uint)sourceLength;
        if (!fits) Environment.FailFast("a row is too short");
    }
}
