// SPDX-License-Identifier: Apache-2.0

using System.Threading;

namespace Uaas.Devices.Virtio;

/// <summary>A device's registers. A class of its own so that tests can stand in for the device.</summary>
public abstract class RegisterBlock
{
    /// <summary>Reads 8 bits at <paramref name="offset"/>.</summary>
    public abstract byte Read8(int offset);

    /// <summary>Reads 16 bits at <paramref name="offset"/>, a multiple of 2.</summary>
    public abstract ushort Read16(int offset);

    /// <summary>Reads 32 bits at <paramref name="offset"/>, a multiple of 4.</summary>
    public abstract uint Read32(int offset);

    /// <summary>Writes 8 bits at <paramref name="offset"/>.</summary>
    public abstract void Write8(int offset, byte value);

    /// <summary>Writes 16 bits at <paramref name="offset"/>, a multiple of 2.</summary>
    public abstract void Write16(int offset, ushort value);

    /// <summary>Writes 32 bits at <paramref name="offset"/>, a multiple of 4.</summary>
    public abstract void Write32(int offset, uint value);
}

/// <summary>Registers that are mapped, uncached, at <paramref name="start"/>.</summary>
public sealed unsafe class MappedRegisters(byte* start) : RegisterBlock
{
    private readonly byte* _start = start;

    /// <inheritdoc/>
    public override byte Read8(int offset) => Volatile.Read(ref *(_start + offset));

    /// <inheritdoc/>
    public override ushort Read16(int offset) => Volatile.Read(ref *(ushort*)(_start + offset));

    /// <inheritdoc/>
    public override uint Read32(int offset) => Volatile.Read(ref *(uint*)(_start + offset));

    /// <inheritdoc/>
    public override void Write8(int offset, byte value) => Volatile.Write(ref *(_start + offset), value);

    /// <inheritdoc/>
    public override void Write16(int offset, ushort value) => Volatile.Write(ref *(ushort*)(_start + offset), value);

    /// <inheritdoc/>
    public override void Write32(int offset, uint value) => Volatile.Write(ref *(uint*)(_start + offset), value);
}
