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
        ReadOnlySpan<byte> path = arguments[options.Source];
        long descriptor;
        fixed (byte* first = path) descriptor = Kernel.Open(first, options.ReadOnly ? 0 : Kernel.ReadWrite);
        if (!options.ReadOnly && descriptor is Kernel.AccessDenied or Kernel.ReadOnlyFileSystem or Kernel.NotPermitted)
            Tender.Refuse(TenderError.BlockNotWritable, path, 0, descriptor);
        if (descriptor < 0) Tender.Refuse(TenderError.BlockOpenFailed, path, 0, descriptor);
        device.Descriptor = (int)descriptor;
        device.ReadOnly = options.ReadOnly;
        device.BlockSize = options.SectorSize != 0 ? options.SectorSize : Solo5.DefaultBlockSize;
        device.Capacity = SizeOf(device.Descriptor, path);
        if (device.Capacity == 0) Tender.Refuse(TenderError.BlockEmpty, path);
        if (device.Capacity % device.BlockSize != 0) Tender.Refuse(TenderError.BlockNotWholeBlocks, path, device.Capacity);
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
