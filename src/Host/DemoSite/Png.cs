// SPDX-License-Identifier: Apache-2.0

using System.Buffers.Binary;
using System.IO.Compression;

namespace Uaas.Demo;

/// <summary>Writes pictures as PNG (RFC 2083): 8 bits a channel, red, green and blue, the lines predicted from the pixel to the left.</summary>
internal static class Png
{
    private const int BytesPerPixel = 3;
    private const byte FilterSub = 1;

    internal static byte[] Encode(ReadOnlySpan<byte> pixels, int width, int height)
    {
        MemoryStream output = new();
        output.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        header[9] = 2;
        WriteChunk(output, "IHDR"u8, header);
        WriteChunk(output, "IDAT"u8, Compress(pixels, width * BytesPerPixel));
        WriteChunk(output, "IEND"u8, []);
        return output.ToArray();
    }

    private static byte[] Compress(ReadOnlySpan<byte> pixels, int stride)
    {
        MemoryStream compressed = new();
        using (ZLibStream zlib = new(compressed, CompressionLevel.Optimal))
        {
            byte[] line = new byte[stride];
            for (int at = 0; at < pixels.Length; at += stride)
            {
                ReadOnlySpan<byte> source = pixels.Slice(at, stride);
                for (int i = 0; i < stride; i++)
                {
                    line[i] = (byte)(source[i] - (i < BytesPerPixel ? 0 : source[i - BytesPerPixel]));
                }

                zlib.WriteByte(FilterSub);
                zlib.Write(line);
            }
        }

        return compressed.ToArray();
    }

    private static void WriteChunk(MemoryStream output, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        output.Write(number);
        output.Write(type);
        output.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, type), data));
        output.Write(number);
    }

    /// <summary>CRC-32 with the polynomial of Ethernet, bit by bit: the pictures are small.</summary>
    private static uint Crc(uint crc, ReadOnlySpan<byte> data)
    {
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ (0xEDB88320 & (0 - (crc & 1)));
            }
        }

        return crc;
    }
}
