// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using Uaas.Linux;

namespace Uaas.Instances.Kernels;

/// <summary>
/// Makes of a 64-bit ELF with a Multiboot header, which QEMU's loader refuses, a flat kernel that it takes: a Multiboot header with addresses, a few
/// instructions, and the kernel's memory as it is to be. All of it is loaded above the place of the kernel; the instructions move the kernel down, clear what
/// is to be zero, and enter it as the loader would have: magic number in eax, Multiboot information in ebx, 32-bit protected mode.
/// </summary>
internal static class MultibootImage
{
    private const int HeaderSize = 32;
    private const int PageSize = 4096;
    private const ulong LowestAddress = 1 << 20;
    private const ulong HighestAddress = 1 << 30;
    private const int MaxImageSize = 256 << 20;

    /// <summary>Makes the flat kernel.</summary>
    /// <exception cref="UaasException">The ELF file is damaged, or its kernel does not lie between 1 MiB and 1 GiB.</exception>
    internal static byte[] Flatten(ReadOnlyMemory<byte> file)
    {
        ElfFile elf = ElfFile.TryRead(file) ?? throw Bad("its ELF headers are damaged");
        MultibootHeader header = MultibootHeader.Find(file.Span) ?? throw Bad("it has no Multiboot header");
        ElfSegment[] segments = [.. elf.Segments.Where(segment => segment is { Type: ElfSegment.Load, MemorySize: > 0 })];
        if (segments.Length == 0 || segments.Any(segment => segment.PhysicalAddress < LowestAddress || segment.PhysicalAddress > HighestAddress || segment.MemorySize > HighestAddress))
            throw Bad("it is not linked to lie between 1 MiB and 1 GiB");
        ulong start = segments.Min(segment => segment.PhysicalAddress) & ~3ul;
        ulong loadedEnd = Align(segments.Max(segment => segment.PhysicalAddress + segment.FileSize), 4);
        ulong end = Align(Math.Max(segments.Max(segment => segment.PhysicalAddress + segment.MemorySize), loadedEnd), 4);
        if (loadedEnd - start > MaxImageSize || end > HighestAddress)
            throw Bad("it is too large");

        ulong place = Align(end, PageSize);
        byte[] image = new byte[PageSize + (int)(loadedEnd - start)];
        WriteHeader(image, header.Flags, place, (uint)image.Length);
        WriteMove(image.AsSpan(HeaderSize), place + PageSize, start, loadedEnd, end, EntryOf(elf, segments));
        foreach (ElfSegment segment in segments)
            elf.BytesOf(segment).Span.CopyTo(image.AsSpan(PageSize + (int)(segment.PhysicalAddress - start)));
        return image;
    }

    /// <summary>The entry as a physical address: the kernel is entered before it has any other.</summary>
    private static ulong EntryOf(ElfFile elf, IReadOnlyList<ElfSegment> segments)
    {
        foreach (ElfSegment segment in segments)
        {
            if (elf.Entry >= segment.PhysicalAddress && elf.Entry - segment.PhysicalAddress < segment.MemorySize)
                return elf.Entry;
        }
        foreach (ElfSegment segment in segments)
        {
            if (elf.Entry >= segment.VirtualAddress && elf.Entry - segment.VirtualAddress < segment.MemorySize)
                return elf.Entry - segment.VirtualAddress + segment.PhysicalAddress;
        }
        throw Bad("its entry lies outside of it");
    }

    private static void WriteHeader(Span<byte> image, uint flags, ulong place, uint size)
    {
        uint asked = flags & MultibootHeader.KnownRequirements | MultibootHeader.AddressesFlag;
        Write(image, MultibootHeader.Magic, asked, unchecked(0u - MultibootHeader.Magic - asked), (uint)place, (uint)place, (uint)place + size, (uint)place + size, (uint)place + HeaderSize);
    }

    /// <summary>x86, 32-bit.</summary>
    private static void WriteMove(Span<byte> code, ulong from, ulong to, ulong loadedEnd, ulong end, ulong entry)
    {
        int length = 0;
        Append(code, ref length, [0xfc], null); // cld
        Append(code, ref length, [0x89, 0xc2], null); // mov %eax, %edx
        Append(code, ref length, [0xbe], from); // mov $from, %esi
        Append(code, ref length, [0xbf], to); // mov $to, %edi
        Append(code, ref length, [0xb9], (loadedEnd - to) / 4); // mov $count, %ecx
        Append(code, ref length, [0xf3, 0xa5], null); // rep movsd
        Append(code, ref length, [0xb9], (end - loadedEnd) / 4); // mov $count, %ecx
        Append(code, ref length, [0x31, 0xc0], null); // xor %eax, %eax
        Append(code, ref length, [0xf3, 0xab], null); // rep stosd
        Append(code, ref length, [0x89, 0xd0], null); // mov %edx, %eax
        Append(code, ref length, [0xb9], entry); // mov $entry, %ecx
        Append(code, ref length, [0xff, 0xe1], null); // jmp *%ecx
    }

    private static void Append(Span<byte> code, ref int length, ReadOnlySpan<byte> opcode, ulong? operand)
    {
        opcode.CopyTo(code[length..]);
        length += opcode.Length;
        if (operand is not { } value)
            return;
        BinaryPrimitives.WriteUInt32LittleEndian(code[length..], (uint)value);
        length += sizeof(uint);
    }

    private static void Write(Span<byte> destination, params ReadOnlySpan<uint> words)
    {
        for (int i = 0; i < words.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(destination[(i * sizeof(uint))..], words[i]);
    }

    private static ulong Align(ulong value, ulong to) => (value + to - 1) / to * to;

    private static UaasException Bad(string why) => new(Failure.Image, $"this Multiboot kernel cannot be loaded: {why}");
}
