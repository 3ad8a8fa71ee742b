// SPDX-License-Identifier: Apache-2.0

using System.Runtime.CompilerServices;

namespace System.Threading;

/// <summary>Accesses that are neither left out nor moved: what devices share with the guest.</summary>
public static class Volatile
{
    /// <summary>Reads; later accesses stay behind it.</summary>
    public static byte Read(ref readonly byte location) => Unsafe.As<byte, VolatileByte>(ref Unsafe.AsRef(in location)).Value;

    /// <inheritdoc cref="Read(ref readonly byte)"/>
    public static ushort Read(ref readonly ushort location) => Unsafe.As<ushort, VolatileUInt16>(ref Unsafe.AsRef(in location)).Value;

    /// <inheritdoc cref="Read(ref readonly byte)"/>
    public static uint Read(ref readonly uint location) => Unsafe.As<uint, VolatileUInt32>(ref Unsafe.AsRef(in location)).Value;

    /// <summary>Writes; earlier accesses stay before it.</summary>
    public static void Write(ref byte location, byte value) => Unsafe.As<byte, VolatileByte>(ref location).Value = value;

    /// <inheritdoc cref="Write(ref byte, byte)"/>
    public static void Write(ref ushort location, ushort value) => Unsafe.As<ushort, VolatileUInt16>(ref location).Value = value;

    /// <inheritdoc cref="Write(ref byte, byte)"/>
    public static void Write(ref uint location, uint value) => Unsafe.As<uint, VolatileUInt32>(ref location).Value = value;

    private struct VolatileByte
    {
        internal volatile byte Value;
    }

    private struct VolatileUInt16
    {
        internal volatile ushort Value;
    }

    private struct VolatileUInt32
    {
        internal volatile uint Value;
    }
}

/// <summary>There are no threads; devices are what the guest must be in order with.</summary>
public static class Interlocked
{
    /// <summary>All earlier accesses are done before any later one begins. The compiler knows it by name.</summary>
    [Intrinsic]
    public static void MemoryBarrier() => MemoryBarrier();
}
