// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Uaas.Linux;

/// <summary>
/// A lock between processes (flock(2)), on a file that exists for nothing else. The kernel gives it back when its holder ends, however that
/// happens. Its file is never removed: another process may be waiting on it.
/// </summary>
public sealed class FileLock : IDisposable
{
    private const int Shared = 1;
    private const int Exclusive = 2;
    private const int WithoutWaiting = 4;
    private const int OwnerReadWrite = 0x1a4;

    private readonly SafeFileHandle _file;

    private FileLock(SafeFileHandle file)
    {
        _file = file;
    }

    /// <summary>Waits until nobody else holds the lock.</summary>
    public static FileLock TakeExclusive(string path) => Take(path, Exclusive)!;

    /// <summary>Waits until nobody holds the lock exclusively.</summary>
    public static FileLock TakeShared(string path) => Take(path, Shared)!;

    /// <summary>Takes the lock if nobody else holds it; null where somebody does.</summary>
    public static FileLock? TryTakeExclusive(string path) => Take(path, Exclusive | WithoutWaiting);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static FileLock? Take(string path, int operation)
    {
        SafeFileHandle file = Libc.Open(path, Libc.OpenReadWrite | Libc.OpenCreate | Libc.OpenCloseOnExec, OwnerReadWrite);
        if (file.IsInvalid)
            throw SystemCallException.Last($"open {path}");
        while (Libc.Lock(file, operation) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error == Errno.Interrupted)
                continue;
            file.Dispose();
            return error == Errno.Again ? null : throw new SystemCallException($"lock {path}", error);
        }
        return new FileLock(file);
    }
}
