// SPDX-License-Identifier: Apache-2.0

using System.Runtime;
using System.Runtime.CompilerServices;

namespace Uaas.Platform.Hvt;

/// <summary>The calls to an hvt tender: each hands over the address of its arguments, which lie on the stack, below 4 GiB.</summary>
internal static unsafe class Hypercall
{
    private const int WallTimeNumber = 1;
    private const int PutsNumber = 2;
    private const int PollNumber = 3;
    private const int BlockWriteNumber = 4;
    private const int BlockReadNumber = 5;
    private const int NetWriteNumber = 6;
    private const int NetReadNumber = 7;
    private const int HaltNumber = 8;

    /// <summary>What device calls answer.</summary>
    internal enum Result
    {
        Ok = 0,
        Again = 1,
        Invalid = 2,
        Unspecified = 3,
    }

    internal static long WallTime()
    {
        long nanoseconds = 0;
        Invoke(WallTimeNumber, &nanoseconds);
        return nanoseconds;
    }

    internal static void Puts(byte* text, int length)
    {
        nint* arguments = stackalloc nint[2] { (nint)text, length };
        Invoke(PutsNumber, arguments);
    }

    /// <summary>Waits until a network device is readable or the time is over. Answers with the handles that are ready, one bit each.</summary>
    internal static ulong Poll(long timeoutNanoseconds)
    {
        long* arguments = stackalloc long[3] { timeoutNanoseconds, 0, 0 };
        Invoke(PollNumber, arguments);
        return (ulong)arguments[1];
    }

    internal static Result BlockRead(int handle, long offset, byte* data, int length) => Block(BlockReadNumber, handle, offset, data, length);

    internal static Result BlockWrite(int handle, long offset, byte* data, int length) => Block(BlockWriteNumber, handle, offset, data, length);

    internal static Result NetWrite(int handle, byte* data, int length)
    {
        long* arguments = stackalloc long[4] { handle, (long)data, length, 0 };
        Invoke(NetWriteNumber, arguments);
        return (Result)(int)arguments[3];
    }

    /// <summary>Takes one frame of at most <paramref name="length"/> bytes, and says how long it is.</summary>
    internal static Result NetRead(int handle, byte* data, ref int length)
    {
        long* arguments = stackalloc long[4] { handle, (long)data, length, 0 };
        Invoke(NetReadNumber, arguments);
        length = (int)arguments[2];
        return (Result)(int)arguments[3];
    }

    internal static void Halt(int status)
    {
        long* arguments = stackalloc long[2] { 0, status };
        Invoke(HaltNumber, arguments);
    }

    private static Result Block(int number, int handle, long offset, byte* data, int length)
    {
        long* arguments = stackalloc long[5] { handle, offset, (long)data, length, 0 };
        Invoke(number, arguments);
        return (Result)(int)arguments[4];
    }

    [MethodImpl(MethodImplOptions.InternalCall)]
    [RuntimeImport("*", "uaas_hypercall")]
    private static extern void Invoke(int number, void* arguments);
}
