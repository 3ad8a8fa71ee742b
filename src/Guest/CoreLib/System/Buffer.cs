// SPDX-License-Identifier: Apache-2.0
// Moving, clearing and comparing memory. ILC calls Buffer and SpanHelpers by name for struct copies and block operations.

using System.Runtime;
using System.Runtime.CompilerServices;
using Internal.Runtime;

namespace System;

public static unsafe class Buffer
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Memmove<T>(ref T destination, ref T source, nuint elementCount)
    {
        if (!RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            SpanHelpers.Memmove(ref Unsafe.As<T, byte>(ref destination), ref Unsafe.As<T, byte>(ref source), elementCount * (nuint)sizeof(T));
        }
        else if (!Arena.Exist)
        {
            SpanHelpers.Memmove(ref Unsafe.As<T, byte>(ref destination), ref Unsafe.As<T, byte>(ref source), elementCount * (nuint)sizeof(T));
        }
        else if (Unsafe.AsPointer(ref destination) <= Unsafe.AsPointer(ref source))
        {
            // Assigned one by one, each reference is checked.
            for (nuint i = 0; i < elementCount; i++) Unsafe.Add(ref destination, i) = Unsafe.Add(ref source, i);
        }
        else
        {
            for (nuint i = elementCount; i-- > 0;) Unsafe.Add(ref destination, i) = Unsafe.Add(ref source, i);
        }
    }

    // ILC's for large structs that hold references; it does not say at which words.
    internal static void BulkMoveWithWriteBarrier(ref byte destination, ref byte source, nuint byteCount)
    {
        if (Arena.Exist) Arena.CheckWords((nuint)Unsafe.AsPointer(ref destination), (nuint*)Unsafe.AsPointer(ref source), byteCount / (nuint)sizeof(nuint));
        SpanHelpers.Memmove(ref destination, ref source, byteCount);
    }

    public static void MemoryCopy(void* source, void* destination, long destinationSizeInBytes, long sourceBytesToCopy)
    {
        if ((ulong)sourceBytesToCopy > (ulong)destinationSizeInBytes) Internal.Runtime.CompilerHelpers.ThrowHelpers.ThrowArgumentOutOfRangeException();
        SpanHelpers.Memmove(ref *(byte*)destination, ref *(byte*)source, (nuint)sourceBytesToCopy);
    }
}

internal static unsafe class SpanHelpers
{
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "memmove")]
    private static extern void* NativeMemmove(void* destination, void* source, nuint length);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "memset")]
    private static extern void* NativeMemset(void* destination, int value, nuint length);

    internal static void Memmove(ref byte destination, ref byte source, nuint length) =>
        NativeMemmove(Unsafe.AsPointer(ref destination), Unsafe.AsPointer(ref source), length);

    internal static void ClearWithoutReferences(ref byte destination, nuint length) => NativeMemset(Unsafe.AsPointer(ref destination), 0, length);

    internal static void Fill(ref byte destination, nuint length, byte value) => NativeMemset(Unsafe.AsPointer(ref destination), value, length);

    internal static bool SequenceEqual(ref byte first, ref byte second, nuint length)
    {
        if (length < 8)
        {
            for (nuint i = 0; i < length; i++)
            {
                if (Unsafe.Add(ref first, i) != Unsafe.Add(ref second, i)) return false;
            }

            return true;
        }

        // Whole words, then the last word again, overlapping: no tail of single bytes.
        nuint last = length - 8;
        for (nuint i = 0; i < last; i += 8)
        {
            if (Word(ref first, i) != Word(ref second, i)) return false;
        }

        return Word(ref first, last) == Word(ref second, last);
    }

    internal static int IndexOf(ref byte start, byte value, int length)
    {
        const ulong Ones = 0x0101010101010101, Highs = 0x8080808080808080;
        ulong pattern = Ones * value;
        int i = 0;
        for (; i + 8 <= length; i += 8)
        {
            ulong difference = Word(ref start, (nuint)i) ^ pattern;
            ulong zeroes = (difference - Ones) & ~difference & Highs;
            if (zeroes != 0) return i + (System.Numerics.BitOperations.TrailingZeroCount(zeroes) >> 3);
        }

        for (; i < length; i++)
        {
            if (Unsafe.Add(ref start, i) == value) return i;
        }

        return -1;
    }

    private static ulong Word(ref byte start, nuint offset) => Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, offset));
}
