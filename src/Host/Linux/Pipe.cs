// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Uaas.Linux;

/// <summary>A pipe. The read end does not block; the write end does, so that a writer is slowed down rather than cut off.</summary>
public sealed unsafe class Pipe : IDisposable
{
    private const int SetStatusFlags = 4;

    /// <summary>Makes a pipe; neither end goes to a child unless it is named.</summary>
    /// <exception cref="SystemCallException">No descriptors are left.</exception>
    public Pipe()
    {
        int* ends = stackalloc int[2];
        if (Libc.Pipe(ends, Libc.OpenCloseOnExec) != 0)
            throw SystemCallException.Last("pipe2");
        ReadEnd = new SafeFileHandle(ends[0], ownsHandle: true);
        WriteEnd = new SafeFileHandle(ends[1], ownsHandle: true);
        if (Libc.FileControl(ReadEnd, SetStatusFlags, Libc.OpenNonBlocking) != 0)
            throw SystemCallException.Last("fcntl");
    }

    /// <summary>The end to read from.</summary>
    public SafeFileHandle ReadEnd { get; }

    /// <summary>The end to write to.</summary>
    public SafeFileHandle WriteEnd { get; }

    /// <summary>Reads what is there: the number of bytes, 0 at the end, −1 where there is nothing now.</summary>
    /// <exception cref="SystemCallException">The descriptor cannot be read.</exception>
    public static int Read(SafeFileHandle descriptor, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint count = Libc.Read(descriptor, start, buffer.Length);
            if (count >= 0)
                return (int)count;
        }
        int error = Marshal.GetLastPInvokeError();
        return error is Errno.Again or Errno.Interrupted ? -1 : throw new SystemCallException("read", error);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ReadEnd.Dispose();
        WriteEnd.Dispose();
    }
}
