// SPDX-License-Identifier: Apache-2.0
// ILC supplies the bodies of the methods marked Intrinsic; what stands here is never run.

using System.Diagnostics.CodeAnalysis;

namespace System.Runtime.CompilerServices;

public static unsafe class Unsafe
{
    [Intrinsic]
    public static void* AsPointer<T>(ref readonly T value)
        where T : allows ref struct => Unreachable();

    [Intrinsic]
    public static int SizeOf<T>()
        where T : allows ref struct => sizeof(T);

    [Intrinsic]
    [return: NotNullIfNotNull(nameof(o))]
    public static T? As<T>(object? o)
        where T : class?
    {
        Unreachable();
        return default;
    }

    [Intrinsic]
    public static ref TTo As<TFrom, TTo>(ref TFrom source)
        where TFrom : allows ref struct
        where TTo : allows ref struct => ref *(TTo*)Unreachable();

    [Intrinsic]
    public static ref T AsRef<T>(scoped ref readonly T source)
        where T : allows ref struct => ref *(T*)Unreachable();

    [Intrinsic]
    public static ref T AsRef<T>(void* source)
        where T : allows ref struct => ref *(T*)source;

    [Intrinsic]
    public static ref T Add<T>(ref T source, int elementOffset)
        where T : allows ref struct => ref *(T*)Unreachable();

    [Intrinsic]
    public static ref T Add<T>(ref T source, nint elementOffset)
        where T : allows ref struct => ref *(T*)Unreachable();

    [Intrinsic]
    public static ref T Add<T>(ref T source, nuint elementOffset)
        where T : allows ref struct => ref *(T*)Unreachable();

    [Intrinsic]
    public static ref T AddByteOffset<T>(ref T source, nint byteOffset)
        where T : allows ref struct => ref *(T*)Unreachable();

    [Intrinsic]
    public static ref T AddByteOffset<T>(ref T source, nuint byteOffset)
        where T : allows ref struct => ref *(T*)Unreachable();

    [Intrinsic]
    public static bool AreSame<T>(ref readonly T left, ref readonly T right)
        where T : allows ref struct => Unreachable() == null;

    [Intrinsic]
    public static nint ByteOffset<T>(ref readonly T origin, ref readonly T target)
        where T : allows ref struct => (nint)Unreachable();

    [Intrinsic]
    public static T ReadUnaligned<T>(void* source)
        where T : allows ref struct => *(T*)source;

    [Intrinsic]
    public static T ReadUnaligned<T>(ref readonly byte source)
        where T : allows ref struct => *(T*)Unreachable();

    [Intrinsic]
    public static void WriteUnaligned<T>(void* destination, T value)
        where T : allows ref struct => *(T*)destination = value;

    [Intrinsic]
    public static void WriteUnaligned<T>(ref byte destination, T value)
        where T : allows ref struct => *(T*)Unreachable() = value;

    [Intrinsic]
    public static bool IsNullRef<T>(ref readonly T source)
        where T : allows ref struct => Unreachable() == null;

    [Intrinsic]
    public static ref T NullRef<T>()
        where T : allows ref struct => ref *(T*)null;

    [Intrinsic]
    public static void SkipInit<T>(out T value)
        where T : allows ref struct => value = default!;

    private static void* Unreachable()
    {
        Internal.Runtime.CompilerHelpers.ThrowHelpers.ThrowPlatformNotSupportedException();
        return null;
    }
}

/// <summary>The layout of an array of anything: its length, then its data.</summary>
internal sealed class RawArrayData
{
#pragma warning disable CS0649 // overlaid on an array
    public uint Length;
    public uint Padding;
    public byte Data;
#pragma warning restore CS0649
}
