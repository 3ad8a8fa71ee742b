// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders.Linux;

/// <summary>Settings for the guest, from a file that the tender inherits: they lie where its memory would end without them, read-only, and its memory ends before them.</summary>
internal readonly unsafe struct GuestSettings
{
    /// <summary>Bytes at most.</summary>
    internal const long MaxSize = 512 * 1024;

    /// <summary>What a guest must have left beside them and its image to come up at all.</summary>
    private const ulong LeastMemory = 64 * 1024;

    private GuestSettings(ulong address, uint length)
    {
        Address = address;
        Length = length;
    }

    /// <summary>Where they lie, at a page's start; where there are none, the end of memory.</summary>
    internal ulong Address { get; }

    /// <summary>Their bytes; 0 where there are none.</summary>
    internal uint Length { get; }

    /// <summary>Lays them out, or refuses.</summary>
    internal static GuestSettings Load(in CommandLine line, in KernelImage image, in GuestMemory memory)
    {
        int descriptor = line.Settings;
        if (descriptor < 0) return new GuestSettings(memory.Size, 0);
        if ((image.Extensions.Wanted & GuestFeatures.Settings) == 0) Tender.Refuse(TenderError.SettingsNotTaken);
        long result = FileStatus.Read(descriptor, out FileStatus status);
        if (result < 0 || !status.IsRegularFile || status.Size == 0) Tender.Refuse(TenderError.SettingsUnusable, default, 0, Math.Min(result, 0));
        if (status.Size > MaxSize) Tender.Refuse(TenderError.SettingsTooLarge, default, (ulong)status.Size);
        ulong address = (memory.Size - (ulong)status.Size) & ~(Solo5.PageSize - 1);
        if (address < image.LoadedEnd + LeastMemory) Tender.Refuse(TenderError.SettingsTooLarge, default, (ulong)status.Size);
        Read(descriptor, memory[address], status.Size);
        result = Kernel.Protect((nint)memory[address], (nint)(memory.Size - address), Kernel.ProtectRead);
        if (result < 0) Tender.Refuse(TenderError.ProtectFailed, default, address, result);
        return new GuestSettings(address, (uint)status.Size);
    }

    private static void Read(int descriptor, byte* destination, long length)
    {
        for (long done = 0; done < length;)
        {
            long count = Kernel.ReadAt(descriptor, destination + done, (nint)(length - done), (nint)done);
            if (count <= 0) Tender.Refuse(TenderError.SettingsUnusable, default, 0, count);
            done += count;
        }
    }
}
