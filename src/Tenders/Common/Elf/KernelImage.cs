// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Tenders;

/// <summary>
/// A guest's ELF file with every rule of Solo5's loader checked, ready to be loaded. Only headers and notes have been read.
/// </summary>
public ref struct KernelImage
{
    /// <summary>Program headers at most.</summary>
    public const int MaxSegments = 64;

    /// <summary>Bytes to lend <see cref="TryRead"/> for the program headers.</summary>
    public const int HeaderStorageSize = MaxSegments * Segment.HeaderSize;

    private const int FileHeaderSize = 64;
    private const int FixedAddressExecutable = 2;
    private const int MachineX64 = 62;

    private ReadOnlySpan<byte> _headers;

    /// <summary>Where the guest starts.</summary>
    public ulong Entry { get; private set; }

    /// <summary>The end of its last loaded segment, at a page.</summary>
    public ulong LoadedEnd { get; private set; }

    /// <summary>What the guest asks for beyond Solo5.</summary>
    public ExtensionRequest Extensions { get; private set; }

    /// <summary>Its devices.</summary>
    public Manifest Manifest { get; private set; }

    /// <summary>Program headers of every kind.</summary>
    public readonly int SegmentCount => _headers.Length / Segment.HeaderSize;

    /// <summary>Program header <paramref name="index"/>.</summary>
    public readonly Segment this[int index] => Segment.Read(_headers.Slice(index * Segment.HeaderSize, Segment.HeaderSize));

    /// <summary>Reads and checks the headers and notes of <paramref name="file"/>.</summary>
    /// <param name="file">The kernel.</param>
    /// <param name="target">The binding it has to be linked for.</param>
    /// <param name="memorySize">Bytes of the guest's memory.</param>
    /// <param name="headerStorage">Lent for the program headers: <see cref="HeaderStorageSize"/> bytes.</param>
    /// <param name="manifestStorage">Lent for the manifest: <see cref="Manifest.MaxSize"/> bytes.</param>
    /// <param name="image">The image; it keeps both storages.</param>
    /// <param name="failure">The first rule that the file breaks.</param>
    public static bool TryRead<TFile>(
        ref TFile file,
        SoloTarget target,
        ulong memorySize,
        Span<byte> headerStorage,
        Span<byte> manifestStorage,
        out KernelImage image,
        out Failure failure)
        where TFile : struct, IKernelFile
    {
        image = default;
        return image.TryReadHeaders(ref file, memorySize, headerStorage, out failure)
            && image.TryCheckSegments(memorySize, file.Length, out failure)
            && image.TryReadNotes(ref file, target, manifestStorage, out failure)
            && image.TryCheckExtensions(memorySize, out failure);
    }

    private bool TryReadHeaders<TFile>(ref TFile file, ulong memorySize, Span<byte> storage, out Failure failure)
        where TFile : struct, IKernelFile
    {
        Span<byte> header = storage.Slice(0, FileHeaderSize);
        if (!file.TryRead(0, header))
        {
            failure = new Failure(TenderError.FileTruncated, default, FileHeaderSize);
            return false;
        }

        failure = CheckFileHeader(header);
        if (failure.Error != TenderError.None) return false;
        Entry = BinaryPrimitives.ReadUInt64LittleEndian(header.Slice(24));
        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(header.Slice(32));
        int size = BinaryPrimitives.ReadUInt16LittleEndian(header.Slice(56)) * Segment.HeaderSize;
        if (Entry < Solo5.GuestBase || Entry >= memorySize)
        {
            failure = new Failure(TenderError.EntryOutsideMemory, default, Entry);
            return false;
        }

        if (offset > long.MaxValue - HeaderStorageSize || !file.TryRead(offset, storage.Slice(0, size)))
        {
            failure = new Failure(TenderError.FileTruncated, default, offset);
            return false;
        }

        _headers = storage.Slice(0, size);
        return true;
    }

    private static Failure CheckFileHeader(ReadOnlySpan<byte> header)
    {
        if (!header.StartsWith("\u007FELF"u8)) return new Failure(TenderError.NotElf);
        if (header[4] != 2) return new Failure(TenderError.NotElf64);
        if (header[5] != 1) return new Failure(TenderError.NotLittleEndian);
        uint type = BinaryPrimitives.ReadUInt16LittleEndian(header.Slice(16));
        if (type != FixedAddressExecutable) return new Failure(TenderError.NotExecutable, default, type);
        uint machine = BinaryPrimitives.ReadUInt16LittleEndian(header.Slice(18));
        if (machine != MachineX64) return new Failure(TenderError.WrongMachine, default, machine);
        uint size = BinaryPrimitives.ReadUInt16LittleEndian(header.Slice(52));
        if (size != FileHeaderSize) return new Failure(TenderError.HeaderSizeInvalid, default, size);
        uint segmentHeaderSize = BinaryPrimitives.ReadUInt16LittleEndian(header.Slice(54));
        if (segmentHeaderSize != Segment.HeaderSize) return new Failure(TenderError.ProgramHeaderSizeInvalid, default, segmentHeaderSize);
        uint count = BinaryPrimitives.ReadUInt16LittleEndian(header.Slice(56));
        if (count == 0) return new Failure(TenderError.NoProgramHeaders);
        return count > MaxSegments ? new Failure(TenderError.TooManyProgramHeaders, default, count) : default;
    }

    private bool TryCheckSegments(ulong memorySize, ulong fileLength, out Failure failure)
    {
        ulong end = 0;
        for (int i = 0; i < SegmentCount; i++)
        {
            Segment segment = this[i];
            if (!segment.IsLoaded) continue;
            TenderError error = segment.Check(end, memorySize, fileLength);
            if (error != TenderError.None)
            {
                failure = new Failure(error, default, segment.Address);
                return false;
            }

            end = segment.End;
        }

        LoadedEnd = end;
        failure = end != 0 ? default : new Failure(TenderError.NothingToLoad);
        return end != 0;
    }

    private bool TryReadNotes<TFile>(ref TFile file, SoloTarget target, Span<byte> manifestStorage, out Failure failure)
        where TFile : struct, IKernelFile
    {
        NoteReader notes = new(target, manifestStorage);
        for (int i = 0; i < SegmentCount; i++)
        {
            Segment segment = this[i];
            if (segment.Type == SegmentType.Note && !notes.TryRead(ref file, segment, out failure)) return false;
        }

        if (!notes.TryFinish(out failure)) return false;
        Manifest = notes.Manifest;
        Extensions = notes.Extensions;
        return true;
    }

    /// <summary>The answer's place must be the guest's to write: in its memory, and in no segment that is not writable.</summary>
    private readonly bool TryCheckExtensions(ulong memorySize, out Failure failure)
    {
        failure = default;
        ulong start = Extensions.AnswerAddress;
        if (start == 0) return true;
        bool placed = start >= Solo5.GuestBase && start <= memorySize - ExtensionAnswer.Size && (start & 7) == 0;
        for (int i = 0; placed && i < SegmentCount; i++)
        {
            Segment segment = this[i];
            if (!segment.IsLoaded || (segment.Access & SegmentAccess.Write) != 0) continue;
            placed = start >= segment.End || start + ExtensionAnswer.Size <= segment.Start;
        }

        if (!placed) failure = new Failure(TenderError.ExtensionAnswerMisplaced, default, start);
        return placed;
    }
}
