// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Devices;

namespace Uaas.Platform.Solo5;

/// <summary>A block device of Solo5: exactly one block a call, or several where the tender grants that. The platform adds the two calls.</summary>
internal abstract unsafe class Solo5BlockDevice(int handle, ManifestEntry* entry) : BlockDevice
{
    private readonly int _requestMax = Extensions.BlockRequestMax;

    public sealed override long Capacity { get; } = (long)entry->BlockCapacity;

    public sealed override int BlockSize { get; } = entry->BlockSize;

    public sealed override BlockResult Read(long offset, Span<byte> destination)
    {
        if (!Contains(offset, destination.Length)) return BlockResult.OutOfRange;
        fixed (byte* buffer = destination)
        {
            int done = 0;
            while (done < destination.Length)
            {
                int count = RequestSize(offset + done, destination.Length - done);
                if (!ReadOnce(offset + done, buffer + done, count)) return BlockResult.DeviceError;
                done += count;
            }
        }

        return BlockResult.Ok;
    }

    public sealed override BlockResult Write(long offset, ReadOnlySpan<byte> source)
    {
        if (Extensions.ReadOnly(handle)) return BlockResult.ReadOnly;
        if (!Contains(offset, source.Length)) return BlockResult.OutOfRange;
        fixed (byte* buffer = source)
        {
            int done = 0;
            while (done < source.Length)
            {
                int count = RequestSize(offset + done, source.Length - done);
                if (!WriteOnce(offset + done, buffer + done, count)) return BlockResult.DeviceError;
                done += count;
            }
        }

        return BlockResult.Ok;
    }

    protected abstract bool ReadOnce(long offset, byte* buffer, int count);

    protected abstract bool WriteOnce(long offset, byte* buffer, int count);

    // The tender's filter knows two bounds: near the device's end it allows single blocks only.
    private int RequestSize(long offset, int remaining) =>
        _requestMax > BlockSize && offset <= Capacity - _requestMax ? Math.Min(remaining, _requestMax) : BlockSize;
}
