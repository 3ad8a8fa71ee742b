// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;

namespace Uaas.Http.Static;

/// <summary>Reads numbers and texts one after the other. Once something is not there, all that follows is 0 or empty and <see cref="Failed"/> says so.</summary>
internal ref struct RulesReader(ReadOnlySpan<byte> section)
{
    private readonly ReadOnlySpan<byte> _section = section;

    /// <summary>Offset of what is read next.</summary>
    public int Position { get; private set; }

    /// <summary>Whether more was asked for than there is, or <see cref="Fail"/> was called.</summary>
    public bool Failed { get; private set; }

    /// <summary>Whether all was read, and nothing was wrong.</summary>
    public readonly bool IsComplete => !Failed && Position == _section.Length;

    /// <summary>Something read makes no sense.</summary>
    public void Fail() => Failed = true;

    public byte ReadByte()
    {
        ReadOnlySpan<byte> bytes = Take(sizeof(byte));
        return Failed ? (byte)0 : bytes[0];
    }

    public int ReadUInt16()
    {
        ReadOnlySpan<byte> bytes = Take(sizeof(ushort));
        return Failed ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    public int ReadInt32()
    {
        ReadOnlySpan<byte> bytes = Take(sizeof(int));
        return Failed ? 0 : BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    public long ReadInt64()
    {
        ReadOnlySpan<byte> bytes = Take(sizeof(long));
        return Failed ? 0 : BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    /// <summary>A count of at most <paramref name="most"/>.</summary>
    public int ReadCount(int most)
    {
        int count = ReadUInt16();
        if (count <= most)
        {
            return count;
        }

        Fail();
        return 0;
    }

    /// <summary>A text of at most <paramref name="most"/> bytes behind its length.</summary>
    public RulesText ReadText(int most)
    {
        int length = ReadCount(most);
        int start = Position;
        Take(length);
        return Failed ? default : new RulesText(start, length);
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (Failed || count > _section.Length - Position)
        {
            Failed = true;
            return default;
        }

        ReadOnlySpan<byte> bytes = _section.Slice(Position, count);
        Position += count;
        return bytes;
    }
}

/// <summary>Where a text is in the rules section.</summary>
internal readonly struct RulesText(int start, int length)
{
    /// <summary>Bytes of it.</summary>
    public int Length { get; } = length;

    /// <summary>The text itself.</summary>
    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> section) => section.Slice(start, Length);
}
