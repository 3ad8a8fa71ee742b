// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Instances.Kernels;

/// <summary>The header that a Multiboot kernel has within its first 8 KiB (Multiboot 0.6.96, 3.1.1).</summary>
/// <param name="Flags">What it asks of its loader.</param>
internal readonly record struct MultibootHeader(uint Flags)
{
    internal const uint Magic = 0x1bad_b002;

    /// <summary>The flag that says that addresses follow.</summary>
    internal const uint AddressesFlag = 1 << 16;

    /// <summary>The flags that every loader that we use follows: modules on pages, a memory map, a video mode.</summary>
    internal const uint KnownRequirements = 0b111;

    private const int SearchedSize = 8192;
    private const int Size = 12;

    /// <summary>Whether it says itself where it is to be loaded, so that its file may be of any format.</summary>
    internal bool HasAddresses => (Flags & AddressesFlag) != 0;

    /// <summary>The header of a file; null for none.</summary>
    internal static MultibootHeader? Find(ReadOnlySpan<byte> file)
    {
        int end = Math.Min(file.Length, SearchedSize) - Size;
        for (int offset = 0; offset <= end; offset += 4)
        {
            uint magic = BinaryPrimitives.ReadUInt32LittleEndian(file[offset..]);
            if (magic != Magic)
                continue;
            uint flags = BinaryPrimitives.ReadUInt32LittleEndian(file[(offset + 4)..]);
            uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(file[(offset + 8)..]);
            if (unchecked(magic + flags + checksum) == 0)
                return new MultibootHeader(flags);
        }
        return null;
    }
}
