// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.Linq;

namespace Uaas.Tenders.Tests;

/// <summary>Kernels that break one rule each, and the error that says which. Made for spt with 4 MiB.</summary>
internal static class BadKernels
{
    internal const ulong MemorySize = 4 << 20;

    // Offsets in a program header.
    private const int Offset = 8;
    private const int Address = 16;
    private const int FileSize = 32;
    private const int MemSize = 40;
    private const int Alignment = 48;

    internal static IReadOnlyDictionary<string, (TenderError Error, byte[] File)> All { get; } = Make().ToDictionary(k => k.Name, k => (k.Error, k.File));

    private static IEnumerable<(string Name, TenderError Error, byte[] File)> Make()
    {
        foreach ((string name, TenderError error, ElfBuilder elf) in Headers().Concat(Segments()).Concat(Notes())) yield return (name, error, elf.Build());
        yield return ("empty file", TenderError.FileTruncated, []);
        yield return ("63 bytes", TenderError.FileTruncated, ElfBuilder.Good().Build()[..63]);
        yield return ("program headers cut", TenderError.FileTruncated, ElfBuilder.Good().Build()[..200]);
    }

    private static IEnumerable<(string Name, TenderError Error, ElfBuilder Elf)> Headers()
    {
        yield return ("no magic", TenderError.NotElf, Good().Patch8(0, 0));
        yield return ("32 bits", TenderError.NotElf64, Good().Patch8(4, 1));
        yield return ("big endian", TenderError.NotLittleEndian, Good().Patch8(5, 2));
        yield return ("shared object", TenderError.NotExecutable, Good().Patch16(16, 3));
        yield return ("relocatable", TenderError.NotExecutable, Good().Patch16(16, 1));
        yield return ("arm", TenderError.WrongMachine, Good().Patch16(18, 183));
        yield return ("header of 63 bytes", TenderError.HeaderSizeInvalid, Good().Patch16(52, 63));
        yield return ("program headers of 32 bytes", TenderError.ProgramHeaderSizeInvalid, Good().Patch16(54, 32));
        yield return ("no program headers", TenderError.NoProgramHeaders, Good().Patch16(56, 0));
        yield return ("65 program headers", TenderError.TooManyProgramHeaders, Good().Patch16(56, 65));
        yield return ("program headers far away", TenderError.FileTruncated, Good().Patch64(32, ulong.MaxValue));
        yield return ("entry below the base", TenderError.EntryOutsideMemory, Good().Patch64(24, 0xFFFFF));
        yield return ("entry at the end of memory", TenderError.EntryOutsideMemory, Good().Patch64(24, MemorySize));
    }

