// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using Microsoft.Win32.SafeHandles;

namespace Uaas.Linux;

/// <summary>What may not be done to a file in memory any more (fcntl(2), F_ADD_SEALS).</summary>
[Flags]
internal enum Seals
{
    Seal = 1,
    Shrink = 2,
    Grow = 4,
    Write = 8,
}

/// <summary>Files that have no name and lie in memory alone (memfd_create(2), Linux 3.17).</summary>
internal static class MemoryFile
{
    private const uint CloseOnExec = 1;
    private const uint AllowSealing = 2;
    private const int AddSeals = 1033;

    /// <summary>Makes such a file, fills it and seals it.</summary>
    /// <param name="name">What tools that look at the process call it.</param>
    /// <param name="fill">Gives it its size and bytes.</param>
    /// <param name="seals">What holds from then on.</param>
    /// <exception cref="SystemCallException">No memory or descriptor is left.</exception>
    /// <exception cref="IOException">No memory is left for its bytes.</exception>
    internal static SafeFileHandle Create(string name, Action<SafeFileHandle> fill, Seals seals)
    {
        SafeFileHandle descriptor = Libc.MemoryFile(name, CloseOnExec | AllowSealing);
        if (descriptor.IsInvalid)
            throw SystemCallException.Last("memfd_create");
        try
        {
            fill(descriptor);
            return Libc.FileControl(descriptor, AddSeals, (int)seals) == 0 ? descriptor : throw SystemCallException.Last("fcntl");
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }
}
