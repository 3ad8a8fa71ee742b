// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Uaas.Tenders.Tests;

/// <summary>Arguments as Linux lays them out, for as long as the block is not disposed.</summary>
internal sealed unsafe class ArgumentBlock : IDisposable
{
    private readonly byte** _strings;
    private readonly int _count;

    internal ArgumentBlock(params string[] words)
    {
        _count = words.Length + 1;
        _strings = (byte**)NativeMemory.Alloc((nuint)(_count * sizeof(byte*)));
        _strings[0] = Copy("tender");
        for (int i = 0; i < words.Length; i++) _strings[i + 1] = Copy(words[i]);
    }

    internal Arguments Arguments => new(_strings, _count);

    public void Dispose()
    {
        for (int i = 0; i < _count; i++) NativeMemory.Free(_strings[i]);
        NativeMemory.Free(_strings);
    }

    private static byte* Copy(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        byte* memory = (byte*)NativeMemory.AllocZeroed((nuint)bytes.Length + 1);
        bytes.CopyTo(new Span<byte>(memory, bytes.Length));
        return memory;
    }
}
