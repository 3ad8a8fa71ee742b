// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Http.Static;

/// <summary>Writes text to room that is lent. What does not fit is not written, and <see cref="Overflowed"/> says so.</summary>
internal ref struct TextWriter(Span<byte> room)
{
    private readonly Span<byte> _room = room;

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>Whether something did not fit.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>What was written.</summary>
    public readonly ReadOnlySpan<byte> Written => _room.Slice(0, Length);

    /// <summary>Writes text.</summary>
    public void Write(scoped ReadOnlySpan<byte> text)
    {
        if (Overflowed || text.Length > _room.Length - Length)
        {
            Overflowed = true;
            return;
        }

        text.CopyTo(_room.Slice(Length));
        Length += text.Length;
    }

    /// <summary>Lends room for exactly <paramref name="count"/> bytes of text; empty when they do not fit.</summary>
    public Span<byte> Take(int count)
    {
        if (Overflowed || count > _room.Length - Length)
        {
            Overflowed = true;
            return default;
        }

        Span<byte> taken = _room.Slice(Length, count);
        Length += count;
        return taken;
    }

    /// <summary>Writes a number of 0 or more.</summary>
    public void Write(long number)
    {
        Span<byte> digits = stackalloc byte[Digits.MaxLength];
        Write(Digits.Format(number, digits));
    }

    /// <summary>Writes the value of Content-Range (RFC 9110, 14.4).</summary>
    public void WriteRange(ByteRange range, long length)
    {
        Write("bytes "u8);
        Write(range.Start);
        Write("-"u8);
        Write(range.Last);
        Write("/"u8);
        Write(length);
    }

    /// <summary>Writes a path, percent-encoding what may not stand in one (RFC 3986, 3.3). Slashes separate its segments.</summary>
    public void WritePath(scoped ReadOnlySpan<byte> path)
    {
        for (int i = 0; i < path.Length; i++)
        {
            if (IsPathCharacter(path[i]))
            {
                Write(path.Slice(i, 1));
            }
            else
            {
                ReadOnlySpan<byte> hex = "0123456789ABCDEF"u8;
                Write("%"u8);
                Write(hex.Slice(path[i] >> 4, 1));
                Write(hex.Slice(path[i] & 15, 1));
            }
        }
    }

    private static bool IsPathCharacter(byte value) =>
        Ascii.IsDigit(value) || (uint)((value | 0x20) - 'a') <= 25 || "-._~!$&'()*+,;=:@/"u8.IndexOf(value) >= 0;
}
