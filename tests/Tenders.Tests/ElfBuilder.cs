// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace Uaas.Tenders.Tests;

/// <summary>Writes ELF files, good ones and, by <see cref="Patch16"/> and its kin, broken ones.</summary>
internal sealed class ElfBuilder
{
    internal const int SegmentsOffset = 64;
    private readonly List<(uint Type, uint Flags, ulong Address, byte[] Content, ulong MemorySize, ulong Alignment)> _segments = [];
    private readonly List<Action<byte[]>> _patches = [];

    internal ulong Entry { get; set; } = 0x100000;

    /// <summary>Whether segments follow each other without the padding by which they could be mapped.</summary>
    internal bool Compact { get; set; }

    /// <summary>A guest with code, data, and the notes of <paramref name="target"/>.</summary>
    internal static ElfBuilder Good(SoloTarget target = SoloTarget.Spt, params (string Name, DeviceKind Kind)[] devices) =>
        new ElfBuilder()
            .Load(0x100000, SegmentAccess.Read | SegmentAccess.Execute, new byte[0x80])
            .Load(0x101000, SegmentAccess.Read | SegmentAccess.Write, new byte[0x10], 0x2000)
            .Note(Abi(target))
            .Note(ManifestNote(devices));

    internal static byte[] Abi(SoloTarget target, uint version = 2, int size = 16)
    {
        byte[] payload = new byte[size];
        BinaryPrimitives.WriteUInt32LittleEndian(payload, (uint)target);
        BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan(4), version);
        return NoteBytes("Solo5", 0x31494241, payload);
    }

    internal static byte[] ManifestNote(params (string Name, DeviceKind Kind)[] devices) => NoteBytes("Solo5", 0x3154464d, [.. new byte[4], .. ManifestBytes(devices)]);

    internal static byte[] ManifestBytes(params (string Name, DeviceKind Kind)[] devices)
    {
        byte[] bytes = new byte[8 + 104 * (devices.Length + 1)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, 1);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), (uint)devices.Length + 1);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8 + 68), 0x40000000);
        for (int i = 0; i < devices.Length; i++)
        {
            Span<byte> entry = bytes.AsSpan(8 + 104 * (i + 1), 104);
            Encoding.ASCII.GetBytes(devices[i].Name, entry);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[68..], (uint)devices[i].Kind);
        }

        return bytes;
    }

    internal static byte[] Extensions(GuestFeatures wanted, ulong answer, int size = 16)
    {
        byte[] payload = new byte[Math.Max(size, 16)];
        BinaryPrimitives.WriteUInt32LittleEndian(payload, (uint)wanted);
        BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(8), answer);
        return NoteBytes("uaas", 0x31545845, payload[..size]);
    }

    internal static byte[] NoteBytes(string name, uint type, byte[] payload)
    {
        byte[] nameBytes = [.. Encoding.ASCII.GetBytes(name), 0];
        byte[] note = new byte[12 + ((nameBytes.Length + 3) & ~3) + payload.Length];
        BinaryPrimitives.WriteInt32LittleEndian(note, nameBytes.Length);
        BinaryPrimitives.WriteInt32LittleEndian(note.AsSpan(4), payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(note.AsSpan(8), type);
        nameBytes.CopyTo(note, 12);
        payload.CopyTo(note, note.Length - payload.Length);
        return note;
    }

    internal ElfBuilder Load(ulong address, SegmentAccess access, byte[] content, ulong memorySize = 0, ulong alignment = 0x1000) =>
        Segment(1, (uint)access, address, content, Math.Max(memorySize, (ulong)content.Length), alignment);

    internal ElfBuilder Note(byte[] note) => Segment(4, 4, 0, note, (ulong)note.Length, 4);

    internal ElfBuilder Segment(uint type, uint flags, ulong address, byte[] content, ulong memorySize, ulong alignment)
    {
        _segments.Add((type, flags, address, content, memorySize, alignment));
        return this;
    }

    internal ElfBuilder Patch8(int offset, byte value) => Patch(bytes => bytes[offset] = value);

    internal ElfBuilder Patch16(int offset, ushort value) => Patch(bytes => BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(offset), value));

    internal ElfBuilder Patch32(int offset, uint value) => Patch(bytes => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(offset), value));

    internal ElfBuilder Patch64(int offset, ulong value) => Patch(bytes => BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(offset), value));

    /// <summary>Changes a field, at <paramref name="offset"/>, of the program header of segment <paramref name="index"/>.</summary>
    internal ElfBuilder PatchSegment(int index, int offset, ulong value) => Patch64(SegmentsOffset + index * 56 + offset, value);

    internal byte[] Build()
    {
        List<byte> file = [.. new byte[SegmentsOffset + _segments.Count * 56]];
        byte[] headers = new byte[_segments.Count * 56];
        for (int i = 0; i < _segments.Count; i++)
        {
            (uint type, uint flags, ulong address, byte[] content, ulong memorySize, ulong alignment) = _segments[i];
            while (type == 1 && !Compact && (file.Count & 0xFFF) != (int)(address & 0xFFF)) file.Add(0);
            Span<byte> header = headers.AsSpan(i * 56, 56);
            BinaryPrimitives.WriteUInt32LittleEndian(header, type);
            BinaryPrimitives.WriteUInt32LittleEndian(header[4..], flags);
            ulong[] fields = [(ulong)file.Count, address, address, (ulong)content.Length, memorySize, alignment];
            for (int field = 0; field < fields.Length; field++) BinaryPrimitives.WriteUInt64LittleEndian(header[(8 + 8 * field)..], fields[field]);
            file.AddRange(content);
        }

        byte[] bytes = [.. file];
        "\u007FELF"u8.CopyTo(bytes);
        bytes[4] = 2;
        bytes[5] = 1;
        bytes[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(16), 2);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(18), 62);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(20), 1);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(24), Entry);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(32), SegmentsOffset);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(52), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(54), 56);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(56), (ushort)_segments.Count);
        headers.CopyTo(bytes, SegmentsOffset);
        foreach (Action<byte[]> patch in _patches) patch(bytes);
        return bytes;
    }

    private ElfBuilder Patch(Action<byte[]> patch)
    {
        _patches.Add(patch);
        return this;
    }
}

/// <summary>A kernel in an array.</summary>
internal readonly struct MemoryFile(byte[] bytes) : IKernelFile
{
    public ulong Length => (ulong)bytes.Length;

    public bool TryRead(ulong offset, Span<byte> destination)
    {
        if (offset > Length || (ulong)destination.Length > Length - offset) return false;
        bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
        return true;
    }
}
