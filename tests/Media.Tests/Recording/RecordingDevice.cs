// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Devices;

namespace Uaas.Media.Tests.Recording;

/// <summary>A device in memory whose power can be cut before, within or after any write, and that can refuse writes.</summary>
internal sealed class RecordingDevice(byte[] bytes, int blockSize = 4096) : BlockDevice
{
    private const int Sector = 512;

    internal byte[] Bytes { get; } = bytes;

    /// <summary>Writes so far.</summary>
    internal int Writes { get; private set; }

    /// <summary>The write at which the power goes; what comes after it does not reach the device.</summary>
    internal int CutAt { get; init; } = int.MaxValue;

    /// <summary>Sectors of that write that reach the device.</summary>
    internal int SectorsOfLast { get; init; }

    /// <summary>Whether writes fail.</summary>
    internal bool IsFull { get; set; }

    /// <summary>Called with each write.</summary>
    internal Action? Written { get; set; }

    public override long Capacity => Bytes.Length / blockSize * blockSize;

    public override int BlockSize => blockSize;

    public override BlockResult Read(long offset, Span<byte> destination)
    {
        if (!Contains(offset, destination.Length)) return BlockResult.OutOfRange;
        Bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
        return BlockResult.Ok;
    }

    public override BlockResult Write(long offset, ReadOnlySpan<byte> source)
    {
        if (!Contains(offset, source.Length)) return BlockResult.OutOfRange;
        if (IsFull) return BlockResult.DeviceError;
        int number = Writes++;
        if (number == CutAt) source = source[..Math.Min(source.Length, SectorsOfLast * Sector)];
        if (number <= CutAt) source.CopyTo(Bytes.AsSpan((int)offset));
        Written?.Invoke();
        return BlockResult.Ok;
    }
}
