// SPDX-License-Identifier: Apache-2.0

using System.IO;
using System.Runtime.InteropServices;

namespace Uaas.Linux;

/// <summary>A system call that failed.</summary>
/// <param name="call">The call and what it was about.</param>
/// <param name="error">The error number.</param>
public sealed class SystemCallException(string call, int error) : IOException($"{call}: {Marshal.GetPInvokeErrorMessage(error)}")
{
    /// <summary>The error number, one of <see cref="Errno"/>.</summary>
    public int Error { get; } = error;

    /// <summary>The exception for the call that has just failed on this thread.</summary>
    public static SystemCallException Last(string call) => new(call, Marshal.GetLastPInvokeError());
}
