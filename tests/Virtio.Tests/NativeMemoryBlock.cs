// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.InteropServices;

namespace Uaas.Devices.Virtio.Tests;

/// <summary>Zeroed memory that does not move, for as long as a test lasts.</summary>
internal sealed unsafe class NativeMemoryBlock : IDisposable
{
    public NativeMemoryBlock(int length)
    {
        Length = length;
        Start = (byte*)NativeMemory.AlignedAlloc((nuint)length, 4096);
        NativeMemory.Clear(Start, (nuint)length);
    }

    public byte* Start { get; }

    public int Length { get; }

    public DmaMemory ToDma() => new(Start, (nuint)Length);

    public void Dispose() => NativeMemory.AlignedFree(Start);
}
