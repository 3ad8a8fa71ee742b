// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;

namespace Uaas.Imaging.Testing;

/// <summary>Small PNG files of every colour type and depth (RFC 2083), interlaced or not, and what puts their check sums right once they were altered.</summary>
internal static class PngCorpus
{
    private const int Side = 19;
    private const int Palette = 3;

    private static readonly (int X, int Y, int AcrossStep, int DownStep)[] s_passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
    private static readonly (int Type, int[] Depths)[] s_kinds = [(0, [1, 2, 4, 8, 16]), (2, [8, 16]), (Palette, [1, 2, 4, 8]), (4, [8, 16]), (6, [8, 16])];

    private static readonly uint[] s_crcOfByte = [.. Enumerable.Range(0, 256).Select(static value => CrcOfByte((uint)value))];

    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The files.</summary>
    internal static IEnumerable<byte[]> Make()
    {
        foreach ((int type, int[] depths) in s_kinds)
        {
            foreach (int depth in depths)
            {
                yield return File(type, depth, interlaced: false, Rows(type, depth, interlaced: false));
                yield return File(type, depth, interlaced: true, Rows(type, depth, interlaced: true));
            }
        }
    }

    /// <summary>What <see cref="FromRows"/> makes the same files of: five bytes of head, then filtered rows.</summary>
    internal static IEnumerable<byte[]> MakeRows()
    {
        foreach ((int type, int[] depths) in s_kinds)
        {
            foreach (int depth in depths)
            {
                foreach (bool interlaced in (bool[])[false, true])
                    yield return [Side, Side, (byte)type, (byte)depth, (byte)(interlaced ? 1 : 0), .. Rows(type, depth, interlaced)];
            }
        }
    }

    /// <summary>A file whose every check sum is right, of any bytes: what is fuzzed is what libpng does with rows.</summary>
    internal static byte[] FromRows(ReadOnlySpan<byte> input)
    {
        if (input.Length < 5) return [];
        byte[] header = [0, 0, 0, input[0], 0, 0, 0, input[1], input[3], input[2], 0, 0, input[4]];
        return Assemble(header, Store(input[5..]), hasPalette: input[2] == Palette);
    }

    /// <summary>Puts the check sums of all chunks right, as far as there are any.</summary>
    internal static void Repair(Span<byte> file)
    {
        int at = Signature.Length;
        while (file.Length - at >= 12)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > file.Length - at - 12) return;
            int covered = (int)length + 4;
            BinaryPrimitives.WriteUInt32BigEndian(file[(at + 4 + covered)..], Crc(file.Slice(at + 4, covered)));
            at += 8 + covered;
        }
    }

    private static byte[] File(int type, int depth, bool interlaced, byte[] rows) =>
        Assemble([0, 0, 0, Side, 0, 0, 0, Side, (byte)depth, (byte)type, 0, 0, (byte)(interlaced ? 1 : 0)], Pack(rows), type == Palette);

    private static byte[] Assemble(byte[] header, byte[] packed, bool hasPalette)
    {
        using MemoryStream file = new();
        file.Write(Signature);
        Write(file, "IHDR"u8, header);
        Write(file, "gAMA"u8, [0, 0, 0xB1, 0x8F]);
        if (hasPalette)
        {
            Write(file, "PLTE"u8, [.. Enumerable.Range(0, 48).Select(i => (byte)(i * 5))]);
            Write(file, "tRNS"u8, [0, 64, 128, 255]);
        }

        Write(file, "IDAT"u8, packed[..(packed.Length / 2)]);
        Write(file, "IDAT"u8, packed[(packed.Length / 2)..]);
        Write(file, "tEXt"u8, "Title\0corpus"u8);
        Write(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static byte[] Pack(byte[] rows)
    {
        using MemoryStream packed = new();
        using (ZLibStream deflate = new(packed, CompressionLevel.Fastest)) deflate.Write(rows);
        return packed.ToArray();
    }

    /// <summary>Rows as they are, in one stored block (RFC 1950; RFC 1951, section 3.2.4): of a fuzzed row the library's undoing of filters matters, and to pack it takes longer than that.</summary>
    private static byte[] Store(ReadOnlySpan<byte> rows)
    {
        byte[] packed = new byte[rows.Length + 11];
        ReadOnlySpan<byte> head = [0x78, 0x01, 1];
        head.CopyTo(packed);
        BinaryPrimitives.WriteUInt16LittleEndian(packed.AsSpan(3), (ushort)rows.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(packed.AsSpan(5), (ushort)~rows.Length);
        rows.CopyTo(packed.AsSpan(7));
        BinaryPrimitives.WriteUInt32BigEndian(packed.AsSpan(7 + rows.Length), Adler(rows));
        return packed;
    }

    private static uint Adler(ReadOnlySpan<byte> bytes)
    {
        const uint modulus = 65_521;
        uint sum = 1;
        uint sums = 0;
        foreach (byte value in bytes)
        {
            sum = (sum + value) % modulus;
            sums = (sums + sum) % modulus;
        }

        return sums << 16 | sum;
    }

    private static byte[] Rows(int type, int depth, bool interlaced)
    {
        int channels = type switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        List<byte> rows = [];
        foreach ((int x, int y, int across, int down) in interlaced ? s_passes : [(0, 0, 1, 1)])
        {
            int width = (Side - x + across - 1) / across;
            for (int row = y; row < Side && width > 0; row += down)
            {
                rows.Add((byte)(row % 5)); // each of the filters
                rows.AddRange(Enumerable.Range(0, (width * channels * depth + 7) / 8).Select(i => (byte)(type == Palette ? i * 3 & 0x11 : i * row * 7)));
            }
        }

        return [.. rows];
    }

    private static void Write(MemoryStream file, ReadOnlySpan<byte> name, ReadOnlySpan<byte> content)
    {
        byte[] chunk = new byte[content.Length + 12];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        name.CopyTo(chunk.AsSpan(4));
        content.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(content.Length + 8), Crc(chunk.AsSpan(4, content.Length + 4)));
        file.Write(chunk);
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes) crc = s_crcOfByte[(byte)(crc ^ value)] ^ crc >> 8;
        return ~crc;
    }

    private static uint CrcOfByte(uint value)
    {
        for (int i = 0; i < 8; i++) value = (value & 1) != 0 ? value >> 1 ^ 0xEDB88320 : value >> 1;
        return value;
    }
}
