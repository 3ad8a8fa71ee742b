// SPDX-License-Identifier: Apache-2.0

using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Uaas.Linux;

namespace Uaas.Networking;

/// <summary>A socket to a part of the kernel's networking, in the network namespace of the thread that opens it.</summary>
internal sealed unsafe class NetlinkSocket : IDisposable
{
    internal const int FamilyNetlink = 16;

    private const int RawCloseOnExec = 0x80003;
    private const int RouteProtocol = 0;
    private const int NetfilterProtocol = 12;
    private const ushort ErrorMessage = 2;
    private const ushort GetLink = 18;
    private const ushort Request = 1;

    // Far from the numbers of batches, of this socket and of others, which the kernel repeats to all who listen.
    private const uint FirstQuestion = 0x8000_0000;

    private readonly SafeFileHandle _socket;
    private readonly byte[] _buffer = new byte[16 * 1024];
    private uint _sequence;
    private uint _question = FirstQuestion;

    private NetlinkSocket(int protocol, uint groups)
    {
        _socket = Libc.Socket(FamilyNetlink, RawCloseOnExec, protocol);
        if (_socket.IsInvalid)
            throw SystemCallException.Last("netlink socket");
        byte* address = stackalloc byte[12];
        new Span<byte>(address, 12).Clear();
        *(ushort*)address = FamilyNetlink;
        *(uint*)(address + 8) = groups;
        if (Libc.Bind(_socket, address, 12) != 0)
            throw SystemCallException.Last("bind a netlink socket");
    }

    /// <summary>A socket to links, addresses, routes and neighbours.</summary>
    /// <param name="groups">Multicast groups to hear, as a mask; 0 for none.</param>
    internal static NetlinkSocket ForRoutes(uint groups = 0) => new(RouteProtocol, groups);

    /// <summary>A socket to the packet filter.</summary>
    internal static NetlinkSocket ForFilter() => new(NetfilterProtocol, 0);

    internal RouteBatch NewRouteBatch() => new(_sequence + 1);

    internal FilterBatch NewFilterBatch() => new(_sequence + 1);

    /// <summary>Has the kernel carry out a batch.</summary>
    /// <exception cref="SystemCallException">The first message that it refused, by name.</exception>
    internal void Execute(NetlinkBatch batch)
    {
        _sequence += (uint)batch.Count;
        fixed (byte* start = batch.Bytes)
        {
            if (Libc.Send(_socket, start, batch.Bytes.Length, 0) < 0)
                throw SystemCallException.Last("send to netlink");
        }

        SystemCallException? failure = null;
        int answered = 0;
        while (answered < batch.Answers)
        {
            ReadOnlySpan<byte> rest = Receive();
            while (NetlinkMessage.TryTake(ref rest, out NetlinkMessage message))
            {
                if (message.Type != ErrorMessage || batch.Describe(message.Sequence) is not { } description)
                    continue;
                answered++;
                int error = -BinaryPrimitives.ReadInt32LittleEndian(message.Payload);
                if (error != 0)
                    failure ??= new SystemCallException(description, error);
            }
        }
        if (failure is not null)
            throw failure;
    }

    /// <summary>Waits for the next messages; empty when none come in time, or when so many came that the kernel dropped some.</summary>
    internal ReadOnlySpan<byte> ReceiveWithin(TimeSpan time)
    {
        var wait = new Libc.PollDescriptor { Descriptor = (int)_socket.DangerousGetHandle(), Events = 1 };
        return Libc.Poll(&wait, 1, (int)Math.Max(0, Math.Ceiling(time.TotalMilliseconds))) > 0 ? Receive() : default;
    }

    /// <summary>Asks the kernel to say, to this socket, what it would say if the link changed now. Returns the number that the answer has.</summary>
    internal uint AskForLink(int link)
    {
        const int length = NetlinkBatch.HeaderSize + 16;
        byte* message = stackalloc byte[length];
        new Span<byte>(message, length).Clear();
        *(int*)message = length;
        *(ushort*)(message + 4) = GetLink;
        *(ushort*)(message + 6) = Request;
        *(uint*)(message + 8) = ++_question;
        *(int*)(message + NetlinkBatch.HeaderSize + 4) = link;
        if (Libc.Send(_socket, message, length, 0) < 0)
            throw SystemCallException.Last("ask netlink for a link");
        return _question;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private ReadOnlySpan<byte> Receive()
    {
        const int noBuffers = 105;
        fixed (byte* start = _buffer)
        {
            nint count = Libc.Receive(_socket, start, _buffer.Length, 0);
            if (count >= 0)
                return _buffer.AsSpan(0, (int)count);
        }
        int error = Marshal.GetLastPInvokeError();
        return error is Errno.Interrupted or noBuffers ? default : throw new SystemCallException("receive from netlink", error);
    }
}
