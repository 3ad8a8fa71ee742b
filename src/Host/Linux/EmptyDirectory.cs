// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Uaas.Linux;

/// <summary>A directory with nothing in it, into which nothing can be put, and which is nowhere in the file system: only a descriptor leads to it.</summary>
public static unsafe class EmptyDirectory
{
    private const int CloseOnExec = 1;
    private const int Create = 6;
    private const int ReadOnlyWithoutDevicesAndPrograms = 1 | 2 | 4 | 8;

    /// <summary>Opens one.</summary>
    /// <exception cref="SystemCallException">This process may not mount anything, or the kernel is older than 5.2.</exception>
    public static SafeFileHandle Open()
    {
        fixed (byte* type = "tmpfs\0"u8)
        {
            using var begun = new SafeFileHandle(Libc.FileSystemOpen(type, CloseOnExec), ownsHandle: true);
            if (begun.IsInvalid || Libc.FileSystemConfigure(begun, Create) != 0)
                throw SystemCallException.Last("make an empty directory");
            var directory = new SafeFileHandle(Libc.FileSystemMount(begun, CloseOnExec, ReadOnlyWithoutDevicesAndPrograms), ownsHandle: true);
            if (!directory.IsInvalid)
                return directory;
            int error = Marshal.GetLastPInvokeError();
            directory.Dispose();
            throw new SystemCallException("mount an empty directory", error);
        }
    }
}