    private static IEnumerable<(string Name, TenderError Error, ElfBuilder Elf)> Segments()
    {
        yield return ("nothing to load", TenderError.NothingToLoad, Good().PatchSegment(0, FileSize, 0).PatchSegment(1, FileSize, 0));
        yield return ("segment below the base", TenderError.SegmentTooLow, Good().PatchSegment(0, Address, 0xFF000));
        yield return ("segment starts below the base by alignment", TenderError.SegmentTooLow, Good().PatchSegment(0, Alignment, 0x200000));
        yield return ("segments descend", TenderError.SegmentNotAscending, Good().PatchSegment(0, Address, 0x103000));
        yield return ("segments overlap", TenderError.SegmentNotAscending, Good().PatchSegment(0, MemSize, 0x1001));
        yield return ("segments overlap by alignment", TenderError.SegmentNotAscending, Good().PatchSegment(1, Address, 0x102000).PatchSegment(1, Alignment, 0x4000));
        yield return ("alignment of 3", TenderError.SegmentAlignmentInvalid, Good().PatchSegment(0, Alignment, 3));
        yield return ("alignment of 0", TenderError.SegmentAlignmentInvalid, Good().PatchSegment(0, Alignment, 0));
        yield return ("alignment of 2^63", TenderError.SegmentBeyondMemory, Good().PatchSegment(0, Alignment, 1ul << 63));
        yield return ("not at a page", TenderError.SegmentNotPageAligned, Good().PatchSegment(0, Alignment, 16).PatchSegment(0, Address, 0x100010));
        yield return ("does not end at a page", TenderError.SegmentNotPageAligned, Good().PatchSegment(0, Alignment, 16));
        yield return ("more in the file", TenderError.SegmentFileLargerThanMemory, Good().PatchSegment(0, MemSize, 0x7F));
        yield return ("beyond memory", TenderError.SegmentBeyondMemory, Good().PatchSegment(1, MemSize, MemorySize));
        yield return ("address beyond memory", TenderError.SegmentBeyondMemory, Good().PatchSegment(1, Address, MemorySize + 0x1000));
        yield return ("size wraps around", TenderError.SegmentBeyondMemory, Good().PatchSegment(1, MemSize, ulong.MaxValue));
        yield return ("address wraps around", TenderError.SegmentBeyondMemory, Good().PatchSegment(1, Address, ulong.MaxValue - 0xFFF));
        yield return ("writable code", TenderError.SegmentWritableAndExecutable, Good().Patch32(ElfBuilder.SegmentsOffset + 4, 7));
        yield return ("write and execute only", TenderError.SegmentWritableAndExecutable, Good().Patch32(ElfBuilder.SegmentsOffset + 4, 3));
        yield return ("outside the file", TenderError.SegmentOutsideFile, Good().PatchSegment(0, Offset, 0x100000));
        yield return ("offset wraps around", TenderError.SegmentOutsideFile, Good().PatchSegment(0, Offset, ulong.MaxValue - 0xF));
        yield return ("longer than the file", TenderError.SegmentOutsideFile, Good().PatchSegment(1, FileSize, 0x2000));
    }

    private static IEnumerable<(string Name, TenderError Error, ElfBuilder Elf)> Notes()
    {
        byte[] abi = ElfBuilder.Abi(SoloTarget.Spt);
        byte[] manifest = ElfBuilder.ManifestNote();
        yield return ("note of 11 bytes", TenderError.NoteTooShort, Good().Note(new byte[11]));
        yield return ("note outside the file", TenderError.FileTruncated, Good().PatchSegment(2, Offset, 0x100000));
        yield return ("note offset wraps around", TenderError.FileTruncated, Good().PatchSegment(2, Offset, ulong.MaxValue));
        yield return ("no ABI", TenderError.AbiMissing, Code().Note(manifest));
        yield return ("ABI of 20 bytes", TenderError.AbiSizeInvalid, Code().Note(ElfBuilder.Abi(SoloTarget.Spt, size: 20)).Note(manifest));
        yield return ("ABI longer than its segment", TenderError.AbiSizeInvalid, Good().PatchSegment(2, FileSize, 35));
        yield return ("ABI of hvt", TenderError.AbiWrongTarget, Code().Note(ElfBuilder.Abi(SoloTarget.Hvt)).Note(manifest));
        yield return ("ABI version 1", TenderError.AbiWrongVersion, Code().Note(ElfBuilder.Abi(SoloTarget.Spt, 1)).Note(manifest));
        yield return ("ABI version 3", TenderError.AbiWrongVersion, Code().Note(ElfBuilder.Abi(SoloTarget.Spt, 3)).Note(manifest));
        yield return ("two ABI notes", TenderError.NoteRepeated, Good().Note(abi));
        yield return ("no manifest", TenderError.ManifestMissing, Code().Note(abi));
        yield return ("two manifests", TenderError.NoteRepeated, Good().Note(manifest));
        yield return ("manifest of no bytes", TenderError.ManifestSizeInvalid, WithManifest([]));
        yield return ("manifest longer than it can be", TenderError.ManifestSizeInvalid, WithManifest(new byte[8 + 104 * 64 + 1]));
        yield return ("manifest longer than its segment", TenderError.ManifestSizeInvalid, Good().PatchSegment(3, FileSize, 20 + 4 + 8 + 103));
        foreach ((string name, TenderError error, byte[] bytes) in Manifests()) yield return (name, error, WithManifest(bytes));
        yield return ("extension of 12 bytes", TenderError.ExtensionSizeInvalid, Good().Note(ElfBuilder.Extensions(GuestFeatures.Stop, 0x102000, 12)));
        yield return ("two extension notes", TenderError.NoteRepeated, Extended(0x102000).Note(ElfBuilder.Extensions(GuestFeatures.Stop, 0x102000)));
        foreach (ulong address in (ulong[])[0, 8, 0xFFFF8, 0x100008, 0x102004, MemorySize - 72, MemorySize, ulong.MaxValue - 7])
            yield return ($"answer at 0x{address:x}", TenderError.ExtensionAnswerMisplaced, Extended(address));
    }

