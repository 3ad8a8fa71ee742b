// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Devices;
using Uaas.Platform.Solo5;

namespace Uaas.Platform.Hvt;

/// <summary>A block device of Solo5: exactly one block a hypercall.</summary>
internal sealed unsafe class HvtBlockDevice(int handle, ManifestEntry* entry) : BlockDevice
{
    public override long Capacity { get; } = (long)entry->BlockCapacity;

    public override int BlockSize { get; } = entry->BlockSize;

    public override BlockResult Read(long offset, Span<byte> destination)
    {
        if (!Contains(offset, destination.Length)) return BlockResult.OutOfRange;
        fixed (byte* buffer = destination)
        {
            for (int done = 0; done < destination.Length; done += BlockSize)
            {
                if (Hypercall.BlockRead(handle, offset + done, buffer + done, BlockSize) != Hypercall.Result.Ok) return BlockResult.DeviceError;
            }
        }

        return BlockResult.Ok;
    }

    public override BlockResult Write(long offset, ReadOnlySpan<byte> source)
    {
        if (!Contains(offset, source.Length)) return BlockResult.OutOfRange;
        fixed (byte* buffer = source)
        {
            for (int done = 0; done < source.Length; done += BlockSize)
            {
                if (Hypercall.BlockWrite(handle, offset + done, buffer + done, BlockSize) != Hypercall.Result.Ok) return BlockResult.DeviceError;
            }
        }

        return BlockResult.Ok;
    }
}
