// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Boot;

/// <summary>
/// Puts together one line of UTF-8 text in a buffer of the caller's. What does not fit is cut, never an error: a line is for people to read.
/// Each method returns nothing so that a line reads as a list of statements.
/// </summary>
public ref struct LineBuilder(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;
    private int _length;

    /// <summary>The text so far.</summary>
    public readonly ReadOnlySpan<byte> Text => _buffer[.._length];

    /// <summary>Appends UTF-8 text as it is.</summary>
    public void Append(scoped ReadOnlySpan<byte> text)
    {
        int count = Math.Min(text.Length, _buffer.Length - _length);
        text[..count].CopyTo(_buffer[_length..]);
        _length += count;
    }

    /// <summary>Appends text that came from outside: control characters and non-ASCII bytes become '?', so that no line can forge another.</summary>
    public void AppendForeign(scoped ReadOnlySpan<byte> text)
    {
        foreach (byte character in text)
        {
            if (_length == _buffer.Length) return;
            _buffer[_length++] = character is >= 0x20 and < 0x7F ? character : (byte)'?';
        }
    }

    /// <summary>Appends a number in decimal.</summary>
    public void Append(long value)
    {
        Span<byte> digits = stackalloc byte[20];
        int start = digits.Length;
        ulong magnitude = value < 0 ? 0 - (ulong)value : (ulong)value;
        do
        {
            digits[--start] = (byte)('0' + magnitude % 10);
            magnitude /= 10;
        }
        while (magnitude != 0);
        if (value < 0) digits[--start] = (byte)'-';
        Append(digits[start..]);
    }

    /// <summary>Appends a duration as milliseconds with three decimals, from nanoseconds; negative counts as zero.</summary>
    public void AppendMilliseconds(long nanoseconds)
    {
        long microseconds = Math.Max(nanoseconds, 0) / 1000;
        Append(microseconds / 1000);
        int thousandths = (int)(microseconds % 1000);
        ReadOnlySpan<byte> fraction = [(byte)'.', (byte)('0' + thousandths / 100), (byte)('0' + thousandths / 10 % 10), (byte)('0' + thousandths % 10)];
        Append(fraction);
    }

    /// <summary>Ends the line.</summary>
    public void EndLine()
    {
        if (_length == _buffer.Length) _length--;
        Append("\n"u8);
    }
}
