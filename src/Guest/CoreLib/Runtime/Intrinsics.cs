// SPDX-License-Identifier: Apache-2.0
// Vectors of 128 bits. Each method of X86 is one instruction, which the compiler puts in the place of the call: those bodies are never run.

using System.Runtime.CompilerServices;

namespace System.Runtime.Intrinsics
{
    [Intrinsic]
    public readonly struct Vector128<T>
    {
        private readonly ulong _low;
        private readonly ulong _high;
    }

    public static class Vector128
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<T> LoadUnsafe<T>(ref readonly T source, nuint elementOffset) =>
            Unsafe.ReadUnaligned<Vector128<T>>(ref Unsafe.As<T, byte>(ref Unsafe.Add(ref Unsafe.AsRef(in source), (nint)elementOffset)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void StoreUnsafe<T>(this Vector128<T> source, ref T destination, nuint elementOffset) =>
            Unsafe.WriteUnaligned(ref Unsafe.As<T, byte>(ref Unsafe.Add(ref destination, (nint)elementOffset)), source);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<byte> AsByte<T>(this Vector128<T> vector) => Unsafe.As<Vector128<T>, Vector128<byte>>(ref vector);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<short> AsInt16<T>(this Vector128<T> vector) => Unsafe.As<Vector128<T>, Vector128<short>>(ref vector);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<long> AsInt64<T>(this Vector128<T> vector) => Unsafe.As<Vector128<T>, Vector128<long>>(ref vector);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector128<int> AsInt32<T>(this Vector128<T> vector) => Unsafe.As<Vector128<T>, Vector128<int>>(ref vector);
    }
}

namespace System.Runtime.Intrinsics.X86
{
    [Intrinsic]
    public abstract class X86Base
    {
        public static bool IsSupported => IsSupported;

        /// <summary>Tells the processor that this is a loop that waits.</summary>
        [Intrinsic]
        public static void Pause() => Pause();
    }

    [Intrinsic]
    public abstract class Sse2
    {
        public static bool IsSupported => IsSupported;

        [Intrinsic]
        public static Vector128<int> ConvertScalarToVector128Int32(int value) => ConvertScalarToVector128Int32(value);

        [Intrinsic]
        public static int ConvertToInt32(Vector128<int> value) => ConvertToInt32(value);

        [Intrinsic]
        public static Vector128<int> Add(Vector128<int> left, Vector128<int> right) => Add(left, right);

        [Intrinsic]
        public static Vector128<int> MultiplyAddAdjacent(Vector128<short> left, Vector128<short> right) => MultiplyAddAdjacent(left, right);

        [Intrinsic]
        public static Vector128<int> ShiftRightArithmetic(Vector128<int> value, byte count) => ShiftRightArithmetic(value, count);

        [Intrinsic]
        public static Vector128<short> PackSignedSaturate(Vector128<int> left, Vector128<int> right) => PackSignedSaturate(left, right);

        [Intrinsic]
        public static Vector128<byte> PackUnsignedSaturate(Vector128<short> left, Vector128<short> right) => PackUnsignedSaturate(left, right);

        [Intrinsic]
        public static Vector128<short> UnpackLow(Vector128<short> left, Vector128<short> right) => UnpackLow(left, right);

        [Intrinsic]
        public static Vector128<short> UnpackHigh(Vector128<short> left, Vector128<short> right) => UnpackHigh(left, right);

        [Intrinsic]
        public static Vector128<int> Shuffle(Vector128<int> value, byte control) => Shuffle(value, control);

        [Intrinsic]
        public abstract class X64
        {
            public static bool IsSupported => IsSupported;

            [Intrinsic]
            public static Vector128<long> ConvertScalarToVector128Int64(long value) => ConvertScalarToVector128Int64(value);

            [Intrinsic]
            public static long ConvertToInt64(Vector128<long> value) => ConvertToInt64(value);
        }
    }

    [Intrinsic]
    public abstract class Ssse3
    {
        public static bool IsSupported => IsSupported;

        [Intrinsic]
        public static Vector128<byte> Shuffle(Vector128<byte> value, Vector128<byte> mask) => Shuffle(value, mask);
    }
}
