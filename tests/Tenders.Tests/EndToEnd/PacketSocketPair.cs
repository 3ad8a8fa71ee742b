// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Uaas.Tenders.Tests.EndToEnd;

/// <summary>A wire without a tap: two sockets that keep the boundaries of frames. One end is the test's, the other is inherited by tenders.</summary>
internal sealed partial class PacketSocketPair : IDisposable
{
    private const int FamilyUnix = 1;
    private const int SequencedPackets = 5;
    private const int SetDescriptorFlags = 2;
    private const int CloseOnExec = 1;

    internal PacketSocketPair()
    {
        int[] ends = new int[2];
        if (CreatePair(FamilyUnix, SequencedPackets, 0, ends) != 0) throw new InvalidOperationException("no socket pair");
        _ = Control(ends[0], SetDescriptorFlags, CloseOnExec);
        Near = new Socket(new SafeSocketHandle(ends[0], ownsHandle: true)) { ReceiveTimeout = 20_000 };
        Far = ends[1];
    }

    /// <summary>The test's end.</summary>
    internal Socket Near { get; }

    /// <summary>The descriptor to name to a tender.</summary>
    internal int Far { get; }

    public void Dispose()
    {
        Near.Dispose();
        _ = Close(Far);
    }

    [LibraryImport("libc", EntryPoint = "socketpair")]
    private static partial int CreatePair(int family, int type, int protocol, [Out] int[] ends);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
