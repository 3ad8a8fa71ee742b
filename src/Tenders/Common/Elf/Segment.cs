// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Tenders;

/// <summary>What a program header is for (ELF: p_type); only those that a tender looks at.</summary>
public enum SegmentType : uint
{
    /// <summary>A part of the guest's memory.</summary>
    Load = 1,

    /// <summary>Notes about the guest.</summary>
    Note = 4,
}

/// <summary>What a guest may do with a segment (ELF: p_flags).</summary>
[Flags]
public enum SegmentAccess : uint
{
    /// <summary>Run it.</summary>
    Execute = 1,

    /// <summary>Write it.</summary>
    Write = 2,

    /// <summary>Read it.</summary>
    Read = 4,
}

/// <summary>One ELF64 program header.</summary>
public readonly struct Segment
{
    /// <summary>Bytes of a program header.</summary>
    public const int HeaderSize = 56;

    private readonly ulong _alignment;

    private Segment(ReadOnlySpan<byte> header)
    {
        Type = (SegmentType)BinaryPrimitives.ReadUInt32LittleEndian(header);
        Access = (SegmentAccess)BinaryPrimitives.ReadUInt32LittleEndian(header.Slice(4)) & (SegmentAccess)7;
        FileOffset = BinaryPrimitives.ReadUInt64LittleEndian(header.Slice(8));
        Address = BinaryPrimitives.ReadUInt64LittleEndian(header.Slice(16));
        FileSize = BinaryPrimitives.ReadUInt64LittleEndian(header.Slice(32));
        MemorySize = BinaryPrimitives.ReadUInt64LittleEndian(header.Slice(40));
        _alignment = BinaryPrimitives.ReadUInt64LittleEndian(header.Slice(48));
    }

    /// <summary>What it is for.</summary>
    public SegmentType Type { get; }

    /// <summary>What the guest may do with it.</summary>
    public SegmentAccess Access { get; }

    /// <summary>Where its bytes start in the file.</summary>
    public ulong FileOffset { get; }

    /// <summary>Where its bytes start in the guest.</summary>
    public ulong Address { get; }

    /// <summary>Bytes in the file.</summary>
    public ulong FileSize { get; }

    /// <summary>Bytes in the guest; those beyond <see cref="FileSize"/> are zero.</summary>
    public ulong MemorySize { get; }

    /// <summary>First byte of its first page.</summary>
    public ulong Start => Address & ~(_alignment - 1);

    /// <summary>First byte after its last page.</summary>
    public ulong End => (Address + MemorySize + (_alignment - 1)) & ~(_alignment - 1);

    /// <summary>Whether it has something to load.</summary>
    public bool IsLoaded => Type == SegmentType.Load && FileSize > 0;

    /// <summary>Reads a program header of <see cref="HeaderSize"/> bytes; it is to be checked yet.</summary>
    public static Segment Read(ReadOnlySpan<byte> header) => new(header);

    /// <summary>Checks a loaded segment on its own, against the end of the one before it, the guest's memory and the file.</summary>
    public TenderError Check(ulong previousEnd, ulong memorySize, ulong fileLength)
    {
        if (Address < Solo5.GuestBase) return TenderError.SegmentTooLow;
        if (MemorySize < FileSize) return TenderError.SegmentFileLargerThanMemory;
        if (Address > memorySize || MemorySize > memorySize - Address) return TenderError.SegmentBeyondMemory;
        if (_alignment == 0 || (_alignment & (_alignment - 1)) != 0) return TenderError.SegmentAlignmentInvalid;
        if (_alignment > memorySize || End > memorySize) return TenderError.SegmentBeyondMemory;
        if (((Start | End) & (Solo5.PageSize - 1)) != 0) return TenderError.SegmentNotPageAligned;
        if (Start < Solo5.GuestBase) return TenderError.SegmentTooLow;
        if (Start < previousEnd) return TenderError.SegmentNotAscending;
        if ((Access & (SegmentAccess.Write | SegmentAccess.Execute)) == (SegmentAccess.Write | SegmentAccess.Execute))
            return TenderError.SegmentWritableAndExecutable;
        return FileOffset > fileLength || FileSize > fileLength - FileOffset ? TenderError.SegmentOutsideFile : TenderError.None;
    }
}
