// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace Uaas.Host.Tests.Guests;

/// <summary>Makes 64-bit ELF files of segments and notes, to be recognised and taken apart.</summary>
internal sealed class ElfSketch
{
    private const int HeaderSize = 64;
    private const int SegmentSize = 56;

    private readonly List<(uint Type, ulong Address, byte[] Bytes, ulong MemorySize)> _segments = [];

    internal ulong Entry { get; init; } = 0x100000;

    /// <summary>Adds a loaded segment.</summary>
    internal ElfSketch Load(ulong address, byte[] bytes, ulong memorySize = 0)
    {
        _segments.Add((1, address, bytes, Math.Max(memorySize, (ulong)bytes.Length)));
        return this;
    }

    /// <summary>Adds a segment of one note.</summary>
    internal ElfSketch Note(string owner, uint type, byte[] payload)
    {
        byte[] name = Encoding.ASCII.GetBytes(owner + "\0");
        byte[] note = new byte[12 + (name.Length + 3 & ~3) + payload.Length];
        BinaryPrimitives.WriteInt32LittleEndian(note, name.Length);
        BinaryPrimitives.WriteInt32LittleEndian(note.AsSpan(4), payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(note.AsSpan(8), type);
        name.CopyTo(note, 12);
        payload.CopyTo(note, note.Length - payload.Length);
        _segments.Add((4, 0, note, (ulong)note.Length));
        return this;
    }

    /// <summary>Adds the notes of a Solo5 guest with such devices: names of block devices with an asterisk before them.</summary>
    internal ElfSketch Solo5(uint target, params string[] devices)
    {
        byte[] abi = new byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(abi, target);
        byte[] manifest = new byte[4 + 8 + 104 * (devices.Length + 1)];
        BinaryPrimitives.WriteInt32LittleEndian(manifest.AsSpan(4), 1);
        BinaryPrimitives.WriteInt32LittleEndian(manifest.AsSpan(8), devices.Length + 1);
        for (int i = 0; i < devices.Length; i++)
        {
            Span<byte> entry = manifest.AsSpan(12 + 104 * (i + 1));
            Encoding.ASCII.GetBytes(devices[i].TrimStart('*'), entry);
            BinaryPrimitives.WriteInt32LittleEndian(entry[68..], devices[i].StartsWith('*') ? 1 : 2);
        }
        return Note("Solo5", 0x31494241, abi).Note("Solo5", 0x3154464d, manifest);
    }

    /// <summary>The file's bytes.</summary>
    internal byte[] ToArray()
    {
        int offset = HeaderSize + SegmentSize * _segments.Count;
        var file = new List<byte>(new byte[offset]);
        byte[] header = new byte[offset];
        "\u007FELF"u8.CopyTo(header);
        header[4] = 2;
        header[5] = header[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(16), 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(18), 62);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(24), Entry);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(32), HeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(54), SegmentSize);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(56), (ushort)_segments.Count);
        for (int i = 0; i < _segments.Count; i++)
        {
            Span<byte> segment = header.AsSpan(HeaderSize + i * SegmentSize);
            BinaryPrimitives.WriteUInt32LittleEndian(segment, _segments[i].Type);
            BinaryPrimitives.WriteInt64LittleEndian(segment[8..], file.Count);
            BinaryPrimitives.WriteUInt64LittleEndian(segment[16..], _segments[i].Address);
            BinaryPrimitives.WriteUInt64LittleEndian(segment[24..], _segments[i].Address);
            BinaryPrimitives.WriteInt64LittleEndian(segment[32..], _segments[i].Bytes.Length);
            BinaryPrimitives.WriteUInt64LittleEndian(segment[40..], _segments[i].MemorySize);
            file.AddRange(_segments[i].Bytes);
        }
        byte[] bytes = [.. file];
        header.CopyTo(bytes, 0);
        return bytes;
    }
}
