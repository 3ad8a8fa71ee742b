// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Tenders;

/// <summary>
/// Finds the notes that a tender heeds: Solo5's ABI and manifest, and our extension note. Each is the first note of a PT_NOTE of its own;
/// others are skipped.
/// </summary>
internal ref struct NoteReader(SoloTarget target, Span<byte> manifestStorage)
{
    private const int ElfNoteHeaderSize = 12;

    /// <summary>The ELF note header and a name of up to eight bytes with its padding.</summary>
    private const int HeaderSize = 20;

    private const uint AbiType = 0x31494241;
    private const uint ManifestType = 0x3154464d;
    private const uint ExtensionType = 0x31545845;
    private const int AbiSize = 16;

    /// <summary>The manifest starts at a multiple of 8 after the note's header of 20 bytes; its size counts that padding.</summary>
    private const int ManifestPadding = 4;

    private readonly SoloTarget _target = target;
    private readonly Span<byte> _manifestStorage = manifestStorage;
    private bool _hasAbi;
    private bool _hasExtensions;

    /// <summary>The devices; its Count is 0 until its note was read.</summary>
    public Manifest Manifest { get; private set; }

    /// <summary>What the guest asks for beyond Solo5.</summary>
    public ExtensionRequest Extensions { get; private set; }

    /// <summary>Reads the first note of a PT_NOTE segment.</summary>
    public bool TryRead<TFile>(scoped ref TFile file, Segment segment, out Failure failure)
        where TFile : struct, IKernelFile
    {
        failure = default;
        if (segment.FileSize < ElfNoteHeaderSize)
        {
            failure = new Failure(TenderError.NoteTooShort, default, segment.FileSize);
            return false;
        }

        if (segment.FileSize < HeaderSize) return true;
        Span<byte> header = stackalloc byte[HeaderSize];
        if (segment.FileOffset > long.MaxValue / 2 || !file.TryRead(segment.FileOffset, header))
        {
            failure = new Failure(TenderError.FileTruncated, default, segment.FileOffset);
            return false;
        }

        uint nameSize = BinaryPrimitives.ReadUInt32LittleEndian(header);
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(header.Slice(4));
        uint type = BinaryPrimitives.ReadUInt32LittleEndian(header.Slice(8));
        ReadOnlySpan<byte> name = header.Slice(ElfNoteHeaderSize, 6);
        ulong payload = segment.FileOffset + HeaderSize;
        ulong room = segment.FileSize - HeaderSize;
        if (nameSize == 6 && name.SequenceEqual("Solo5\0"u8))
        {
            if (type == AbiType) return TryAbi(ref file, payload, size, room, out failure);
            if (type == ManifestType) return TryManifest(ref file, payload, size, room, out failure);
        }

        if (nameSize == 5 && name.Slice(0, 5).SequenceEqual("uaas\0"u8) && type == ExtensionType)
            return TryExtensions(ref file, payload, size, room, out failure);
        return true;
    }

    /// <summary>Whether every note that must be there was.</summary>
    public readonly bool TryFinish(out Failure failure)
    {
        TenderError error = !_hasAbi ? TenderError.AbiMissing : Manifest.Count == 0 ? TenderError.ManifestMissing : TenderError.None;
        failure = new Failure(error);
        return error == TenderError.None;
    }

    private bool TryAbi<TFile>(scoped ref TFile file, ulong payload, uint size, ulong room, out Failure failure)
        where TFile : struct, IKernelFile
    {
        Span<byte> abi = stackalloc byte[AbiSize];
        failure = Read(ref file, payload, size, room, abi, TenderError.AbiSizeInvalid);
        if (failure.Error != TenderError.None) return false;
        uint foundTarget = BinaryPrimitives.ReadUInt32LittleEndian(abi);
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(abi.Slice(4));
        if (_hasAbi) failure = new Failure(TenderError.NoteRepeated, default, AbiType);
        else if (foundTarget != (uint)_target) failure = new Failure(TenderError.AbiWrongTarget, default, foundTarget);
        else if (version != Solo5.AbiVersion) failure = new Failure(TenderError.AbiWrongVersion, default, version);
        _hasAbi = true;
        return failure.Error == TenderError.None;
    }

    private bool TryManifest<TFile>(scoped ref TFile file, ulong payload, uint size, ulong room, out Failure failure)
        where TFile : struct, IKernelFile
    {
        if (Manifest.Count != 0)
        {
            failure = new Failure(TenderError.NoteRepeated, default, ManifestType);
            return false;
        }

        if (size < ManifestPadding + Manifest.HeaderSize || size > ManifestPadding + Manifest.MaxSize || room < size)
        {
            failure = new Failure(TenderError.ManifestSizeInvalid, default, size);
            return false;
        }

        Span<byte> bytes = _manifestStorage.Slice(0, (int)size - ManifestPadding);
        failure = Read(ref file, payload + ManifestPadding, (uint)bytes.Length, room - ManifestPadding, bytes, TenderError.ManifestSizeInvalid);
        if (failure.Error != TenderError.None) return false;
        if (!Manifest.TryCheck(bytes, out Manifest manifest, out failure)) return false;
        Manifest = manifest;
        return true;
    }

    private bool TryExtensions<TFile>(scoped ref TFile file, ulong payload, uint size, ulong room, out Failure failure)
        where TFile : struct, IKernelFile
    {
        Span<byte> request = stackalloc byte[ExtensionRequest.Size];
        failure = Read(ref file, payload, size, room, request, TenderError.ExtensionSizeInvalid);
        if (failure.Error != TenderError.None) return false;
        if (_hasExtensions) failure = new Failure(TenderError.NoteRepeated, default, ExtensionType);
        _hasExtensions = true;
        Extensions = ExtensionRequest.Read(request);
        if (Extensions.AnswerAddress == 0) failure = new Failure(TenderError.ExtensionAnswerMisplaced);
        return failure.Error == TenderError.None;
    }

    /// <summary>Reads a payload that must be as large as its destination.</summary>
    private static Failure Read<TFile>(scoped ref TFile file, ulong offset, uint size, ulong room, scoped Span<byte> destination, TenderError wrongSize)
        where TFile : struct, IKernelFile
    {
        if (size != destination.Length || room < size) return new Failure(wrongSize, default, size);
        return file.TryRead(offset, destination) ? default : new Failure(TenderError.FileTruncated, default, offset);
    }
}
