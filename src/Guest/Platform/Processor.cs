// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Runtime;
using System.Runtime.CompilerServices;

namespace Uaas.Platform;

/// <summary>Instructions that C# has no words for (native/x64/cpu.S).</summary>
internal static unsafe class Processor
{
    /// <summary>The time stamp counter.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_rdtsc")]
    internal static extern ulong ReadTimeStampCounter();

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_rdrand")]
    private static extern bool ReadRandom(ulong* value);

    /// <summary>
    /// Fills from RDRAND; where the processor lacks it, from the time stamp counter's jitter, which is the most that such a machine has.
    /// </summary>
    internal static void FillEntropy(Span<byte> destination)
    {
        Span<byte> word = stackalloc byte[8];
        while (!destination.IsEmpty)
        {
            ulong value;
            if (!ReadRandom(&value)) value = Jitter();
            BinaryPrimitives.WriteUInt64LittleEndian(word, value);
            int count = Math.Min(8, destination.Length);
            word.Slice(0, count).CopyTo(destination);
            destination = destination.Slice(count);
        }
    }

    // Steele, Lea and Flood's SplitMix64 over readings of the counter.
    private static ulong Jitter()
    {
        ulong state = 0;
        for (int i = 0; i < 64; i++)
        {
            state = (state ^ ReadTimeStampCounter()) + 0x9E3779B97F4A7C15;
            state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9;
            state = (state ^ state >> 27) * 0x94D049BB133111EB;
            state ^= state >> 31;
        }

        return state;
    }
}
