// SPDX-License-Identifier: Apache-2.0

using System.Runtime.CompilerServices;

namespace System.Numerics;

public static class BitOperations
{
    [Intrinsic]
    public static uint RotateLeft(uint value, int offset) => value << offset | value >> (32 - offset);

    [Intrinsic]
    public static ulong RotateLeft(ulong value, int offset) => value << offset | value >> (64 - offset);

    [Intrinsic]
    public static uint RotateRight(uint value, int offset) => value >> offset | value << (32 - offset);

    [Intrinsic]
    public static ulong RotateRight(ulong value, int offset) => value >> offset | value << (64 - offset);

    public static bool IsPow2(int value) => (value & (value - 1)) == 0 && value > 0;

    public static bool IsPow2(uint value) => (value & (value - 1)) == 0 && value != 0;

    public static bool IsPow2(long value) => (value & (value - 1)) == 0 && value > 0;

    public static bool IsPow2(ulong value) => (value & (value - 1)) == 0 && value != 0;

    [Intrinsic]
    public static int TrailingZeroCount(uint value) => value == 0 ? 32 : PopCount(~value & (value - 1));

    [Intrinsic]
    public static int TrailingZeroCount(ulong value) => value == 0 ? 64 : PopCount(~value & (value - 1));

    public static int TrailingZeroCount(int value) => TrailingZeroCount((uint)value);

    public static int TrailingZeroCount(long value) => TrailingZeroCount((ulong)value);

    [Intrinsic]
    public static int LeadingZeroCount(uint value) => LeadingZeroCount((ulong)value) - 32;

    [Intrinsic]
    public static int LeadingZeroCount(ulong value)
    {
        if (value == 0) return 64;
        int count = 0;
        if (value >> 32 == 0) { count += 32; value <<= 32; }
        if (value >> 48 == 0) { count += 16; value <<= 16; }
        if (value >> 56 == 0) { count += 8; value <<= 8; }
        if (value >> 60 == 0) { count += 4; value <<= 4; }
        if (value >> 62 == 0) { count += 2; value <<= 2; }
        return value >> 63 == 0 ? count + 1 : count;
    }

    public static int Log2(uint value) => 31 - LeadingZeroCount(value | 1);

    public static int Log2(ulong value) => 63 - LeadingZeroCount(value | 1);

    public static uint RoundUpToPowerOf2(uint value) => value <= 1 ? value : 1u << (32 - LeadingZeroCount(value - 1));

    public static ulong RoundUpToPowerOf2(ulong value) => value <= 1 ? value : 1ul << (64 - LeadingZeroCount(value - 1));

    [Intrinsic]
    public static int PopCount(uint value) => PopCount((ulong)value);

    [Intrinsic]
    public static int PopCount(ulong value)
    {
        value -= value >> 1 & 0x5555555555555555;
        value = (value & 0x3333333333333333) + (value >> 2 & 0x3333333333333333);
        return (int)((value + (value >> 4) & 0x0F0F0F0F0F0F0F0F) * 0x0101010101010101 >> 56);
    }
}
