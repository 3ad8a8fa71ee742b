// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Devices;
using Uaas.Platform.Linux;
using Uaas.Platform.Solo5;

namespace Uaas.Platform.Spt;

/// <summary>A block device of Solo5: a descriptor on which reads and writes of exactly one block are allowed.</summary>
internal sealed unsafe class SptBlockDevice(ManifestEntry* entry) : BlockDevice
{
    private readonly int _descriptor = entry->HostDescriptor;

    public override long Capacity { get; } = (long)entry->BlockCapacity;

    public override int BlockSize { get; } = entry->BlockSize;

    public override BlockResult Read(long offset, Span<byte> destination)
    {
        fixed (byte* buffer = destination) return Transfer(SystemCall.ReadAt, offset, buffer, destination.Length);
    }

    public override BlockResult Write(long offset, ReadOnlySpan<byte> source)
    {
        fixed (byte* buffer = source) return Transfer(SystemCall.WriteAt, offset, buffer, source.Length);
    }

    private BlockResult Transfer(int call, long offset, byte* buffer, int length)
    {
        if (!Contains(offset, length)) return BlockResult.OutOfRange;
        for (int done = 0; done < length; done += BlockSize)
        {
            long count;
            do
            {
                count = SystemCall.Invoke(call, _descriptor, (nint)(buffer + done), BlockSize, (nint)(offset + done));
            }
            while (count == SystemCall.Interrupted);
            if (count != BlockSize) return BlockResult.DeviceError;
        }

        return BlockResult.Ok;
    }
}
