// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Platform.Pvh;

/// <summary>hvm_start_info: what a PVH loader tells the kernel (Xen's x86 boot ABI, version 1).</summary>
internal unsafe struct StartInformation
{
#pragma warning disable CS0169, CS0649 // written by the loader
    private const uint ExpectedMagic = 0x336ec578;
    private const uint MemoryMapVersion = 1;
    private const uint EntriesMax = 128;
    private const uint UsableMemory = 1;
    private const ulong ModuleMax = 512 * 1024;

    private uint _magic;
    private uint _version;
    private uint _flags;
    private uint _moduleCount;
    private Module* _modules;
    private byte* _commandLine;
    private ulong _acpi;
    private MemoryRange* _memoryMap;
    private uint _memoryMapCount;
    private uint _reserved;

    private struct Module
    {
        internal ulong Start;
        internal ulong Size;
        internal ulong CommandLine;
        internal ulong Reserved;
    }

    private struct MemoryRange
    {
        internal ulong Start;
        internal ulong Size;
        internal uint Kind;
        internal uint Reserved;
    }
#pragma warning restore CS0169, CS0649

    /// <summary>Whether it is one, of a version that has a memory map.</summary>
    internal readonly bool IsValid => _magic == ExpectedMagic && _version >= MemoryMapVersion && _memoryMapCount is > 0 and <= EntriesMax;

    /// <summary>The words after the kernel's name.</summary>
    internal readonly ReadOnlySpan<byte> CommandLine
    {
        get
        {
            if (_commandLine == null) return default;
            int length = 0;
            while (length < KernelCommandLine.SizeMax && _commandLine[length] != 0) length++;
            return new ReadOnlySpan<byte>(_commandLine, length);
        }
    }

    /// <summary>The file that the loader has laid in memory beside the kernel; empty for none.</summary>
    internal readonly Span<byte> FindModule() =>
        _moduleCount > 0 && _modules != null && _modules->Size <= ModuleMax ? new Span<byte>((byte*)_modules->Start, (int)_modules->Size) : default;

    /// <summary>The end of the usable memory in which <paramref name="place"/> lies; 0 when it lies in none.</summary>
    internal readonly ulong FindMemoryEnd(ulong place)
    {
        for (uint i = 0; i < _memoryMapCount; i++)
        {
            MemoryRange* range = _memoryMap + i;
            if (range->Kind == UsableMemory && place >= range->Start && place - range->Start < range->Size) return range->Start + range->Size;
        }

        return 0;
    }
}
