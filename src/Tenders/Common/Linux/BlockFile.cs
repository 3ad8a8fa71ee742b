// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders.Linux;

/// <summary>The file or disk behind a block device.</summary>
internal static unsafe class BlockFile
{
    private const uint GetBlockDeviceSize = 0x80081272; // BLKGETSIZE64

    /// <summary>Opens what <paramref name="options"/> name, or refuses.</summary>
    internal static void Open(in DeviceOptions options, Arguments arguments, ref Device device)
    {
        ReadOnlySpan<byte> path = arguments[options.HasDescriptor ? options.Name : options.Source];
        device.Descriptor = options.HasDescriptor ? TakeOver(options, path) : OpenPath(options, path);
        device.ReadOnly = options.ReadOnly;
        device.BlockSize = options.SectorSize != 0 ? options.SectorSize : Solo5.DefaultBlockSize;
        device.Capacity = SizeOf(device.Descriptor, path);
        if (device.Capacity == 0) Tender.Refuse(TenderError.BlockEmpty, path);
        if (device.Capacity % device.BlockSize != 0) Tender.Refuse(TenderError.BlockNotWholeBlocks, path, device.Capacity);
    }

    private static int OpenPath(in DeviceOptions options, ReadOnlySpan<byte> path)
    {
        long descriptor;
        fixed (byte* first = path) descriptor = Kernel.Open(first, options.ReadOnly ? 0 : Kernel.ReadWrite);
        if (!options.ReadOnly && descriptor is Kernel.AccessDenied or Kernel.ReadOnlyFileSystem or Kernel.NotPermitted)
            Tender.Refuse(TenderError.BlockNotWritable, path, 0, descriptor);
        if (descriptor < 0) Tender.Refuse(TenderError.BlockOpenFailed, path, 0, descriptor);
        return (int)descriptor;
    }

    /// <summary>The file's lock, and the right to write to it, came with the descriptor.</summary>
    private static int TakeOver(in DeviceOptions options, ReadOnlySpan<byte> name)
    {
        const int getFlags = 3;
        const int accessMode = 3;
        const int writeOnly = 1;
        long flags = Kernel.Call(SystemCall.FCntl, options.Descriptor, getFlags);
        if (flags < 0 || (flags & accessMode) == writeOnly) Tender.Refuse(TenderError.BlockOpenFailed, name, 0, flags);
        if (!options.ReadOnly && (flags & accessMode) != Kernel.ReadWrite) Tender.Refuse(TenderError.BlockNotWritable, name);
        return options.Descriptor;
    }

    private static ulong SizeOf(int descriptor, ReadOnlySpan<byte> path)
    {
        FileStatus.Read(descriptor, out FileStatus status);
        if (status.IsRegularFile) return (ulong)status.Size;
        ulong size = 0;
        if (!status.IsBlockDevice || Kernel.IoCtl(descriptor, GetBlockDeviceSize, &size) < 0) Tender.Refuse(TenderError.BlockNotAFile, path);
        return size;
    }
}
