// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using Microsoft.Win32.SafeHandles;

namespace Uaas.Linux;

/// <summary>
/// Memory that processes share by mapping a file without a name, which they inherit. Its size is sealed: nobody who maps it can be made to fault (memfd_create(2),
/// Linux 3.17). Pages cost what has been written to.
/// </summary>
public sealed class SharedMemory : IDisposable
{
    private const int DuplicateCloseOnExec = 1030;
    private const int KeepSize = 1;
    private const int PunchHole = 2;

    private readonly long _size;

    private SharedMemory(SafeFileHandle descriptor, long size)
    {
        Descriptor = descriptor;
        _size = size;
    }

    /// <summary>The open file.</summary>
    public SafeFileHandle Descriptor { get; }

    /// <summary>Makes such memory, all zeros.</summary>
    /// <param name="name">What tools that look at the process call it.</param>
    /// <param name="size">Its bytes.</param>
    /// <exception cref="SystemCallException">No memory or descriptor is left.</exception>
    /// <exception cref="IOException">It may not be that large.</exception>
    public static SharedMemory Create(string name, long size) =>
        new(MemoryFile.Create(name, file => RandomAccess.SetLength(file, size), Seals.Seal | Seals.Shrink | Seals.Grow), size);

    /// <summary>The same memory by another descriptor, which lives on its own.</summary>
    /// <exception cref="SystemCallException">No descriptor is left.</exception>
    public SharedMemory Duplicate()
    {
        int descriptor = Libc.FileControl(Descriptor, DuplicateCloseOnExec, 0);
        return descriptor < 0 ? throw SystemCallException.Last("fcntl") : new SharedMemory(new SafeFileHandle(descriptor, ownsHandle: true), _size);
    }

    /// <summary>Writes <paramref name="bytes"/> at <paramref name="offset"/>.</summary>
    public void Write(ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(Descriptor, bytes, offset);

    /// <summary>Reads all of <paramref name="bytes"/> from <paramref name="offset"/> on.</summary>
    public void Read(Span<byte> bytes, long offset) => RandomAccess.Read(Descriptor, bytes, offset);

    /// <summary>Gives all its pages back: it is zeros again, for everybody.</summary>
    /// <exception cref="SystemCallException">The kernel cannot.</exception>
    public void Clear()
    {
        if (Libc.Allocate(Descriptor, PunchHole | KeepSize, 0, _size) != 0)
            throw SystemCallException.Last("fallocate");
    }

    /// <inheritdoc/>
    public void Dispose() => Descriptor.Dispose();
}
