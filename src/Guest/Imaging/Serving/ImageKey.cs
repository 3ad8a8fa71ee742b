// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using Uaas.Content;

namespace Uaas.Imaging.Serving;

/// <summary>What a result is made from, how, and into what: equal keys have equal results.</summary>
public struct ImageKey
{
    /// <summary>Bytes of a written key.</summary>
    public const int Length = 96;

    /// <summary>The source's identity: the first 128 bits of its SHA-256.</summary>
    public ulong SourceHigh;

    /// <summary>Second half of <see cref="SourceHigh"/>.</summary>
    public ulong SourceLow;

    /// <summary>What is done with it.</summary>
    public ImageOptions Options;

    /// <summary>The format of the result.</summary>
    public ImageFormat Format;

    /// <summary>Changes whenever the same key would give other bytes than before: a part of every entity tag.</summary>
    private const byte Revision = 1;

    /// <summary>Writes all that makes a difference, to <see cref="Length"/> bytes.</summary>
    public readonly void Write(Span<byte> destination)
    {
        destination.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(destination, SourceHigh);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], SourceLow);
        destination[16] = Revision;
        destination[17] = (byte)Format;
        destination[18] = (byte)Options.Mode;
        destination[19] = Options.Quality;
        destination[20] = Options.Quarters;
        destination[21] = (byte)(Bit(Options.Enlarges, 0) | Bit(Options.FlipsAcross, 1) | Bit(Options.FlipsDown, 2) | Bit(Options.IgnoresOrientation, 3)
            | Bit(Options.HasBackground, 4) | Bit(Options.Gravity.IsFocus, 5) | Bit(Options.CropGravity.IsFocus, 6));
        Span<byte> numbers = destination[24..];
        Number(ref numbers, Options.Background);
        Number(ref numbers, Options.Width);
        Number(ref numbers, Options.Height);
        Number(ref numbers, Options.Dpr);
        Number(ref numbers, Options.Blur);
        Number(ref numbers, Options.Sharpen);
        Place(ref numbers, Options.Gravity);
        Number(ref numbers, Options.CropAcross.Pixels);
        Number(ref numbers, Options.CropAcross.Millionths);
        Number(ref numbers, Options.CropDown.Pixels);
        Number(ref numbers, Options.CropDown.Millionths);
        Place(ref numbers, Options.CropGravity);
    }

    /// <summary>Writes the key under which a source itself is kept: no result has it.</summary>
    /// <param name="digest">Of what names the source.</param>
    /// <param name="destination"><see cref="Length"/> bytes.</param>
    internal static void WriteOfSource(ReadOnlySpan<byte> digest, Span<byte> destination) => WriteOther(digest[..16], 1, destination);

    /// <summary>Writes a key that is found by nobody.</summary>
    internal static void WriteRetired(long number, Span<byte> destination)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        WriteOther(bytes, 2, destination);
    }

    private static void WriteOther(ReadOnlySpan<byte> name, byte kind, Span<byte> destination)
    {
        const int kindOffset = 22; // 0 in the key of a result
        destination.Clear();
        name.CopyTo(destination);
        destination[16] = Revision;
        destination[kindOffset] = kind;
    }

    /// <summary>A strong entity tag (RFC 9110, 8.8.3), with its quotation marks, of <see cref="TagLength"/> bytes.</summary>
    public static void WriteTag(ReadOnlySpan<byte> key, Span<byte> destination)
    {
        Span<byte> twice = stackalloc byte[Length + sizeof(ulong)];
        ulong first = XxHash64.Hash(key);
        BinaryPrimitives.WriteUInt64LittleEndian(twice, first);
        key.CopyTo(twice[sizeof(ulong)..]);
        ulong second = XxHash64.Hash(twice);
        destination[0] = (byte)'"';
        destination[TagLength - 1] = (byte)'"';
        for (int i = 0; i < 16; i++)
        {
            destination[1 + i] = "0123456789abcdef"u8[(int)(first >> 4 * i) & 15];
            destination[17 + i] = "0123456789abcdef"u8[(int)(second >> 4 * i) & 15];
        }
    }

    /// <summary>Bytes of a tag.</summary>
    public const int TagLength = 34;

    private static int Bit(bool value, int position) => value ? 1 << position : 0;

    private static void Place(ref Span<byte> destination, in Gravity gravity)
    {
        Number(ref destination, gravity.Across << 16 | (ushort)gravity.Down);
        Number(ref destination, gravity.OffsetAcross);
        Number(ref destination, gravity.OffsetDown);
    }

    private static void Number(ref Span<byte> destination, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination, value);
        destination = destination[sizeof(int)..];
    }
}
