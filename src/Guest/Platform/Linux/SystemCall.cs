// SPDX-License-Identifier: Apache-2.0

using System.Runtime;
using System.Runtime.CompilerServices;

namespace Uaas.Platform.Linux;

/// <summary>Raw system calls of Linux on x86-64 (native/x64/linux.S).</summary>
internal static unsafe class SystemCall
{
    internal const int Read = 0;
    internal const int Write = 1;
    internal const int ReadAt = 17;
    internal const int WriteAt = 18;
    internal const int WriteVector = 20;
    internal const int ClockGetTime = 228;
    internal const int ExitGroup = 231;
    internal const int EpollWait = 281;
    internal const int TimerSetTime = 286;

    /// <summary>EAGAIN, as calls return it.</summary>
    internal const long Again = -11;

    /// <summary>EINTR, as calls return it.</summary>
    internal const long Interrupted = -4;

    /// <summary>Calls the kernel; -errno on failure.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "linux_syscall")]
    internal static extern long Invoke(long number, nint a, nint b, nint c, nint d, nint e, nint f);

    internal static long Invoke(long number, nint a, nint b = 0, nint c = 0, nint d = 0) => Invoke(number, a, b, c, d, 0, 0);
}
