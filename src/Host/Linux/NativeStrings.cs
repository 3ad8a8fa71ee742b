// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;

namespace Uaas.Linux;

/// <summary>A vector of C strings that ends with a null pointer, as exec wants it.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private readonly int _count;

    internal NativeStrings(string? first, IReadOnlyList<string> rest)
    {
        Pointers = (byte**)NativeMemory.AllocZeroed((nuint)(rest.Count + 2), (nuint)sizeof(byte*));
        if (first is not null)
            Pointers[_count++] = Copy(first);
        foreach (string text in rest)
            Pointers[_count++] = Copy(text);
    }

    internal byte** Pointers { get; }

    public void Dispose()
    {
        for (int i = 0; i < _count; i++)
            NativeMemory.Free(Pointers[i]);
        NativeMemory.Free(Pointers);
    }

    /// <summary>This process's environment, each variable as NAME=value.</summary>
    internal static List<string> OwnEnvironment()
    {
        var result = new List<string>();
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
            result.Add($"{entry.Key}={entry.Value}");
        return result;
    }

    private static byte* Copy(string text)
    {
        if (text.Contains('\0'))
            throw new ArgumentException("an argument contains a NUL character");
        int length = Encoding.UTF8.GetByteCount(text);
        byte* copy = (byte*)NativeMemory.Alloc((nuint)length + 1);
        Encoding.UTF8.GetBytes(text, new Span<byte>(copy, length));
        copy[length] = 0;
        return copy;
    }
}
