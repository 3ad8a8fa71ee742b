// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Boot;

namespace Uaas.Devices.Virtio;

/// <summary>Where a virtio-mmio device is, as the monitor says on the kernel's command line: <c>virtio_mmio.device=512@0xfeb02e00:12</c>.</summary>
/// <param name="address">Of its registers.</param>
/// <param name="size">Bytes of registers.</param>
/// <param name="interrupt">The interrupt controller's pin.</param>
public readonly struct VirtioMmioSlot(ulong address, uint size, byte interrupt)
{
    /// <summary>What the word begins with.</summary>
    public static ReadOnlySpan<byte> Key => "virtio_mmio.device="u8;

    /// <summary>Of its registers; a multiple of 4.</summary>
    public ulong Address { get; } = address;

    /// <summary>Bytes of registers.</summary>
    public uint Size { get; } = size;

    /// <summary>The interrupt controller's pin.</summary>
    public byte Interrupt { get; } = interrupt;

    /// <summary>Reads what follows <see cref="Key"/>: size in bytes (or with K), @, address in hexadecimal, colon, interrupt.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out VirtioMmioSlot slot)
    {
        const ulong SizeMin = VirtioMmio.ConfigurationOffset;
        const ulong SizeMax = 64 * 1024;
        slot = default;
        int at = text.IndexOf((byte)'@');
        if (at < 1)
        {
            return false;
        }

        bool kibibytes = text[at - 1] is (byte)'K' or (byte)'k';
        ReadOnlySpan<byte> digits = kibibytes ? text[..(at - 1)] : text[..at];
        ReadOnlySpan<byte> place = text[(at + 1)..];
        int colon = place.IndexOf((byte)':');
        if (colon < 0
            || !ArgumentValue.TryParseNumber(digits, SizeMax, out ulong size)
            || !TryParseHexadecimal(place[..colon], out ulong address)
            || !ArgumentValue.TryParseNumber(place[(colon + 1)..], byte.MaxValue, out ulong interrupt))
        {
            return false;
        }

        size = kibibytes ? size * 1024 : size;
        slot = new VirtioMmioSlot(address, (uint)size, (byte)interrupt);
        return size is >= SizeMin and <= SizeMax && (address & 3) == 0 && address != 0;
    }

    private static bool TryParseHexadecimal(ReadOnlySpan<byte> text, out ulong value)
    {
        const int PrefixLength = 2;
        const int DigitsMax = 12; // 48 bits: more than a processor addresses is a mistake
        value = 0;
        if (!text.StartsWith("0x"u8) || text.Length is <= PrefixLength or > PrefixLength + DigitsMax)
        {
            return false;
        }

        foreach (byte character in text[PrefixLength..])
        {
            int digit = character switch
            {
                >= (byte)'0' and <= (byte)'9' => character - '0',
                >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
                >= (byte)'A' and <= (byte)'F' => character - 'A' + 10,
                _ => -1,
            };
            if (digit < 0)
            {
                return false;
            }

            value = (value << 4) | (uint)digit;
        }

        return true;
    }
}
