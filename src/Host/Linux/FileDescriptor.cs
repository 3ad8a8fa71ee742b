// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Uaas.Linux;

/// <summary>Descriptors as such.</summary>
public static class FileDescriptor
{
    private const int DuplicateCloseOnExec = 1030;

    /// <summary>Another descriptor of the same file, for somebody who will close it; closed in what this process starts.</summary>
    /// <exception cref="SystemCallException">There is none left.</exception>
    public static int Duplicate(SafeHandle handle)
    {
        int copy = Libc.FileControl((int)handle.DangerousGetHandle(), DuplicateCloseOnExec, 0);
        return copy >= 0 ? copy : throw SystemCallException.Last("fcntl");
    }
}
