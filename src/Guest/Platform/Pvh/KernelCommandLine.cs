// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;
using Uaas.Devices.Virtio;

namespace Uaas.Platform.Pvh;

/// <summary>The words the monitor passes: some are the platform's own, the rest are the guest's.</summary>
/// <remarks>
/// Of the platform: <c>virtio_mmio.device=</c>, which QEMU adds for each device, and <c>time=</c>, nanoseconds since 1970, where no clock of the host's can be asked.
/// </remarks>
internal static unsafe class KernelCommandLine
{
    /// <summary>Bytes at most; the loader's own bound is 2,048 in QEMU.</summary>
    internal const int SizeMax = 4096;

    /// <summary>Devices at most: QEMU's microvm has 8, or 24 with a second interrupt controller.</summary>
    internal const int SlotsMax = 24;

    private static int s_length;
    private static VirtioMmioSlot[] s_slots = null!;
    private static int s_slotCount;

    /// <summary>Nanoseconds from 1970 to the guest's start, 0 when nobody said.</summary>
    internal static long StartTime { get; private set; }

    /// <summary>The guest's words.</summary>
    internal static ReadOnlySpan<byte> GuestWords => new(Cpu.CommandLineMemory(), s_length);

    /// <summary>Where devices are, in the order in which the monitor names them.</summary>
    internal static ReadOnlySpan<VirtioMmioSlot> Slots => s_slots.AsSpan(0, s_slotCount);

    /// <summary>Copies the words out of the loader's memory, which is given up.</summary>
    internal static void Keep(ReadOnlySpan<byte> text)
    {
        s_length = Math.Min(text.Length, SizeMax);
        text[..s_length].CopyTo(new Span<byte>(Cpu.CommandLineMemory(), SizeMax));
    }

    /// <summary>Takes the platform's words; the guest's move together. Needs the heap.</summary>
    internal static void Sort()
    {
        s_slots = new VirtioMmioSlot[SlotsMax];
        Span<byte> text = new(Cpu.CommandLineMemory(), s_length);
        int kept = 0;
        for (int start = 0; start < text.Length;)
        {
            int length = text[start..].IndexOf((byte)' ');
            length = length < 0 ? text.Length - start : length;
            Span<byte> word = text.Slice(start, length);
            start += length + 1;
            if (word.IsEmpty || TryTake(word)) continue;
            if (kept > 0) text[kept++] = (byte)' ';
            word.CopyTo(text[kept..]);
            kept += length;
        }

        s_length = kept;
    }

    private static bool TryTake(ReadOnlySpan<byte> word)
    {
        ReadOnlySpan<byte> timeKey = "time="u8;
        if (word.StartsWith(timeKey) && ArgumentValue.TryParseNumber(word[timeKey.Length..], long.MaxValue, out ulong time))
        {
            StartTime = (long)time;
            return true;
        }

        if (!word.StartsWith(VirtioMmioSlot.Key) || !VirtioMmioSlot.TryParse(word[VirtioMmioSlot.Key.Length..], out VirtioMmioSlot slot)) return false;
        if (s_slotCount < SlotsMax) s_slots[s_slotCount++] = slot;
        return true;
    }
}
