// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Compression;
using Uaas.Bench.Machine;
using Uaas.Host.Images;

namespace Uaas.Bench.Servers;

/// <summary>One photograph, 2000×1333 in JPEG, as a file for the peers and packed for ours; and a small PNG that claims to be 30,000×30,000.</summary>
internal sealed class PhotoSite
{
    /// <summary>The photograph's name.</summary>
    internal const string Photo = "photo.jpg";

    /// <summary>The bomb's name.</summary>
    internal const string Bomb = "bomb.png";

    private PhotoSite(string folder, string image)
    {
        Folder = folder;
        Image = image;
    }

    /// <summary>The folder with the files.</summary>
    internal string Folder { get; }

    /// <summary>The content image, whole blocks of <see cref="Site.ImageBlockSize"/>.</summary>
    internal string Image { get; }

    /// <summary>Makes it below a folder: a fractal, slightly blurred and grained, which has soft areas, edges and texture as photographs have.</summary>
    internal static PhotoSite Create(string place)
    {
        string folder = Directory.CreateDirectory(Path.Combine(place, "photos")).FullName;
        Programs.Run(
            "ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "mandelbrot=size=2000x1334:maxiter=400:start_scale=0.01:end_scale=0.003",
            "-frames:v", "1", "-vf", "noise=alls=4:allf=t:all_seed=1,gblur=sigma=0.8,crop=2000:1333", "-q:v", "4", Path.Combine(folder, Photo));
        File.WriteAllBytes(Path.Combine(folder, Bomb), PngClaiming(30_000));
        string image = Path.Combine(place, "photos.img");
        ContentPacker.Pack(new PackOptions { ContentDirectory = folder, ImagePath = image });
        using FileStream file = new(image, FileMode.Open, FileAccess.Write);
        file.SetLength((file.Length + Site.ImageBlockSize - 1) / Site.ImageBlockSize * Site.ImageBlockSize);
        return new PhotoSite(folder, image);
    }

    // A whole, good PNG of one bit a pixel, all black: a hundred kilobytes that decode to hundreds of megabytes.
    private static byte[] PngClaiming(int side)
    {
        using MemoryStream packed = new();
        using (var zlib = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            byte[] row = new byte[1 + (side + 7) / 8];
            for (int y = 0; y < side; y++)
                zlib.Write(row);
        }
        using MemoryStream png = new();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, side);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), side);
        header[8] = 1;
        WriteChunk(png, "IHDR"u8, header);
        WriteChunk(png, "IDAT"u8, packed.ToArray());
        WriteChunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static void WriteChunk(MemoryStream png, ReadOnlySpan<byte> name, byte[] data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        png.Write(number);
        byte[] body = [.. name, .. data];
        png.Write(body);
        uint crc = uint.MaxValue;
        foreach (byte value in body)
        {
            crc ^= value;
            for (int i = 0; i < 8; i++)
                crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }
        BinaryPrimitives.WriteUInt32BigEndian(number, ~crc);
        png.Write(number);
    }
}
