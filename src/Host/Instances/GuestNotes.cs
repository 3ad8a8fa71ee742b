// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.IO;
using Microsoft.Win32.SafeHandles;
using Uaas.Linux;

namespace Uaas.Instances;

/// <summary>What an image's ELF notes say to the host before the image is started; the tender checks all of it again.</summary>
public static class GuestNotes
{
    private const int FileHeaderSize = 64;
    private const int ProgramHeaderSize = 56;
    private const int MaxProgramHeaders = 64;
    private const int NoteSegment = 4;
    private const int NoteHeaderSize = 12;
    private const uint ExtensionType = 0x31545845;
    private const uint OffloadFeature = 1;
    private const uint LanesFeature = 64;

    private static ReadOnlySpan<byte> FileMagic => [0x7f, (byte)'E', (byte)'L', (byte)'F'];

    // Name and padding stand between the header and the payload, which begins at a multiple of 4.
    private const int ExtensionPayload = NoteHeaderSize + 8;

    /// <summary>
    /// Whether a Solo5 image asks for frames with a virtio header before them. Its tap must be opened accordingly: a guest that does not ask cannot
    /// read such frames.
    /// </summary>
    /// <exception cref="UaasException">The file cannot be read.</exception>
    public static bool WantsOffload(string image) => (Features(image) & OffloadFeature) != 0;

    /// <summary>Whether a Solo5 image can use memory that it shares with linked instances.</summary>
    /// <exception cref="UaasException">The file cannot be read.</exception>
    public static bool WantsLanes(string image) => (Features(image) & LanesFeature) != 0;

    /// <summary>What beyond Solo5's interface an image asks for: the bits of its note (docs/tenders.md); none for other files.</summary>
    /// <exception cref="UaasException">The file cannot be read.</exception>
    private static uint Features(string image)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(image);
            Span<byte> header = stackalloc byte[FileHeaderSize];
            return TryRead(file, 0, header) && header.StartsWith(FileMagic) ? Features(file, header) : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UaasException(Failure.NotBuilt, $"cannot read the image {image}: {e.Message}", null, e);
        }
    }

    private static uint Features(SafeFileHandle file, ReadOnlySpan<byte> header)
    {
        ulong table = BinaryPrimitives.ReadUInt64LittleEndian(header[32..]);
        int count = Math.Min((int)BinaryPrimitives.ReadUInt16LittleEndian(header[56..]), MaxProgramHeaders);
        Span<byte> segment = stackalloc byte[ProgramHeaderSize];
        Span<byte> note = stackalloc byte[ExtensionPayload + sizeof(uint)];
        for (int i = 0; i < count && TryRead(file, table + (ulong)(i * ProgramHeaderSize), segment); i++)
        {
            if (BinaryPrimitives.ReadInt32LittleEndian(segment) == NoteSegment
                && TryRead(file, BinaryPrimitives.ReadUInt64LittleEndian(segment[8..]), note)
                && IsExtensionNote(note))
                return BinaryPrimitives.ReadUInt32LittleEndian(note[ExtensionPayload..]);
        }
        return 0;
    }

    private static bool IsExtensionNote(ReadOnlySpan<byte> note) =>
        BinaryPrimitives.ReadUInt32LittleEndian(note) == 5
        && BinaryPrimitives.ReadUInt32LittleEndian(note[8..]) == ExtensionType
        && note[NoteHeaderSize..].StartsWith("uaas\0"u8);

    private static bool TryRead(SafeFileHandle file, ulong offset, Span<byte> destination) =>
        offset <= long.MaxValue && RandomAccess.Read(file, destination, (long)offset) == destination.Length;
}
