// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace Uaas.Fuzz;

/// <summary>Makes inputs out of seeds: the same ones for the same random seed, everywhere and always.</summary>
public sealed class Mutator(IReadOnlyList<byte[]> seeds, ulong randomSeed)
{
    /// <summary>Longest input in bytes.</summary>
    public const int MaximumLength = 8_192;

    private const int MostMutations = 6;

    private readonly byte[] _input = new byte[MaximumLength];
    private int _length;
    private ulong _state = Mix(randomSeed);

    private static ReadOnlySpan<uint> Remarkable => [0, 1, 2, 7, 8, 15, 16, 20, 31, 32, 63, 64, 127, 128, 255, 256, 1_023, 1_500, 4_095, 32_767, 32_768, 65_535, 65_536, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF];

    /// <summary>The next input; valid until the next call.</summary>
    public ReadOnlySpan<byte> Next()
    {
        byte[] seed = seeds[Below(seeds.Count)];
        _length = Math.Min(seed.Length, MaximumLength);
        seed.AsSpan(0, _length).CopyTo(_input);

        // Now and then the seed itself, so that what comes after a good input is tried too.
        int mutations = Below(MostMutations + 1);
        for (int i = 0; i < mutations; i++) Mutate();
        return _input.AsSpan(0, _length);
    }

    private void Mutate()
    {
        if (_length == 0)
        {
            Insert(0, Below(64));
            return;
        }

        int at = Below(_length);
        switch (Below(12))
        {
            case 0: _input[at] ^= (byte)(1 << Below(8)); break;
            case 1: _input[at] = (byte)Random(); break;
            case 2: _input[at] = (byte)Remarkable[Below(Remarkable.Length)]; break;
            case 3: _input[at] += (byte)(Below(16) - 8); break;
            case 4: WriteNumber(at, 2); break;
            case 5: WriteNumber(at, 4); break;
            case 6: _length = at; break;
            case 7: Remove(at, 1 + Below(16)); break;
            case 8: Insert(at, 1 + Below(16)); break;
            case 9: CopyWithin(at); break;
            case 10: Splice(at); break;
            case 11: FillAtRandom(at, 1 + Below(32)); break;
        }
    }

    private void WriteNumber(int at, int size)
    {
        if (at + size > _length) return;
        uint value = Remarkable[Below(Remarkable.Length)] + (uint)Below(3) - 1;
        bool big = Below(2) == 0;
        if (size == 2 && big) BinaryPrimitives.WriteUInt16BigEndian(_input.AsSpan(at), (ushort)value);
        else if (size == 2) BinaryPrimitives.WriteUInt16LittleEndian(_input.AsSpan(at), (ushort)value);
        else if (big) BinaryPrimitives.WriteUInt32BigEndian(_input.AsSpan(at), value);
        else BinaryPrimitives.WriteUInt32LittleEndian(_input.AsSpan(at), value);
    }

    private void Remove(int at, int count)
    {
        count = Math.Min(count, _length - at);
        _input.AsSpan(at + count, _length - at - count).CopyTo(_input.AsSpan(at));
        _length -= count;
    }

    private void Insert(int at, int count)
    {
        count = Math.Min(count, MaximumLength - _length);
        _input.AsSpan(at, _length - at).CopyTo(_input.AsSpan(at + count));
        _length += count;
        FillAtRandom(at, count);
    }

    private void CopyWithin(int at)
    {
        int from = Below(_length);
        int count = Math.Min(1 + Below(64), _length - Math.Max(at, from));
        _input.AsSpan(from, count).ToArray().CopyTo(_input.AsSpan(at));
    }

    private void Splice(int at)
    {
        byte[] other = seeds[Below(seeds.Count)];
        int from = Math.Min(at, other.Length);
        int count = Math.Min(other.Length - from, MaximumLength - at);
        other.AsSpan(from, count).CopyTo(_input.AsSpan(at));
        _length = at + count;
    }

    private void FillAtRandom(int at, int count)
    {
        int end = Math.Min(at + count, _length);
        for (int i = at; i < end; i++) _input[i] = (byte)Random();
    }

    private int Below(int bound) => (int)(Random() % (uint)bound);

    private ulong Random() => Mix(_state += 0x9E37_79B9_7F4A_7C15);

    // SplitMix64 (Steele, Lea and Flood, 2014).
    private static ulong Mix(ulong value)
    {
        value = (value ^ value >> 30) * 0xBF58_476D_1CE4_E5B9;
        value = (value ^ value >> 27) * 0x94D0_49BB_1331_11EB;
        return value ^ value >> 31;
    }
}
