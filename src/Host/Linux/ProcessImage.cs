// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace Uaas.Linux;

/// <summary>Has this process become another program: same number, same parent, so that whoever would signal this one signals that one.</summary>
public static unsafe class ProcessImage
{
    private const int FirstOwnDescriptor = 3;
    private const int SetDescriptorFlags = 2;

    /// <summary>Becomes the program. Returns by an exception alone.</summary>
    /// <param name="program">Its path; no search.</param>
    /// <param name="arguments">Its arguments, without its own name.</param>
    /// <param name="environment">Further variables, of the form NAME=value.</param>
    /// <param name="inherited">Descriptors that stay open, under the same numbers. All others are closed, except the standard three.</param>
    /// <exception cref="SystemCallException">The program cannot be started.</exception>
    public static void Replace(string program, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, IReadOnlyList<SafeHandle> inherited)
    {
        Libc.CloseOnExecFrom(FirstOwnDescriptor);
        foreach (SafeHandle descriptor in inherited)
        {
            if (Libc.FileControl((int)descriptor.DangerousGetHandle(), SetDescriptorFlags, 0) < 0)
                throw SystemCallException.Last("fcntl");
        }
        using var argumentVector = new NativeStrings(program, arguments);
        using var environmentVector = new NativeStrings(null, [.. NativeStrings.OwnEnvironment(), .. environment]);
        Libc.Execute(program, argumentVector.Pointers, environmentVector.Pointers);
        throw SystemCallException.Last($"start {program}");
    }
}
