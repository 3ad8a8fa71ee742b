// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Tenders.Linux;

/// <summary>
/// Memory that the guest shares with linked instances on this host: files that the tender inherits, mapped before the guest runs. No mapping is executable, the
/// directory is not writable, and the guest may call nothing that changes that.
/// </summary>
internal static class GuestLanes
{
    /// <summary>Maps what the command line names, or refuses. Whether there is any.</summary>
    internal static bool Map(in CommandLine line, in KernelImage image)
    {
        if (line.LaneDirectory < 0) return false;
        if ((image.Extensions.Wanted & GuestFeatures.Lanes) == 0) Tender.Refuse(TenderError.LanesNotTaken);
        Map(line.LaneDirectory, LaneMemory.Directory, LaneMemory.DirectorySize, Kernel.ProtectRead);
        for (int i = 0; i < line.LaneCount; i++)
            Map(line.Lane(i), LaneMemory.FirstLane + (ulong)i * LaneMemory.Stride, LaneMemory.LaneSize, Kernel.ProtectRead | Kernel.ProtectWrite);
        return true;
    }

    private static void Map(int descriptor, ulong address, long size, int protection)
    {
        long result = FileStatus.Read(descriptor, out FileStatus status);
        if (result >= 0 && status.IsRegularFile && status.Size == size)
            result = Kernel.Map((nint)address, (nint)size, protection, Kernel.MapShared | Kernel.MapFixedNoReplace, descriptor);
        if (result != (long)address) Tender.Refuse(TenderError.LaneUnusable, default, (ulong)LaneMemory.LaneSize, result < 0 ? result : 0);
    }
}
