// SPDX-License-Identifier: Apache-2.0

using System.Runtime;
using System.Runtime.CompilerServices;

namespace Uaas.Tenders.Linux;

/// <summary>Linux's system calls, raw: each returns the result, or the negated error number (native/x64/linux.S).</summary>
internal static unsafe class Kernel
{
    internal const int NotPermitted = -1;
    internal const int NoEntry = -2;
    internal const int Interrupted = -4;
    internal const int TryAgain = -11;
    internal const int BadAddress = -14;
    internal const int NotATerminal = -25;
    internal const int ReadOnlyFileSystem = -30;
    internal const int AccessDenied = -13;
    internal const int BadDescriptorState = -77;

    internal const int ReadWrite = 2;
    internal const int CloseOnExec = 0x80000;
    internal const int NonBlocking = 0x800;

    internal const int ProtectNone = 0;
    internal const int ProtectRead = 1;
    internal const int ProtectWrite = 2;
    internal const int ProtectExecute = 4;

    internal const int MapPrivate = 2;
    internal const int MapShared = 1;
    internal const int MapFixed = 0x10;
    internal const int MapAnonymous = 0x20;
    internal const int MapNoReserve = 0x4000;
    internal const int MapFixedNoReplace = 0x100000;

    internal static long Call(uint number, nint a = 0, nint b = 0, nint c = 0, nint d = 0) => Invoke(number, a, b, c, d, 0, 0);

    internal static long Open(byte* path, int flags) => Call(SystemCall.Open, (nint)path, flags | CloseOnExec);

    internal static long IoCtl(int descriptor, uint request, void* argument) => Call(SystemCall.IoCtl, descriptor, (nint)request, (nint)argument);

    internal static long IoCtl(int descriptor, uint request, nint argument = 0) => Call(SystemCall.IoCtl, descriptor, (nint)request, argument);

    internal static long Write(int descriptor, byte* data, nint length) => Call(SystemCall.Write, descriptor, (nint)data, length);

    internal static long ReadAt(int descriptor, byte* data, nint length, nint offset) => Call(SystemCall.PRead64, descriptor, (nint)data, length, offset);

    internal static long Map(nint address, nint length, int protection, int flags, int descriptor = -1, nint offset = 0) =>
        Invoke(SystemCall.MMap, address, length, protection, flags, descriptor, offset);

    internal static long Protect(nint address, nint length, int protection) => Call(SystemCall.MProtect, address, length, protection);

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "linux_syscall")]
    internal static extern long Invoke(long number, nint a, nint b, nint c, nint d, nint e, nint f);
}
