// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Tenders;

/// <summary>A program's arguments as Linux hands them over: NUL-terminated strings, the program's own name first.</summary>
public readonly unsafe struct Arguments(byte** strings, int count)
{
    /// <summary>How many there are, the program's name included.</summary>
    public int Count { get; } = count;

    /// <summary>Argument <paramref name="index"/> without its NUL, which follows it in memory.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            byte* text = strings[index];
            int length = 0;
            while (text[length] != 0) length++;
            return new ReadOnlySpan<byte>(text, length);
        }
    }

    /// <summary>The bytes that <paramref name="text"/> names.</summary>
    public ReadOnlySpan<byte> this[ArgumentText text] => new(strings[text.Argument] + text.Start, text.Length);
}

/// <summary>A stretch of one argument.</summary>
public readonly struct ArgumentText(int argument, int start, int length)
{
    /// <summary>Which argument; 0, the program's own name, stands for "none".</summary>
    public int Argument { get; } = argument;

    /// <summary>Offset of the first byte.</summary>
    public int Start { get; } = start;

    /// <summary>Bytes.</summary>
    public int Length { get; } = length;

    /// <summary>Whether it names anything.</summary>
    public bool IsGiven => Argument != 0;
}
