// SPDX-License-Identifier: Apache-2.0

using System.Runtime.InteropServices;

namespace Uaas.Bench.Machine;

/// <summary>The C library's functions that .NET has no counterpart of, or none without overhead. Each returns −1 and sets the error number on failure.</summary>
internal static unsafe partial class Native
{
    internal const int NewNetwork = 0x4000_0000;

    internal const int KillSignal = 9;
    internal const int Internet = 2;
    internal const int Stream = 1;
    internal const int NonBlocking = 0x800;
    internal const int CloseOnExec = 0x80000;
    internal const int NoSignal = 0x4000;

    /// <summary>On a TCP socket: the bytes are taken and thrown away.</summary>
    internal const int Truncate = 0x20;

    internal const int EventAdd = 1;
    internal const int EventRemove = 2;

    internal const int Again = 11;
    internal const int Interrupted = 4;
    internal const int InProgress = 115;

    internal const short PollIn = 1;
    internal const short PollOut = 4;

    /// <summary>SIGHUP: nginx reads its configuration anew.</summary>
    internal const int Hangup = 1;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    internal static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    internal static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    internal static partial int SetNamespace(int descriptor, int kind);

    [LibraryImport("libc", EntryPoint = "gettid")]
    internal static partial int ThreadId();

    /// <summary>Thread 0 is the calling one.</summary>
    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    internal static partial int SetAffinity(int thread, nint size, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_getaffinity", SetLastError = true)]
    internal static partial int GetAffinity(int thread, nint size, ulong* mask);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    internal static partial int Socket(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    internal static partial int SetOption(int socket, int level, int name, int* value, int length);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    internal static partial int GetOption(int socket, int level, int name, int* value, int* length);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    internal static partial int Bind(int socket, SocketAddress* address, int length);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    internal static partial int Connect(int socket, SocketAddress* address, int length);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    internal static partial nint Send(int socket, byte* data, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    internal static partial nint Receive(int socket, byte* data, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(PollEntry* entries, nuint count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    internal static partial int EventCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    internal static partial int EventControl(int set, int operation, int descriptor, Event* wanted);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    internal static partial int EventWait(int set, Event* events, int count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int descriptor);

    /// <summary>struct sockaddr_in; address and port in network order.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 16)]
    internal struct SocketAddress
    {
        internal ushort Family;
        internal ushort Port;
        internal uint Address;
    }

    /// <summary>struct epoll_event, which has no padding on x86-64.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    internal struct Event
    {
        internal uint Events;
        internal ulong Data;
    }

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollEntry
    {
        internal int Descriptor;
        internal short Events;
        internal short Returned;
    }
}
