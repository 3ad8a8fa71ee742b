// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace Uaas.Instances.Kernels;

/// <summary>A program header: where bytes of the file belong in memory.</summary>
/// <param name="Type">What it is for.</param>
/// <param name="Offset">In the file.</param>
/// <param name="VirtualAddress">Where the program sees it.</param>
/// <param name="PhysicalAddress">Where it is loaded.</param>
/// <param name="FileSize">Bytes in the file.</param>
/// <param name="MemorySize">Bytes in memory; those beyond the file's are zero.</param>
internal readonly record struct ElfSegment(uint Type, ulong Offset, ulong VirtualAddress, ulong PhysicalAddress, ulong FileSize, ulong MemorySize)
{
    internal const uint Load = 1;
    internal const uint Note = 4;
}

/// <summary>A note: something that a tool says of the program.</summary>
internal readonly record struct ElfNote(string Owner, uint Type, ReadOnlyMemory<byte> Payload);

/// <summary>An executable ELF file for x86 of 32 or 64 bits, its headers checked (System V ABI, chapters 4 and 5).</summary>
internal sealed class ElfFile
{
    private const int Header32Size = 52;
    private const int Header64Size = 64;
    private const int Segment32Size = 32;
    private const int Segment64Size = 56;
    private const int MaxSegments = 64;
    private const int MaxNotes = 64;
    private const int NoteHeaderSize = 12;
    private const byte LittleEndian = 1;
    private const byte Class64 = 2;
    private const ushort Machine386 = 3;
    private const ushort MachineX64 = 62;

    private readonly ReadOnlyMemory<byte> _bytes;

    private ElfFile(ReadOnlyMemory<byte> bytes, bool is64, ulong entry, IReadOnlyList<ElfSegment> segments)
    {
        _bytes = bytes;
        Is64 = is64;
        Entry = entry;
        Segments = segments;
    }

    internal bool Is64 { get; }

    internal ulong Entry { get; }

    internal IReadOnlyList<ElfSegment> Segments { get; }

    /// <summary>Whether bytes begin as an ELF file does.</summary>
    internal static bool Begins(ReadOnlySpan<byte> bytes) => bytes.StartsWith("\u007FELF"u8);

    /// <summary>Reads a file; null where it is not for x86, or where a header or a segment lies outside.</summary>
    internal static ElfFile? TryRead(ReadOnlyMemory<byte> bytes)
    {
        ReadOnlySpan<byte> span = bytes.Span;
        if (!Begins(span) || span.Length < Header64Size || span[5] != LittleEndian)
            return null;
        bool is64 = span[4] == Class64;
        ushort machine = BinaryPrimitives.ReadUInt16LittleEndian(span[18..]);
        if (machine != (is64 ? MachineX64 : Machine386) && !(machine == MachineX64 && !is64))
            return null;
        ulong entry = is64 ? BinaryPrimitives.ReadUInt64LittleEndian(span[24..]) : BinaryPrimitives.ReadUInt32LittleEndian(span[24..]);
        ulong table = is64 ? BinaryPrimitives.ReadUInt64LittleEndian(span[32..]) : BinaryPrimitives.ReadUInt32LittleEndian(span[28..]);
        int size = BinaryPrimitives.ReadUInt16LittleEndian(span[(is64 ? 54 : 42)..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(span[(is64 ? 56 : 44)..]);
        if (size != (is64 ? Segment64Size : Segment32Size) || count is 0 or > MaxSegments || count * size > span.Length || table > (ulong)(span.Length - count * size))
            return null;
        var segments = new List<ElfSegment>();
        for (int i = 0; i < count; i++)
        {
            ElfSegment segment = ReadSegment(span[((int)table + i * size)..], is64);
            if (segment.Type is ElfSegment.Load or ElfSegment.Note && !Lies(segment, span.Length))
                return null;
            segments.Add(segment);
        }
        return new ElfFile(bytes, is64, entry, segments);
    }

    /// <summary>The bytes of a segment that are in the file.</summary>
    internal ReadOnlyMemory<byte> BytesOf(ElfSegment segment) => _bytes.Slice((int)segment.Offset, (int)segment.FileSize);

    /// <summary>All notes; what cannot be read ends its segment.</summary>
    internal IEnumerable<ElfNote> Notes()
    {
        int count = 0;
        foreach (ElfSegment segment in Segments)
        {
            if (segment.Type != ElfSegment.Note)
                continue;
            for (ReadOnlyMemory<byte> rest = BytesOf(segment); TryTakeNote(ref rest, out ElfNote note) && count < MaxNotes; count++)
                yield return note;
        }
    }

    private static bool TryTakeNote(ref ReadOnlyMemory<byte> rest, out ElfNote note)
    {
        note = default;
        ReadOnlySpan<byte> span = rest.Span;
        if (span.Length < NoteHeaderSize)
            return false;
        uint nameSize = BinaryPrimitives.ReadUInt32LittleEndian(span);
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(span[4..]);
        if (nameSize > (uint)span.Length || size > (uint)span.Length)
            return false;
        int payload = NoteHeaderSize + Align((int)nameSize);
        if (payload + (int)size > span.Length)
            return false;
        string owner = System.Text.Encoding.Latin1.GetString(span.Slice(NoteHeaderSize, (int)nameSize)).TrimEnd('\0');
        note = new ElfNote(owner, BinaryPrimitives.ReadUInt32LittleEndian(span[8..]), rest.Slice(payload, (int)size));
        rest = rest[Math.Min(payload + Align((int)size), span.Length)..];
        return true;
    }

    private static int Align(int size) => size + 3 & ~3;

    private static bool Lies(ElfSegment segment, int length) =>
        segment.FileSize <= (ulong)length && segment.Offset <= (ulong)length - segment.FileSize
        && (segment.Type == ElfSegment.Note || segment.FileSize <= segment.MemorySize);

    private static ElfSegment ReadSegment(ReadOnlySpan<byte> span, bool is64)
    {
        uint type = BinaryPrimitives.ReadUInt32LittleEndian(span);
        return is64
            ? new ElfSegment(type, Read64(span, 8), Read64(span, 16), Read64(span, 24), Read64(span, 32), Read64(span, 40))
            : new ElfSegment(type, Read32(span, 4), Read32(span, 8), Read32(span, 12), Read32(span, 16), Read32(span, 20));
    }

    private static ulong Read64(ReadOnlySpan<byte> span, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(span[offset..]);

    private static ulong Read32(ReadOnlySpan<byte> span, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(span[offset..]);
}
