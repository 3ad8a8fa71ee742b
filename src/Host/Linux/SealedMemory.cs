// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using Microsoft.Win32.SafeHandles;

namespace Uaas.Linux;

/// <summary>Bytes in a file that has no name and lies in memory alone, and that nobody can change any more: to hand to a child by its descriptor (memfd_create(2), Linux 3.17).</summary>
public sealed class SealedMemory : IDisposable
{
    private SealedMemory(SafeFileHandle descriptor)
    {
        Descriptor = descriptor;
    }

    /// <summary>The open file.</summary>
    public SafeFileHandle Descriptor { get; }

    /// <summary>The path under which each process that inherits the descriptor can open the file, to read.</summary>
    public string Path => $"/proc/self/fd/{Descriptor.DangerousGetHandle()}";

    /// <summary>Makes such a file.</summary>
    /// <param name="name">What tools that look at the process call it. It says nothing of what is in it.</param>
    /// <param name="bytes">What is in it.</param>
    /// <exception cref="SystemCallException">No memory or descriptor is left.</exception>
    /// <exception cref="IOException">No memory is left for its bytes.</exception>
    public static SealedMemory Create(string name, ReadOnlyMemory<byte> bytes) =>
        new(MemoryFile.Create(name, file => RandomAccess.Write(file, bytes.Span, 0), Seals.Seal | Seals.Shrink | Seals.Grow | Seals.Write));

    /// <inheritdoc/>
    public void Dispose() => Descriptor.Dispose();
}