    private static IEnumerable<(string Name, TenderError Error, byte[] Bytes)> Manifests()
    {
        byte[] two = ElfBuilder.ManifestBytes(("net", DeviceKind.Net), ("disk", DeviceKind.Block));
        yield return ("manifest version 2", TenderError.ManifestWrongVersion, With(two, 0, 2));
        yield return ("no entries", TenderError.ManifestCountInvalid, With(two, 4, 0));
        yield return ("65 entries", TenderError.ManifestCountInvalid, With(two, 4, 65));
        yield return ("entries cut", TenderError.ManifestSizeInvalid, two[..^1]);
        yield return ("entries too many", TenderError.ManifestSizeInvalid, [.. two, 0]);
        yield return ("first entry is a device", TenderError.ManifestFirstEntryInvalid, With(two, 8 + 68, 2));
        yield return ("first entry has a name", TenderError.ManifestFirstEntryInvalid, With(two, 8, (byte)'x'));
        yield return ("no name", TenderError.ManifestNameInvalid, ElfBuilder.ManifestBytes(("", DeviceKind.Net)));
        yield return ("name with a space", TenderError.ManifestNameInvalid, ElfBuilder.ManifestBytes(("a b", DeviceKind.Net)));
        yield return ("name of 68", TenderError.ManifestNameInvalid, ElfBuilder.ManifestBytes((new string('n', 68), DeviceKind.Net)));
        yield return ("last byte of the name", TenderError.ManifestNameInvalid, With(two, 8 + 104 + 67, 1));
        yield return ("a name twice", TenderError.ManifestNameRepeated, ElfBuilder.ManifestBytes(("net", DeviceKind.Net), ("net", DeviceKind.Block)));
        yield return ("device of type 0", TenderError.ManifestTypeUnknown, ElfBuilder.ManifestBytes(("net", DeviceKind.None)));
        yield return ("device of type 3", TenderError.ManifestTypeUnknown, ElfBuilder.ManifestBytes(("net", (DeviceKind)3)));
        yield return ("attached already", TenderError.ManifestAlreadyAttached, With(two, 8 + 104 + 96, 1));
    }

    private static byte[] With(byte[] bytes, int offset, byte value)
    {
        byte[] copy = [.. bytes];
        copy[offset] = value;
        return copy;
    }

    private static ElfBuilder Good() => ElfBuilder.Good();

    private static ElfBuilder Code() => new ElfBuilder().Load(0x100000, SegmentAccess.Read | SegmentAccess.Execute, new byte[0x80]);

    private static ElfBuilder WithManifest(byte[] manifest) =>
        Code().Note(ElfBuilder.Abi(SoloTarget.Spt)).Note(ElfBuilder.NoteBytes("Solo5", 0x3154464d, [.. new byte[4], .. manifest]));

    private static ElfBuilder Extended(ulong answer) => Good().Note(ElfBuilder.Extensions(GuestFeatures.Stop, answer));
}
