// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using Microsoft.Win32.SafeHandles;

namespace Uaas.Linux;

/// <summary>Bytes in a file that has no name and lies in memory alone, and that nobody can change any more: to hand to a child by its descriptor (memfd_create(2), Linux 3.17).</summary>
public sealed class SealedMemory : IDisposable
{
    private const uint CloseOnExec = 1;
    private const uint AllowSealing = 2;
    private const int AddSeals = 1033;
    private const int SealAll = 1 | 2 | 4 | 8; // further seals, shrinking, growing, writing

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
    public static SealedMemory Create(string name, ReadOnlySpan<byte> bytes)
    {
        SafeFileHandle descriptor = Libc.MemoryFile(name, CloseOnExec | AllowSealing);
        if (descriptor.IsInvalid)
            throw SystemCallException.Last("memfd_create");
        RandomAccess.Write(descriptor, bytes, 0);
        if (Libc.FileControl(descriptor, AddSeals, SealAll) == 0)
            return new SealedMemory(descriptor);
        descriptor.Dispose();
        throw SystemCallException.Last("fcntl");
    }

    /// <inheritdoc/>
    public void Dispose() => Descriptor.Dispose();
}
