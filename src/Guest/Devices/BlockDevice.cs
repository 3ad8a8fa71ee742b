// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Devices;

/// <summary>How a block request ended.</summary>
public enum BlockResult
{
    /// <summary>Done.</summary>
    Ok,

    /// <summary>Offset or length outside the device, or not a multiple of its block size.</summary>
    OutOfRange,

    /// <summary>The device is read-only.</summary>
    ReadOnly,

    /// <summary>The host could not do it.</summary>
    DeviceError,
}

/// <summary>A block device. Requests complete before the call returns.</summary>
public abstract class BlockDevice
{
    /// <summary>Size in bytes, a multiple of <see cref="BlockSize"/>.</summary>
    public abstract long Capacity { get; }

    /// <summary>Bytes of one block, a power of two of at least 512. Offsets and lengths are multiples of it.</summary>
    public abstract int BlockSize { get; }

    /// <summary>Reads <paramref name="destination"/>.Length bytes from byte <paramref name="offset"/>.</summary>
    public abstract BlockResult Read(long offset, Span<byte> destination);

    /// <summary>Writes <paramref name="source"/> at byte <paramref name="offset"/>.</summary>
    public abstract BlockResult Write(long offset, ReadOnlySpan<byte> source);

    /// <summary>Whether whole blocks of the device lie at <paramref name="offset"/> for <paramref name="length"/> bytes.</summary>
    protected bool Contains(long offset, int length) => offset >= 0 && offset <= Capacity - length && ((offset | (long)length) & (BlockSize - 1)) == 0;

    /// <summary>Has the device put what was written where it survives a loss of power. Nothing to do where no write is held back.</summary>
    public virtual BlockResult Flush() => BlockResult.Ok;
}
