// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Imaging;

/// <summary>The one thing of EXIF (JEITA CP-3451) that changes how a picture looks.</summary>
internal static class Exif
{
    private const int OrientationTag = 0x0112;
    private const int ShortType = 3;
    private const int EntrySize = 12;

    /// <summary>Reads the orientation, 1 to 8, from "Exif", two zeros and a TIFF file. False where there is none, or nothing that can be trusted.</summary>
    internal static bool TryReadOrientation(ReadOnlySpan<byte> data, out int orientation)
    {
        orientation = 1;
        if (data.StartsWith("Exif\0\0"u8)) data = data[6..];
        if (data.Length < 8) return false;
        bool isLittle = data[..4].SequenceEqual("II*\0"u8);
        if (!isLittle && !data[..4].SequenceEqual("MM\0*"u8)) return false;
        uint directory = Number(data[4..8], isLittle);
        if (directory > (uint)data.Length - 2) return false;
        ReadOnlySpan<byte> entries = data[(int)directory..];
        int count = (int)Number(entries[..2], isLittle);
        entries = entries[2..];
        for (int i = 0; i < count && entries.Length >= EntrySize; i++, entries = entries[EntrySize..])
        {
            if (Number(entries[..2], isLittle) != OrientationTag) continue;
            orientation = (int)Number(entries.Slice(8, 2), isLittle);
            bool isGood = Number(entries.Slice(2, 2), isLittle) == ShortType && orientation is >= 1 and <= 8;
            if (!isGood) orientation = 1;
            return isGood;
        }

        return false;
    }

    private static uint Number(ReadOnlySpan<byte> bytes, bool isLittle)
    {
        if (bytes.Length == 2) return isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);
        return isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }
}
