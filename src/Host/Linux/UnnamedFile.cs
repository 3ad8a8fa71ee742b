// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Uaas.Linux;

/// <summary>
/// A file without a name: it is gone when its last descriptor is closed, however the process ends. A child that inherits the descriptor opens it
/// anew, read-only if it likes, by <see cref="Path"/>.
/// </summary>
public sealed class UnnamedFile : IDisposable
{
    private const int OwnerReadWrite = 0x180;

    private UnnamedFile(SafeFileHandle descriptor)
    {
        Descriptor = descriptor;
    }

    /// <summary>The open file.</summary>
    public SafeFileHandle Descriptor { get; }

    /// <summary>The path under which this process, and each that inherits the descriptor, can open the file.</summary>
    public string Path => $"/proc/self/fd/{Descriptor.DangerousGetHandle()}";

    /// <summary>Makes an empty file on the file system of <paramref name="directory"/>.</summary>
    /// <exception cref="SystemCallException">The directory is not there or not writable, the disk is full, or the file system has no unnamed files.</exception>
    public static UnnamedFile Create(string directory)
    {
        SafeFileHandle descriptor = Libc.Open(directory, Libc.OpenReadWrite | Libc.OpenTemporaryFile | Libc.OpenCloseOnExec, OwnerReadWrite);
        if (!descriptor.IsInvalid)
            return new UnnamedFile(descriptor);
        int error = Marshal.GetLastPInvokeError();
        return error == Errno.NotSupported ? CreateByUnlinking(directory) : throw new SystemCallException($"temporary file in {directory}", error);
    }

    /// <inheritdoc/>
    public void Dispose() => Descriptor.Dispose();

    /// <summary>For file systems without O_TMPFILE (overlay on old kernels): a named file whose name is taken away at once.</summary>
    private static UnnamedFile CreateByUnlinking(string directory)
    {
        string path = System.IO.Path.Combine(directory, $".uaas-{Guid.NewGuid():N}");
        SafeFileHandle descriptor = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite);
        File.Delete(path);
        return new UnnamedFile(descriptor);
    }
}
