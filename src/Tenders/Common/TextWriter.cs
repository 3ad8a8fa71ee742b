// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders;

/// <summary>Builds a message in memory that the caller lends; what does not fit is cut.</summary>
public ref struct TextWriter(Span<byte> storage)
{
    private readonly Span<byte> _storage = storage;
    private int _length;

    /// <summary>What was written so far.</summary>
    public readonly ReadOnlySpan<byte> Written => _storage.Slice(0, _length);

    /// <summary>Appends UTF-8 text.</summary>
    public void Text(scoped ReadOnlySpan<byte> text)
    {
        int room = _storage.Length - _length;
        if (text.Length > room) text = text.Slice(0, room);
        text.CopyTo(_storage.Slice(_length));
        _length += text.Length;
    }

    /// <summary>Appends a number in decimal.</summary>
    public void Decimal(ulong value)
    {
        Span<byte> digits = stackalloc byte[20];
        int first = digits.Length;
        do
        {
            digits[--first] = (byte)('0' + value % 10);
            value /= 10;
        }
        while (value != 0);
        Text(digits.Slice(first));
    }

    /// <summary>Appends a number in hexadecimal with "0x" before it.</summary>
    public void Hexadecimal(ulong value)
    {
        Text("0x"u8);
        Span<byte> digits = stackalloc byte[16];
        int first = digits.Length;
        do
        {
            digits[--first] = "0123456789abcdef"u8[(int)(value & 15)];
            value >>= 4;
        }
        while (value != 0);
        Text(digits.Slice(first));
    }
}
