// SPDX-License-Identifier: Apache-2.0

using System;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Uaas.Linux;

/// <summary>Passes an open descriptor to another process over a local socket (SCM_RIGHTS, unix(7)), with one byte beside it.</summary>
public static unsafe class DescriptorPassing
{
    private const int SocketLevel = 1;
    private const int Rights = 1;
    private const int NoSignal = 0x4000;
    private const int CloseOnExec = 0x40000000;
    private const int ControlSize = 24; // struct cmsghdr: 16 bytes, then the descriptor, padded to 8

    /// <summary>Sends a byte and a descriptor, which stays open here.</summary>
    /// <exception cref="SystemCallException">The peer is gone.</exception>
    public static void Send(Socket socket, byte mark, SafeHandle passed)
    {
        byte* control = stackalloc byte[ControlSize];
        *(nint*)control = 16 + sizeof(int);
        *(int*)(control + 8) = SocketLevel;
        *(int*)(control + 12) = Rights;
        *(int*)(control + 16) = (int)passed.DangerousGetHandle();
        var part = new Libc.IoVector { Start = &mark, Length = 1 };
        var message = new Libc.MessageHeader { Parts = &part, PartCount = 1, Control = control, ControlLength = ControlSize };
        if (Libc.SendMessage(socket.SafeHandle, &message, NoSignal) != 1)
            throw SystemCallException.Last("pass a descriptor");
    }

    /// <summary>Waits for a byte, and takes the descriptor that came with it; null where none did. −1 in the place of the byte: the peer is gone.</summary>
    public static (int Mark, SafeFileHandle? Passed) Receive(Socket socket)
    {
        byte mark;
        byte* control = stackalloc byte[ControlSize];
        var part = new Libc.IoVector { Start = &mark, Length = 1 };
        var message = new Libc.MessageHeader { Parts = &part, PartCount = 1, Control = control, ControlLength = ControlSize };
        nint count;
        do
            count = Libc.ReceiveMessage(socket.SafeHandle, &message, CloseOnExec);
        while (count < 0 && Marshal.GetLastPInvokeError() == Errno.Interrupted);
        bool hasDescriptor = count == 1 && message.ControlLength >= 16 + sizeof(int) && *(int*)(control + 8) == SocketLevel && *(int*)(control + 12) == Rights;
        return (count == 1 ? mark : -1, hasDescriptor ? new SafeFileHandle(*(int*)(control + 16), ownsHandle: true) : null);
    }
}
